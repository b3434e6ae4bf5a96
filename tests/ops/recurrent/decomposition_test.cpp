// Each recurrent op against its own cell spelt with TensorFlow's ops, step by step: results and gradients.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "ops/recurrent/decompose.h"

namespace hornbeam {
namespace {

struct Variant {
  std::string op;
  Attrs attrs;
  bool bias, mask;
  DType dtype;
  std::int64_t batch, time, features, units;
};

std::string name_of(const Variant& v) {
  std::string name = v.op.substr(1) + "_" + std::string(hornbeam::name_of(v.dtype));
  for (const auto& [key, value] : v.attrs) {
    if (const auto* text = std::get_if<std::string>(&value)) name += "_" + *text;
    if (const auto* flag = std::get_if<bool>(&value); flag && *flag) name += "_" + key;
  }
  return name + (v.bias ? "" : "_no_bias") + (v.mask ? "_mask" : "") + "_b" + std::to_string(v.batch) + "_t" +
         std::to_string(v.time) + "_f" + std::to_string(v.features) + "_u" + std::to_string(v.units);
}

std::int64_t states_of(const std::string& op) { return op == "_FusedLSTM" ? 2 : 1; }

class Case {
 public:
  explicit Case(const Variant& variant) : v(variant), op(get_op(v.op)), random_(static_cast<unsigned>(v.units)) {
    const std::int64_t gates = v.op == "_FusedLSTM" ? 4 : v.op == "_FusedGRU" ? 3 : 1;
    const bool two_rows = v.op == "_FusedGRU" && v.attrs.b("reset_after");
    inputs.push_back(numbers(major() ? Shape{v.time, v.batch, v.features} : Shape{v.batch, v.time, v.features}));
    for (int s = 0; s < states_of(v.op); ++s) inputs.push_back(numbers({v.batch, v.units}));
    for (const auto rows : {v.features, v.units}) {
      // So that sums of many terms do not drive the cell into chaos, where roundings grow.
      const auto scale = ops::scalar(v.dtype, 1 / std::sqrt(static_cast<double>(rows)));
      inputs.push_back(numbers({rows, gates * v.units}) * scale);
    }
    if (v.bias) inputs.push_back(numbers(two_rows ? Shape{2, gates * v.units} : Shape{gates * v.units}));
    differentiable = inputs.size();
    if (v.mask) inputs.push_back(mask());
    v.attrs.set("num_bias", static_cast<std::int64_t>(v.bias));
    v.attrs.set("num_masks", static_cast<std::int64_t>(v.mask));
    std::vector<DType> dtypes;
    for (const auto& t : inputs) dtypes.push_back(t.dtype());
    v.attrs = op.complete(dtypes, v.attrs);
  }

  // y and the last states.
  Tensors fused() {
    auto all = call_op(v.op, inputs, v.attrs);
    all.resize(static_cast<std::size_t>(1 + states_of(v.op)));
    return all;
  }

  Tensors unrolled() {
    std::vector<Tensor> states(inputs.begin() + 1, inputs.begin() + 1 + states_of(v.op)), outputs;
    const auto zeros = ops::zeros_like(states[0]);
    for (std::int64_t step = 0; step < v.time; ++step) {
      const auto t = v.attrs.b("go_backwards") ? v.time - 1 - step : step;
      auto next = recurrent_step(op, v.attrs, inputs, at(inputs[0], t), states);
      auto out = next[0];
      if (v.mask) {
        const auto m = ops::expand_dims(at(inputs.back(), t), -1);
        const bool repeats = !outputs.empty() && !v.attrs.b("zero_output_for_mask");
        out = ops::where(m, out, repeats ? outputs.back() : zeros);
        for (std::size_t s = 0; s < next.size(); ++s) next[s] = ops::where(m, next[s], states[s]);
      }
      outputs.push_back(out);
      states = next;
    }
    Tensors results{ops::stack(outputs, major() ? 0 : 1)};
    results.insert(results.end(), states.begin(), states.end());
    return results;
  }

  Tensor numbers(const Shape& shape) {
    std::normal_distribution<double> normal(0, 0.7);
    Tensor t = Tensor::empty(DType::float64, shape);
    for (auto& x : t.mutable_data<double>()) x = normal(random_);
    return ops::cast(t, v.dtype);
  }

  Variant v;
  const OpDef& op;
  std::vector<Tensor> inputs;
  std::size_t differentiable = 0;

