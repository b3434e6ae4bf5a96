// First and second derivatives of every recorded op against finite differences, in float64.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <random>
#include <set>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "ops/op_table.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kMostInputs = 2000, kMostOutputs = 4000;
constexpr int kMostCases = 12;

// Kernels that keep statistics in float32 whatever the dtype, and those of images, whose places and results are
// float32.
bool is_left_out(const std::string& op) {
  return op.starts_with("FusedBatchNorm") || op == "ResizeBilinear" || op == "ResizeBicubic" ||
         op == "ScaleAndTranslate" || op.starts_with("ImageProjectiveTransform");
}

// Ops without a derivative to compare: what comes out are whole numbers; casts are recorded at edges alone.
const std::set<std::string> kWithoutCases{"ArgMax", "ArgMin", "Cast"};

// Refused, as TensorFlow refuses it.
bool has_second_derivative(const std::string& op) { return op != "CTCLoss"; }

bool is_float(const Tensor& t) { return t.dtype() == DType::float32 || t.dtype() == DType::float64; }

// The case in float64, with the types left to be inferred; empty when it has no floats, or too many.
std::optional<testing::OpCase> in_doubles(testing::OpCase c) {
  const auto& op = get_op(c.op);
  std::int64_t inputs = 0, outputs = 0;
  bool any = false;
  for (auto& t : c.inputs) {
    if (is_floating(t.dtype()) && !is_float(t)) return std::nullopt;
    if (!is_float(t)) continue;
    any = true;
    inputs += t.num_elements();
    t = ops::cast(t, DType::float64);
  }
  for (const auto& t : c.outputs) outputs += t.num_elements();
  if (!any || inputs == 0 || inputs > kMostInputs || outputs > kMostOutputs) return std::nullopt;
  Attrs attrs;
  for (const auto& [name, value] : c.attrs) {
    bool inferred = false;
    for (const auto& arg : op.inputs) inferred |= arg.type_attr == name || arg.list_attr == name;
    if (inferred) continue;
    const auto* type = std::get_if<DType>(&value);
    if (type && *type != DType::float64 && is_floating(*type)) {
      if (*type != DType::float32) return std::nullopt;
      attrs.set(name, DType::float64);
    } else {
      attrs.set(name, value);
    }
  }
  c.attrs = attrs;
  return c;
}

Tensor like(const Tensor& t, std::mt19937& random) {
  std::normal_distribution<double> normal;
  Tensor result = Tensor::empty(DType::float64, t.shape());
  for (auto& v : result.mutable_data<double>()) v = normal(random);
  return result;
}

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  const auto x = a.data<double>(), y = b.data<double>();
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

bool is_finite(const std::vector<Tensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const Tensor& t) {
    return t.dtype() != DType::float64 || ops::reduce_all(ops::is_finite(t)).item<bool>();
  });
}

// Brings the inputs to where the op is defined: as they are, between 0.2 and 0.8, or between 1.2 and 2.8.
bool brought_inside(testing::OpCase& c) {
  const auto original = c.inputs;
  for (const double center : {0.0, 0.5, 2.0}) {
    for (std::size_t i = 0; i < original.size(); ++i) {
      if (center > 0 && is_float(original[i])) {
        c.inputs[i] = center + ops::tanh(original[i]) * (center == 0.5 ? 0.3 : 0.8);
      }
    }
    if (is_finite(call_op(c.op, c.inputs, c.attrs))) return true;
  }
  return false;
}

Tensor moved(const Tensor& x, const Tensor& direction, double step) { return is_float(x) ? x + direction * step : x; }

class Numeric : public ::testing::TestWithParam<std::string> {
 public:
  static void TearDownTestSuite() {
    std::cout << "compared " << all_first_ << " first and " << all_second_ << " second derivatives\n";
  }

 protected:
  static inline int all_first_ = 0, all_second_ = 0;

