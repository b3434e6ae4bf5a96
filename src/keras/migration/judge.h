// How it is judged and told what two models make of the same data.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hornbeam/comparison.hpp"
#include "keras/migration/array_comparison.h"

namespace hornbeam {

// What went wrong with it; empty when nothing did.
template <class Work>
std::string problem_of(Work work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    return std::string(error.kind()) + ": " + error.what();
  }
}

class Judge {
 public:
  Judge(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result);

  ModelComparison& result() { return result_; }
  bool equal(const ArrayComparison& part) const { return part.within(options_.tolerance); }

  // Did both do it? If both cannot for the same reason, that is the source's, or that of data that was given; else they
  // differ. Tells what could not be done.
  bool both(const std::string& part, const std::string& problem_a, const std::string& problem_b);

  // What b makes in the Keras of a, if it can be made there.
  using There = std::function<std::optional<std::vector<Tensor>>()>;
  // Is that equal?
  bool equal_there(const std::vector<Tensor>& of_a, const There& there) const;
  // Normalization in half precision may make a difference: what is a few roundings apart, and equal there, is explained
  // by it.
  bool explain_half(const ArrayComparison& part, const std::vector<Tensor>& of_a, const There& there);

 private:
  const CompareOptions& options_;
  ModelComparison& result_;
  double half_;
};

}  // namespace hornbeam