 private:
  bool major() const { return v.attrs.has("time_major") && v.attrs.b("time_major"); }
  Tensor at(const Tensor& steps, std::int64_t t) const {
    return ops::gather(steps, Tensor::scalar(static_cast<std::int32_t>(t)), major() ? 0 : 1);
  }
  // The first sequence is masked throughout, the second begins masked, the rest are mixed.
  Tensor mask() {
    Tensor t = Tensor::empty(DType::boolean, major() ? Shape{v.time, v.batch} : Shape{v.batch, v.time});
    auto* data = t.mutable_data<bool>().data();
    for (std::int64_t b = 0; b < v.batch; ++b) {
      for (std::int64_t s = 0; s < v.time; ++s) {
        const bool on = b == 1 ? s > 0 : b > 1 && random_() % 3 > 0;
        data[major() ? s * v.batch + b : b * v.time + s] = on;
      }
    }
    return t;
  }
  std::mt19937 random_;
};

void expect_near(const Tensor& found, const Tensor& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(found.dtype(), expected.dtype()) << what;
  ASSERT_EQ(found.shape(), expected.shape()) << what;
  const auto a = ops::cast(found, DType::float64), b = ops::cast(expected, DType::float64);
  double scale = 1;
  for (const double x : b.data<double>()) scale = std::max(scale, std::abs(x));
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    ASSERT_NEAR(a.data<double>()[i], b.data<double>()[i], tolerance * scale) << what << " at " << i;
  }
}

class Recurrent : public ::testing::TestWithParam<Variant> {};

TEST_P(Recurrent, IsItsDecomposition) {
  Case c(GetParam());
  const double tolerance = c.v.dtype == DType::float64 ? 1e-11 : 2e-6;
  // For each output, some, and all of them: gradients of outputs that nobody reads are none.
  const auto count = static_cast<std::size_t>(1 + states_of(c.v.op));
  std::vector<Tensor> seeds;
  for (const auto& out : c.fused()) seeds.push_back(c.numbers(out.shape()));
  const std::vector<Tensor> sources(c.inputs.begin(), c.inputs.begin() + static_cast<std::ptrdiff_t>(c.differentiable));
  const auto run = [&](const Tensors& results, GradientTape& tape, unsigned used) {
    std::vector<Tensor> targets, weights;
    for (std::size_t i = 0; i < count; ++i) {
      if (used >> i & 1U) {
        targets.push_back(results[i]);
        weights.push_back(seeds[i]);
      }
    }
    return tape.gradient(targets, sources, {.output_gradients = weights});
  };
  for (unsigned used = 1; used < 1U << count; ++used) {
    SCOPED_TRACE("outputs " + std::to_string(used));
    GradientTape one, other;
    one.watch(sources);
    other.watch(sources);
    const auto found = c.fused(), expected = c.unrolled();
    for (std::size_t i = 0; i < count; ++i)
      expect_near(found[i], expected[i], tolerance, "output " + std::to_string(i));
    const auto by_fused = run(found, one, used), by_ops = run(expected, other, used);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      ASSERT_TRUE(by_fused[i].defined()) << i;
      const auto wanted = by_ops[i].defined() ? by_ops[i] : ops::zeros_like(sources[i]);
      expect_near(by_fused[i], wanted, tolerance * 4, "gradient of input " + std::to_string(i));
    }
  }
}

std::vector<Variant> variants() {
  std::vector<Variant> list;
  for (const std::string op : {"_FusedSimpleRNN", "_FusedLSTM", "_FusedGRU"}) {
    for (const bool after : {true, false}) {
      if (!after && op != "_FusedGRU") continue;
      const auto base = [&] {
        Attrs attrs;
        if (op == "_FusedGRU") attrs.set("reset_after", after);
        return attrs;
      };
      for (const auto dtype : {DType::float64, DType::float32}) {
        for (const bool mask : {false, true}) {
          for (const bool back : {false, true}) {
            for (const bool major : {false, true}) {
              auto attrs = base();
              attrs.set("go_backwards", back);
              attrs.set("time_major", major);
              attrs.set("zero_output_for_mask", mask && back == major);
              list.push_back({op, attrs, back != major || mask, mask, dtype, 5, 4, 3, 6});
            }
          }
        }
        for (const char* f : {"relu", "linear", "relu6", "elu", "selu", "softsign", "softplus", "exponential"}) {
          auto attrs = base();
          attrs.set("activation", std::string(f));
          if (op != "_FusedSimpleRNN") attrs.set("recurrent_activation", std::string("hard_sigmoid"));
          list.push_back({op, attrs, true, true, dtype, 3, 3, 2, 5});
        }
        if (op == "_FusedSimpleRNN") continue;
        for (const char* f : {"hard_sigmoid_3", "tanh", "softsign"}) {
          auto attrs = base();
          attrs.set("recurrent_activation", std::string(f));
          list.push_back({op, attrs, true, false, dtype, 3, 3, 2, 5});
        }
      }
      // Tails of vectors, tiles and blocks.
      for (const std::int64_t units : {1, 7, 8, 16, 33, 70}) {
        for (const std::int64_t batch : {1, 2, 13}) {
          list.push_back({op, base(), true, batch == 13, DType::float32, batch, 7, units + 2, units});
        }
      }
      list.push_back({op, base(), true, false, DType::float32, 2, 300, 4, 9});
      list.push_back({op, base(), true, false, DType::float32, 3, 1, 300, 280});
    }
  }
  return list;
}

INSTANTIATE_TEST_SUITE_P(Variants, Recurrent, ::testing::ValuesIn(variants()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace hornbeam
