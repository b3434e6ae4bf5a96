// Assert: stops the run, with what it was given, unless the condition holds.
#include "ops/dispatch.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> no_outputs(const ShapeContext&) { return {}; }

// The first `count` elements.
std::string summarized(const std::byte* data, const TensorSpec& spec, std::int64_t count) {
  const auto n = spec.shape.num_elements();
  const auto shown = count < 0 ? n : std::min(n, count);
  return dispatch<AllTypes>(spec.dtype, "Assert", [&]<class T>() -> std::string {
    const auto* values = reinterpret_cast<const T*>(data);
    std::string text;
    for (std::int64_t i = 0; i < shown; ++i) {
      if (i > 0) text += " ";
      if constexpr (std::is_same_v<T, std::string>) {
        text += values[i];
      } else {
        text += std::to_string(static_cast<compute_t<T>>(values[i]));
      }
    }
    return shown < n ? text + "..." : text;
  });
}

std::unique_ptr<Kernel> assert_kernel(const KernelSpec& spec) {
  if (spec.inputs[0].shape.num_elements() != 1) {
    throw InvalidArgumentError("In[0] should be a scalar: " + spec.inputs[0].shape.to_string());
  }
  std::vector<TensorSpec> data(spec.inputs.begin() + 1, spec.inputs.end());
  const auto count = spec.attrs.i("summarize");
  return make_kernel([data = std::move(data), count](const KernelRun& io) {
    if (*io.input<bool>(0)) return;
    std::string message = "assertion failed:";
    for (std::size_t i = 0; i < data.size(); ++i) message += " [" + summarized(io.in[i + 1], data[i], count) + "]";
    throw InvalidArgumentError(message);
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(assert) {
  using namespace hornbeam;
  add_op(OpDef("Assert")
             .input("condition: bool")
             .input("data: T")
             .attr("T: list(type)")
             .attr("summarize: int = 3")
             .shape(no_outputs)
             .kernel(assert_kernel)
             .stateful()
             .no_gradient());
}
