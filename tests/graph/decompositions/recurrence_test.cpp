// Each recurrent op against the While over TensorLists that stands for it, run at once and compiled: results and
// gradients.
#include "graph/decompositions/recurrence.h"

#include "graph/gradients.h"
#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;

struct Variant {
  std::string op;
  std::int64_t gates;
  bool reset_after, mask, back, major, zeros;
};

std::vector<Variant> variants() {
  std::vector<Variant> list;
  for (const auto& [op, gates, after] : std::vector<std::tuple<std::string, std::int64_t, bool>>{
           {"_FusedSimpleRNN", 1, false}, {"_FusedLSTM", 4, false}, {"_FusedGRU", 3, true}, {"_FusedGRU", 3, false}}) {
    for (int flags = 0; flags < 16; ++flags) {
      const bool mask = flags & 1, zeros = flags & 8;
      if (mask || !zeros) list.push_back({op, gates, after, mask, (flags & 2) != 0, (flags & 4) != 0, zeros});
    }
  }
  return list;
}

class Recurrence : public ::testing::TestWithParam<Variant> {
 protected:
  static constexpr std::int64_t kBatch = 3, kTime = 5, kFeatures = 2, kUnits = 4;

  Recurrence() : v(GetParam()), op(get_op(v.op)), states(v.op == "_FusedLSTM" ? 2 : 1) {
    const Shape steps = v.major ? Shape{kTime, kBatch} : Shape{kBatch, kTime};
    auto x = steps;
    x.push_back(kFeatures);
    inputs.push_back(random_tensor(x, 1));
    for (unsigned s = 0; s < states; ++s) inputs.push_back(random_tensor({kBatch, kUnits}, 2 + s));
    inputs.push_back(random_tensor({kFeatures, v.gates * kUnits}, 4));
    inputs.push_back(random_tensor({kUnits, v.gates * kUnits}, 5));
    inputs.push_back(random_tensor(v.reset_after ? Shape{2, v.gates * kUnits} : Shape{v.gates * kUnits}, 6));
    sources = inputs.size();
    if (v.mask) {
      auto mask = Tensor::empty(DType::boolean, steps);
      auto on = mask.mutable_data<bool>();
      for (std::size_t i = 0; i < on.size(); ++i) on[i] = i % 3 != 0;
      inputs.push_back(mask);
    }
    Attrs attrs{{"num_bias", std::int64_t{1}},
                {"num_masks", static_cast<std::int64_t>(v.mask)},
                {"go_backwards", v.back},
                {"time_major", v.major},
                {"zero_output_for_mask", v.zeros}};
    if (v.op == "_FusedGRU") attrs.set("reset_after", v.reset_after);
    std::vector<DType> dtypes;
    for (const auto& t : inputs) dtypes.push_back(t.dtype());
    complete = op.complete(dtypes, attrs);
    given = attrs;
  }

  List fused(Tensors in) const {
    auto all = call_op(v.op, in, given);
    all.resize(1 + states);
    return all;
  }
  List decomposed(Tensors in) const { return decompose_recurrence(op, complete, in); }

  // The results, then the gradients of all that can have one, of a sum that weighs every result.
  template <class F>
  List with_gradients(const F& f, Tensors in) const {
    auto results = f(in);
    List sums;
    for (const auto& r : results) sums.push_back(ops::reduce_sum(ops::square(r) + r));
    const List from(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(sources));
    for (auto& g : gradients(ops::add_n(sums), from)) results.push_back(std::move(g));
    return results;
  }

  std::vector<TensorSpec> specs() const {
    std::vector<TensorSpec> list;
    for (const auto& t : inputs) list.push_back({t.dtype(), t.shape()});
    list[0].shape = Shape{None, None, kFeatures};
    if (v.mask) list.back().shape = Shape{None, None};
    for (unsigned s = 0; s < states; ++s) list[1 + s].shape = Shape{None, kUnits};
    return list;
  }

  Variant v;
  const OpDef& op;
  unsigned states;
  List inputs;
  std::size_t sources = 0;
  Attrs complete, given;
};

TEST_P(Recurrence, IsItsLoop) {
  const auto expected = fused(inputs);
  const auto found = decomposed(inputs);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) expect_same(found[i], expected[i], 2e-6F);

  const auto one =
      compile(specs(), [&](Tensors in) { return with_gradients([&](Tensors t) { return fused(t); }, in); });
  const auto other =
      compile(specs(), [&](Tensors in) { return with_gradients([&](Tensors t) { return decomposed(t); }, in); });
  const auto a = one->run(inputs), b = other->run(inputs);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    SCOPED_TRACE("result " + std::to_string(i));
    expect_same(a[i], b[i], 1e-5F);
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, Recurrence, ::testing::ValuesIn(variants()), [](const auto& test) {
  const auto& p = test.param;
  return p.op.substr(1) + (p.reset_after ? "_reset_after" : "") + (p.mask ? "_mask" : "") + (p.back ? "_back" : "") +
         (p.major ? "_major" : "") + (p.zeros ? "_zeros" : "");
});

}  // namespace
}  // namespace hornbeam::graph
