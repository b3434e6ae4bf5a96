// What can be checked of a case in one format.
#pragma once

#include <string>
#include <vector>

#include "conformance/corpus.h"

namespace conformance {

// passed: all that the case carries in this format was compared; what it says of the model in general (predictions,
// what it trained to) is compared in each format that can show it. in_part: all that was compared agrees (predictions,
// weights, what is saved again), but what it trained to is not supported yet, or not in the file.
enum class Verdict { passed, in_part, failed, unsupported };

struct Outcome {
  Verdict verdict = Verdict::passed;
  int comparisons = 0;
  std::string reason;
};

// Formats the case is stored in: "h5", "weights_h5", "json", "saved_model", ...; "more" is what it has beside its
// model.
std::vector<std::string> formats_of(const Case& c);
// Never throws.
Outcome check(const Case& c, const std::string& format);
// After check() in each of its formats: in part when a file of the case was opened by none of them.
Outcome check_all_opened(const Case& c);

}  // namespace conformance
