// What can be checked of a case in one format.
#pragma once

#include <string>
#include <vector>

#include "conformance/corpus.h"

namespace conformance {

// passed: every array that the case carries in this format was compared. in_part: all that was compared agrees
// (predictions, weights, what is saved again), but what it trained to is not supported yet.
enum class Verdict { passed, in_part, failed, unsupported };

struct Outcome {
  Verdict verdict = Verdict::passed;
  int comparisons = 0;
  std::string reason;
};

// Formats the case is stored in: "h5", "weights_h5", "json", "saved_model", ...
std::vector<std::string> formats_of(const Case& c);
// Never throws.
Outcome check(const Case& c, const std::string& format);

}  // namespace conformance
