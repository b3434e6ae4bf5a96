// Control flow on tensors. Mirrors tf.cond, tf.while_loop, tf.switch_case and tf.case.
//
//   // 1 + 2 + ... + 10, whether x is a value or traced
//   using Vars = std::vector<Tensor>;
//   const auto sums = ops::while_loop([](const Vars& v) { return ops::less(v[0], 11); },
//                                     [](const Vars& v) { return Vars{v[0] + 1, v[1] + v[0]}; }, {one, zero});
//
// On values they run at once, and a GradientTape records the steps. While a function is traced (a layer's call, say)
// they append one op, If, While or Case, whose functions are traced once: they may use tensors of the function around
// them and read and assign variables. Shapes of results may then be less known than those of a branch.
// Thread-safety: as the functions they call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "hornbeam/shape.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam::ops {

using Branch = std::function<std::vector<Tensor>()>;

// What the branch gives that `condition` chooses. Both must give as many tensors of the same dtypes, else TypeError.
std::vector<Tensor> cond(const Tensor& condition, const Branch& true_fn, const Branch& false_fn);

// What branch `index` (an int32 scalar) gives; with another index the default, or the last when there is none. Throws
// ValueError when there are no branches, TypeError as `cond`.
std::vector<Tensor> switch_case(const Tensor& index, const std::vector<Branch>& branches,
                                const Branch& default_fn = nullptr);

// What the first branch gives whose condition is true; else the default, or when there is none InvalidArgumentError
// (of what is run at once; traced, the last branch).
std::vector<Tensor> case_of(const std::vector<std::pair<Tensor, Branch>>& branches, const Branch& default_fn = nullptr);

struct WhileOptions {
  // Per loop variable the shape that it has in every turn; default: the one it enters with.
  std::vector<Shape> shape_invariants = {};
  std::optional<std::int64_t> maximum_iterations = {};
  std::int64_t parallel_iterations = 10;  // kept in the op; turns run one after another
};

// The loop variables when `condition` is false of them: `body` makes from them the next ones, of the same dtypes.
// Throws TypeError and ValueError when they are not, or have shapes that do not fit.
std::vector<Tensor> while_loop(const std::function<Tensor(const std::vector<Tensor>&)>& condition,
                               const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& body,
                               std::vector<Tensor> loop_vars, const WhileOptions& options = {});

}  // namespace hornbeam::ops
