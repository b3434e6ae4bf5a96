// Stateless random ops: the same seed (or key and counter) gives the same numbers, TensorFlow's.
#include "ops/int_values.h"
#include "ops/random_fill.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kPhilox = 1, kThreeFry = 2, kAutoSelect = 3;

Philox seeded(const std::byte* seed, DType dtype) {
  const auto v = int_values(Tensor::borrow(dtype, Shape{2}, seed));
  return Philox::from_seed(static_cast<std::uint64_t>(v[0]), static_cast<std::uint64_t>(v[1]));
}

void check_seed(const ShapeContext& c, std::size_t input) {
  if (!c.shape(input).is_compatible_with(Shape{2})) {
    throw InvalidArgumentError("seed must have shape [2], not " + bracketed(c.shape(input)));
  }
}

std::vector<Shape> v1_shape(const ShapeContext& c) {
  check_seed(c, 1);
  return {dims_input(c, 0)};
}

void check_key(const Shape& key, const Shape& counter) {
  if (!key.is_compatible_with(Shape{1})) throw InvalidArgumentError("key must have shape [1], not " + bracketed(key));
  if (counter.has_rank() && (counter.rank() != 1 || (counter[0] >= 0 && counter[0] < 2))) {
    throw InvalidArgumentError("counter must be a vector of at least 2 elements, not " + bracketed(counter));
  }
}

std::vector<Shape> v2_shape(const ShapeContext& c) {
  check_key(c.shape(1), c.shape(2));
  return {dims_input(c, 0)};
}

Philox keyed(const KernelRun& io) {
  const auto alg = *io.input<std::int32_t>(3);
  if (alg == kThreeFry) throw NotImplementedError("the ThreeFry algorithm of random numbers is not supported");
  if (alg != kPhilox && alg != kAutoSelect)
    throw InvalidArgumentError("Unsupported algorithm id: " + std::to_string(alg));
  const auto* counter = io.input<std::uint64_t>(2);
  return Philox(counter[0], counter[1], *io.input<std::uint64_t>(1));
}

// draw(generator, io): fills the output.
template <class F>
std::unique_ptr<Kernel> stateless_kernel(const KernelSpec& spec, bool v2, F draw) {
  if (v2) return make_kernel([draw](const KernelRun& io) { draw(keyed(io), io); });
  const auto seed_dtype = spec.inputs[1].dtype;
  return make_kernel([draw, seed_dtype](const KernelRun& io) { draw(seeded(io.in[1], seed_dtype), io); });
}

template <random::Distribution kDistribution, bool kV2>
std::unique_ptr<Kernel> float_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const auto dtype = spec.outputs[0].dtype;
  return stateless_kernel(spec, kV2, [=](const Philox& g, const KernelRun& io) {
    random::fill(kDistribution, g, dtype, io.out[0], n, "StatelessRandom");
  });
}

template <bool kV2>
std::unique_ptr<Kernel> int_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const auto dtype = spec.outputs[0].dtype;
  const std::size_t low = kV2 ? 4 : 2;
  return stateless_kernel(spec, kV2, [=](const Philox& g, const KernelRun& io) {
    random::fill_ints(g, dtype, io.in[low], io.in[low + 1], io.out[0], n, "StatelessRandomUniformInt");
  });
}

template <bool kV2>
std::unique_ptr<Kernel> full_int_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  const auto dtype = spec.outputs[0].dtype;
  return stateless_kernel(spec, kV2, [=](const Philox& g, const KernelRun& io) {
    random::fill_full_ints(g, dtype, io.out[0], n, "StatelessRandomUniformFullInt");
  });
}

std::vector<Shape> key_counter_shape(const ShapeContext& c) {
  check_seed(c, 0);
  return {Shape{1}, Shape{2}};
}
std::vector<Shape> key_counter_alg_shape(const ShapeContext& c) {
  check_seed(c, 0);
  return {Shape{1}, Shape{2}, Shape{}};
}
std::vector<Shape> alg_shape(const ShapeContext&) { return {Shape{}}; }