  // sum of the float outputs, each times its weights
  static Tensor weighted(const testing::OpCase& c, const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& weights) {
    const auto outputs = call_op(c.op, inputs, c.attrs);
    std::vector<Tensor> sums;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i].defined()) sums.push_back(ops::reduce_sum(outputs[i] * weights[i]));
    }
    return sums.size() == 1 ? sums[0] : ops::add_n(sums);
  }

  // Empty when f does not change smoothly along the line: at kinks, and where it is not defined.
  template <class F>
  static std::optional<double> slope(const F& f, const std::vector<Tensor>& inputs,
                                     const std::vector<Tensor>& directions) {
    const auto at = [&](double step) {
      std::vector<Tensor> there;
      for (std::size_t i = 0; i < inputs.size(); ++i) there.push_back(moved(inputs[i], directions[i], step));
      return f(there);
    };
    const auto difference = [&](double h) { return (at(h) - at(-h)) / (2 * h); };
    const double wide = difference(2e-5), narrow = difference(1e-5), here = at(0);
    const double one_side = (at(1e-5) - here) / 1e-5, other = (here - at(-1e-5)) / 1e-5;
    const double scale = std::max({1e-3, std::abs(wide), std::abs(here) * 1e-3});
    if (!std::isfinite(wide) || std::abs(wide - narrow) > 1e-5 * scale) return std::nullopt;
    if (std::abs(one_side - other) > 1e-2 * scale) return std::nullopt;
    return narrow;
  }
};

TEST_P(Numeric, DerivativesAreLimitsOfDifferences) {
  if (is_left_out(GetParam())) GTEST_SKIP() << "computes in float32";
  std::mt19937 random(7);
  int first = 0, second = 0, tried = 0;
  for (const auto& recorded : testing::recorded_gradients(GetParam())) {
    auto c = in_doubles(recorded);
    if (!c || c->note == "edges" || c->note == "sweep" || c->note == "infinite") continue;
    const bool any = std::any_of(c->output_gradients.begin(), c->output_gradients.end(),
                                 [](const Tensor& t) { return t.defined() && is_float(t); });
    if (!any || !brought_inside(*c) || ++tried > kMostCases) continue;
    SCOPED_TRACE(c->op + " " + c->name + " " + c->note);
    try {
      std::vector<Tensor> weights, directions, others;
      for (std::size_t i = 0; i < c->output_gradients.size(); ++i) {
        weights.push_back(c->output_gradients[i].defined() ? like(c->output_gradients[i], random) : Tensor());
      }
      for (const auto& t : c->inputs) {
        directions.push_back(is_float(t) ? like(t, random) : Tensor());
        others.push_back(is_float(t) ? like(t, random) : Tensor());
      }
      // d/dx of (gradient along `others`), with the gradient itself by a tape.
      const auto along = [&](const std::vector<Tensor>& inputs) {
        GradientTape inner;
        inner.watch(inputs);
        const auto y = weighted(*c, inputs, weights);
        std::vector<Tensor> sums;
        const auto gradients = inner.gradient(y, inputs);
        for (std::size_t i = 0; i < gradients.size(); ++i) {
          if (gradients[i].defined()) sums.push_back(ops::reduce_sum(gradients[i] * others[i]));
        }
        return sums.empty() ? Tensor::scalar(0.0) : sums.size() == 1 ? sums[0] : ops::add_n(sums);
      };
      const auto check = [&](const auto& f, int& count, const char* what) {
        GradientTape tape;
        tape.watch(c->inputs);
        const auto gradients = tape.gradient(f(c->inputs), c->inputs);
        double analytic = 0;
        for (std::size_t i = 0; i < gradients.size(); ++i) {
          // An input without a gradient stays where it is.
          if (gradients[i].defined()) {
            analytic += dot(gradients[i], directions[i]);
          } else if (directions[i].defined() && !c->gradients[i].defined()) {
            directions[i] = ops::zeros_like(directions[i]);
          }
        }
        const auto numeric =
            slope([&](const std::vector<Tensor>& x) { return f(x).template item<double>(); }, c->inputs, directions);
        if (!numeric) return;
        ++count;
        EXPECT_NEAR(analytic, *numeric, 1e-5 * std::max({1.0, std::abs(analytic), std::abs(*numeric)})) << what;
      };
      check([&](const std::vector<Tensor>& x) { return weighted(*c, x, weights); }, first, "first derivative");
      if (has_second_derivative(c->op)) {
        check(along, second, "second derivative");
      } else {
        EXPECT_THROW(check(along, second, "second derivative"), LookupError);
      }
    } catch (const Error& e) {
      ADD_FAILURE() << e.report();
    }
  }
  all_first_ += first;
  all_second_ += second;
  if (kWithoutCases.contains(GetParam())) {
    EXPECT_EQ(tried, 0) << "has cases: take it off the list";
    return;
  }
  EXPECT_GT(tried, 0) << "no case in float64";
  EXPECT_GT(first, 0) << "no case was smooth";
  EXPECT_EQ(second > 0, has_second_derivative(GetParam())) << "no case was smooth";
}

INSTANTIATE_TEST_SUITE_P(Recorded, Numeric, ::testing::ValuesIn(testing::recorded_gradient_ops()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace hornbeam
