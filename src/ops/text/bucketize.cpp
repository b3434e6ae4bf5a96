// Bucketize: how many boundaries are not above the value.
#include <algorithm>

#include "ops/dispatch.h"
#include "ops/kernels/parallel.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::unique_ptr<Kernel> bucketize_kernel(const KernelSpec& spec) {
  const auto* given = spec.attrs.find("boundaries");
  const auto* floats = std::get_if<std::vector<float>>(given);
  const auto boundaries = floats ? *floats : std::vector<float>();  // an empty list may be of any type
  if (!std::is_sorted(boundaries.begin(), boundaries.end())) {
    throw InvalidArgumentError("Expected sorted boundaries");
  }
  const auto n = spec.inputs[0].shape.num_elements();
  const auto work = static_cast<double>(n) * 4;
  using Inputs = Types<std::int32_t, std::int64_t, float, double>;
  return dispatch<Inputs>(spec.inputs[0].dtype, "Bucketize", [&]<class T>() -> std::unique_ptr<Kernel> {
    // Compared as C++ compares the two: a double with doubles, integers as floats.
    using C = std::conditional_t<std::is_same_v<T, double>, double, float>;
    return make_part_kernel(work, [=](const KernelRun& io, kernels::Part part) {
      const auto [from, to] = kernels::slice(n, part, 64);
      const T* x = io.input<T>(0);
      auto* y = io.output<std::int32_t>(0);
      for (auto i = from; i < to; ++i) {
        const auto above = std::upper_bound(boundaries.begin(), boundaries.end(), static_cast<C>(x[i]),
                                            [](C value, float limit) { return value < static_cast<C>(limit); });
        y[i] = static_cast<std::int32_t>(above - boundaries.begin());
      }
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(bucketize) {
  using namespace hornbeam;
  add_op(OpDef("Bucketize")
             .input("input: T")
             .output("output: int32")
             .attr("T: type")
             .attr("boundaries: list(float)")
             .shape(same_as_first)
             .kernel(bucketize_kernel)
             .no_gradient());
}