template <bool kWithAlg>
std::unique_ptr<Kernel> key_counter_kernel(const KernelSpec& spec) {
  const auto dtype = spec.inputs[0].dtype;
  return make_kernel([dtype](const KernelRun& io) {
    const auto g = seeded(io.in[0], dtype);
    *io.output<std::uint64_t>(0) = std::uint64_t{g.key()[1]} << 32 | g.key()[0];
    io.output<std::uint64_t>(1)[0] = std::uint64_t{g.counter()[1]} << 32 | g.counter()[0];
    io.output<std::uint64_t>(1)[1] = std::uint64_t{g.counter()[3]} << 32 | g.counter()[2];
    if (kWithAlg) *io.output<std::int32_t>(2) = static_cast<std::int32_t>(kPhilox);
  });
}
std::unique_ptr<Kernel> alg_kernel(const KernelSpec&) {
  return make_kernel([](const KernelRun& io) { *io.output<std::int32_t>(0) = static_cast<std::int32_t>(kPhilox); });
}

enum class Bounds : bool { no, yes };

OpDef v1(const char* name, const char* dtype_attr, Bounds bounds, KernelFactory kernel) {
  auto def = OpDef(name).input("shape: T").input("seed: Tseed");
  if (bounds == Bounds::yes) std::move(def).input("minval: dtype").input("maxval: dtype");
  return std::move(def)
      .output("output: dtype")
      .attr(dtype_attr)
      .attr("T: type = int32")
      .attr("Tseed: type = int64")
      .shape(v1_shape)
      .kernel(kernel)
      .no_gradient();
}

OpDef v2(const char* name, const char* dtype_attr, Bounds bounds, KernelFactory kernel) {
  auto def = OpDef(name).input("shape: Tshape").input("key: uint64").input("counter: uint64").input("alg: int32");
  if (bounds == Bounds::yes) std::move(def).input("minval: dtype").input("maxval: dtype");
  return std::move(def)
      .output("output: dtype")
      .attr(dtype_attr)
      .attr("Tshape: type = int32")
      .shape(v2_shape)
      .kernel(kernel)
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(random_stateless) {
  using namespace hornbeam;
  using enum random::Distribution;
  constexpr const char *kFloat = "dtype: type = float32", *kInt = "dtype: type", *kUint = "dtype: type = uint64";
  add_op(v1("StatelessRandomUniform", kFloat, Bounds::no, float_kernel<uniform, false>));
  add_op(v1("StatelessRandomNormal", kFloat, Bounds::no, float_kernel<normal, false>));
  add_op(v1("StatelessTruncatedNormal", kFloat, Bounds::no, float_kernel<truncated_normal, false>));
  add_op(v1("StatelessRandomUniformInt", kInt, Bounds::yes, int_kernel<false>));
  add_op(v1("StatelessRandomUniformFullInt", kUint, Bounds::no, full_int_kernel<false>));
  add_op(v2("StatelessRandomUniformV2", kFloat, Bounds::no, float_kernel<uniform, true>));
  add_op(v2("StatelessRandomNormalV2", kFloat, Bounds::no, float_kernel<normal, true>));
  add_op(v2("StatelessTruncatedNormalV2", kFloat, Bounds::no, float_kernel<truncated_normal, true>));
  add_op(v2("StatelessRandomUniformIntV2", kInt, Bounds::yes, int_kernel<true>));
  add_op(v2("StatelessRandomUniformFullIntV2", kUint, Bounds::no, full_int_kernel<true>));
  add_op(OpDef("StatelessRandomGetKeyCounter")
             .input("seed: Tseed")
             .output("key: uint64")
             .output("counter: uint64")
             .attr("Tseed: type = int64")
             .shape(key_counter_shape)
             .kernel(key_counter_kernel<false>)
             .no_gradient());
  add_op(OpDef("StatelessRandomGetKeyCounterAlg")
             .input("seed: Tseed")
             .output("key: uint64")
             .output("counter: uint64")
             .output("alg: int32")
             .attr("Tseed: type = int64")
             .shape(key_counter_alg_shape)
             .kernel(key_counter_kernel<true>)
             .no_gradient());
  add_op(OpDef("StatelessRandomGetAlg").output("alg: int32").shape(alg_shape).kernel(alg_kernel).no_gradient());
}
