// Stateful random ops: every run draws on (random_state.h).
#include "ops/layout_dispatch.h"
#include "ops/random_fill.h"
#include "ops/random_state.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> shape_of_input(const ShapeContext& c) { return {dims_input(c, 0)}; }
std::vector<Shape> same_as_input(const ShapeContext& c) { return {c.shape(0)}; }

struct Seeds {
  explicit Seeds(const Attrs& attrs) : first(attrs.i("seed")), second(attrs.i("seed2")) {}
  std::int64_t first, second;
  Philox reserve(std::int64_t n) const { return random::reserve(first, second, random::reserved_calls(n)); }
};

template <random::Distribution kDistribution>
std::unique_ptr<Kernel> float_kernel(const KernelSpec& spec) {
  const Seeds seeds(spec.attrs);
  const auto n = spec.elements(0);
  const auto dtype = spec.outputs[0].dtype;
  return make_kernel([=](const KernelRun& io) {
    random::fill(kDistribution, seeds.reserve(n), dtype, io.out[0], n, "RandomUniform");
  });
}

std::unique_ptr<Kernel> int_kernel(const KernelSpec& spec) {
  const Seeds seeds(spec.attrs);
  const auto n = spec.elements(0);
  const auto dtype = spec.outputs[0].dtype;
  return make_kernel([=](const KernelRun& io) {
    random::fill_ints(seeds.reserve(n), dtype, io.in[1], io.in[2], io.out[0], n, "RandomUniformInt");
  });
}

// Rows of dim 0 in the order TensorFlow shuffles them.
std::unique_ptr<Kernel> shuffle_kernel(const KernelSpec& spec) {
  const Seeds seeds(spec.attrs);
  const auto& shape = spec.inputs[0].shape;
  const auto rows = shape.rank() == 0 ? 1 : shape[0];
  const auto row = shape.rank() == 0 ? 1 : product(shape, 1, shape.rank());
  return dispatch_layout(spec.inputs[0].dtype, "RandomShuffle", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
      if (rows > 1) {
        random::SingleWords next{random::reserve(seeds.first, seeds.second, (static_cast<std::uint64_t>(rows) + 3) / 4),
                                 {}};
        for (std::size_t i = 0; i + 1 < order.size(); ++i) std::swap(order[i], order[i + next() % (order.size() - i)]);
      }
      T* y = io.output<T>(0);
      for (const auto i : order) {
        std::copy_n(io.input<T>(0) + i * row, row, y);
        y += row;
      }
    });
  });
}

OpDef stateful(const char* name) { return OpDef(name).attr("seed: int = 0").attr("seed2: int = 0").stateful(); }

}  // namespace
}  // namespace hornbeam

HB_REGISTER(random_stateful) {
  using namespace hornbeam;
  using enum random::Distribution;
  struct Row {
    const char* name;
    KernelFactory kernel;
  };
  for (const auto& row :
       {Row{"RandomUniform", float_kernel<uniform>}, Row{"RandomStandardNormal", float_kernel<normal>},
        Row{"TruncatedNormal", float_kernel<truncated_normal>}}) {
    add_op(stateful(row.name)
               .input("shape: T")
               .output("output: dtype")
               .attr("dtype: type")
               .attr("T: type")
               .shape(shape_of_input)
               .kernel(row.kernel)
               .no_gradient());
  }
  add_op(stateful("RandomUniformInt")
             .input("shape: T")
             .input("minval: Tout")
             .input("maxval: Tout")
             .output("output: Tout")
             .attr("Tout: type")
             .attr("T: type")
             .shape(shape_of_input)
             .kernel(int_kernel)
             .no_gradient());
  add_op(stateful("RandomShuffle")
             .input("value: T")
             .output("output: T")
             .attr("T: type")
             .shape(same_as_input)
             .kernel(shuffle_kernel)
             .no_gradient());
}
