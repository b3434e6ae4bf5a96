#include "keras/migration/judge.h"

#include <fmt/core.h>

#include "keras/migration/known_differences.h"

namespace hornbeam {
namespace {

// Roundings of half precision that an output, gradient or step may be off by: as many as add up on its way, there and
// back. That they are the reason is proved otherwise.
constexpr double kRoundings = 64;

}  // namespace

Judge::Judge(const ModelRef& a, const ModelRef& b, const CompareOptions& options, ModelComparison& result)
    : options_(options), result_(result), half_(half_roundoff(*a, *b)) {}

bool Judge::both(const std::string& part, const std::string& problem_a, const std::string& problem_b) {
  if (problem_a.empty() && problem_b.empty()) return true;
  const bool given = !options_.x.is_none() || !options_.y.is_none();
  if (problem_a == problem_b && given) {
    result_.unfit.push_back(part + ": neither can, of the data that is given: " + problem_a);
  } else if (problem_a == problem_b) {
    result_.unproved.push_back(part + ": neither can: " + problem_a);
  } else if (problem_a.empty() || problem_b.empty()) {
    result_.not_compared.push_back(
        fmt::format("{}: only the {} cannot: {}", part, problem_a.empty() ? "second" : "first", problem_a + problem_b));
  } else {
    result_.not_compared.push_back(fmt::format("{}: neither can: {}; {}", part, problem_a, problem_b));
  }
  return false;
}

bool Judge::equal_there(const std::vector<Tensor>& of_a, const There& there) const {
  const auto of_b = there();
  return of_b && equal(compare_arrays("", of_a, *of_b, {}, kComputed));
}

bool Judge::explain_half(const ArrayComparison& part, const std::vector<Tensor>& of_a, const There& there) {
  if (half_ == 0 || part.relative > kRoundings * half_ || !equal_there(of_a, there)) return false;
  result_.explained.push_back(
      fmt::format("{}: tf.keras 2.2 normalizes batches in half precision, later Kerases in float32: {:.3g} apart "
                  "where the largest element is {:.3g}; in the first's Keras the second's are equal",
                  part.part, part.max_difference, part.largest));
  return true;
}

}  // namespace hornbeam
