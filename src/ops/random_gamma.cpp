// RandomGamma, StatelessRandomGammaV2: numbers of gamma distributions (scale 1), TensorFlow's for one seed.
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/int_values.h"
#include "ops/random_fill.h"
#include "ops/random_state.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

using GammaTypes = Types<float, double, Float16, BFloat16>;

// Words enough for one number: what it needs is not known beforehand.
constexpr std::uint64_t kCallsPerNumber = 256;

// Numbers in pairs, of which the last is used first.
class Pairs {
 public:
  template <class F>
  double next(Philox& generator, F&& make) {
    if (left_ == 0) {
      pair_ = make(generator());
      left_ = 2;
    }
    return pair_[--left_];
  }

 private:
  std::array<double, 2> pair_{};
  std::size_t left_ = 0;
};

// By Marsaglia and Tsang: a cube of a normal number, accepted or drawn again; for alpha < 1 that of alpha + 1, times a
// uniform number to the power of 1 / alpha.
double gamma_number(Philox generator, double alpha) {
  Pairs uniforms, normals;
  const auto uniform = [&] {
    return uniforms.next(generator, [](const Philox::Words& w) {
      return std::array<double, 2>{random::unit_double(w[0], w[1]), random::unit_double(w[2], w[3])};
    });
  };
  if (alpha == 1) return -std::log1p(-uniform());
  const bool small = alpha < 1;
  const double d = alpha + (small ? 2.0 / 3 : -1.0 / 3), c = 1.0 / 3 / std::sqrt(d);
  // An alpha that is not a positive number accepts nothing.
  if (!(alpha > 0) || std::isinf(alpha)) return alpha == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
  while (true) {
    const double x =
        normals.next(generator, [](const Philox::Words& w) { return random::box_muller(w[0], w[1], w[2], w[3]); });
    double v = 1 + c * x;
    if (v <= 0) continue;
    v = v * v * v;
    const double u = uniform();
    if (u < 1 - 0.0331 * (x * x) * (x * x) || std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v))) {
      return d * v * (small ? std::pow(uniform(), 1 / alpha) : 1);
    }
  }
}

// `samples` of each of `alphas`; those of one alpha lie `alphas` apart.
template <class T>
void fill_gamma(const Philox& generator, const T* alpha, std::int64_t alphas, std::int64_t samples, T* out) {
  for (std::int64_t a = 0; a < alphas; ++a) {
    const auto value = static_cast<double>(static_cast<compute_t<T>>(alpha[a]));
    for (std::int64_t s = 0; s < samples; ++s) {
      auto own = generator;
      own.skip(kCallsPerNumber * static_cast<std::uint64_t>(a * samples + s));
      out[s * alphas + a] = static_cast<T>(static_cast<compute_t<T>>(gamma_number(own, value)));
    }
  }
}

// Of each alpha as many as `shape` says.
std::vector<Shape> stateful_shape(const ShapeContext& c) {
  const auto dims = dims_input(c, 0);
  if (!dims.has_rank() || !c.shape(1).has_rank()) return {Shape::unknown()};
  auto all = dims.dims();
  all.insert(all.end(), c.shape(1).begin(), c.shape(1).end());
  return {Shape(all)};
}

std::unique_ptr<Kernel> stateful_gamma(const KernelSpec& spec) {
  const auto seed = spec.attrs.i("seed"), seed2 = spec.attrs.i("seed2");
  const auto n = spec.elements(0), alphas = spec.inputs[1].shape.num_elements();
  return dispatch<GammaTypes>(spec.inputs[1].dtype, "RandomGamma", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const auto generator = random::reserve(seed, seed2, kCallsPerNumber * static_cast<std::uint64_t>(n));
      if (n > 0) fill_gamma(generator, io.input<T>(1), alphas, n / alphas, io.output<T>(0));
    });
  });
}

// The alphas are the last dims of the shape.
std::vector<Shape> stateless_shape(const ShapeContext& c) {
  if (!c.shape(1).is_compatible_with(Shape{2})) {
    throw InvalidArgumentError("seed must have shape [2], not " + c.shape(1).to_string());
  }
  return {dims_input(c, 0)};
}

std::unique_ptr<Kernel> stateless_gamma(const KernelSpec& spec) {
  const auto& shape = spec.outputs[0].shape;
  const auto& alpha = spec.inputs[2].shape;
  bool fits = alpha.rank() <= shape.rank();
  for (std::size_t i = 0; fits && i < alpha.rank(); ++i) fits = alpha[i] == shape[shape.rank() - alpha.rank() + i];
  if (!fits) {
    throw InvalidArgumentError("Shape passed in must end with broadcasted shape. Received: shape=" + shape.to_string() +
                               ", alpha.shape=" + alpha.to_string());
  }
  const auto n = shape.num_elements(), alphas = alpha.num_elements();
  const auto seed_dtype = spec.inputs[1].dtype;
  return dispatch<GammaTypes>(
      spec.inputs[2].dtype, "StatelessRandomGammaV2", [&]<class T>() -> std::unique_ptr<Kernel> {
        return make_kernel([=](const KernelRun& io) {
          const auto seed = int_values(Tensor::borrow(seed_dtype, Shape{2}, io.in[1]));
          const auto generator =
              Philox::from_seed(static_cast<std::uint64_t>(seed[0]), static_cast<std::uint64_t>(seed[1]));
          if (n > 0) {
            fill_gamma(generator, io.input<T>(2), alphas, n / alphas, io.output<T>(0));
          }
        });
      });
}

[[noreturn]] Tensors gamma_gradient(const GradientContext&) {
  throw NotImplementedError("random gamma numbers have no gradient here with respect to alpha");
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(random_gamma) {
  using namespace hornbeam;
  add_op(OpDef("RandomGamma")
             .input("shape: S")
             .input("alpha: T")
             .output("output: T")
             .attr("seed: int = 0")
             .attr("seed2: int = 0")
             .attr("S: type")
             .attr("T: type")
             .shape(stateful_shape)
             .kernel(stateful_gamma)
             .gradient(gamma_gradient)
             .stateful());
  add_op(OpDef("StatelessRandomGammaV2")
             .input("shape: T")
             .input("seed: Tseed")
             .input("alpha: dtype")
             .output("output: dtype")
             .attr("dtype: type")
             .attr("T: type = int32")
             .attr("Tseed: type = int64")
             .shape(stateless_shape)
             .kernel(stateless_gamma)
             .gradient(gamma_gradient));
}
