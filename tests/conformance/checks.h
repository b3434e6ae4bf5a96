// What can be checked of a case in one format.
#pragma once

#include <string>
#include <vector>

#include "conformance/corpus.h"

namespace conformance {

enum class Verdict { passed, failed, unsupported };

struct Outcome {
  Verdict verdict = Verdict::passed;
  bool whole = false;  // every array the case carries was compared
  int comparisons = 0;
  std::string reason;
};

// Formats the case is stored in: "h5", "weights_h5", "json", "saved_model", ...
std::vector<std::string> formats_of(const Case& c);
// Never throws.
Outcome check(const Case& c, const std::string& format);

}  // namespace conformance
