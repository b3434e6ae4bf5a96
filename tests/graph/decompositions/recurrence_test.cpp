// Recurrent ops as a While over TensorLists: against the ops themselves and against what TensorFlow gave, results and
// gradients, compiled; and made of ops that TensorFlow 2.2 has.
#include "graph/decompositions/recurrence.h"

#include <fstream>
#include <sstream>

#include "graph/callee.h"
#include "graph/gradients.h"
#include "graph/test_functions.h"
#include "hornbeam/ops.hpp"
#include "ops/recurrent/recorded_calls.h"

namespace hornbeam::graph {
namespace {

using testing_support::RecurrentCall;
using testing_support::RecurrentCalls;
using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;

std::size_t states_of(const std::string& op) { return op == "_FusedLSTM" ? 2 : 1; }

Attrs complete(const RecurrentCall& call) {
  std::vector<DType> dtypes;
  for (const auto& t : call.inputs) dtypes.push_back(t.dtype());
  return get_op(call.op).complete(dtypes, call.attrs);
}

List by_op(const RecurrentCall& call, Tensors inputs) {
  auto all = call_op(call.op, List(inputs.begin(), inputs.end()), call.attrs);
  all.resize(1 + states_of(call.op));
  return all;
}
List by_loop(const RecurrentCall& call, Tensors inputs) {
  return decompose_recurrence(get_op(call.op), complete(call), inputs);
}

// Batch and time are not known while tracing.
std::vector<TensorSpec> specs_of(const RecurrentCall& call) {
  std::vector<TensorSpec> list;
  for (const auto& t : call.inputs) list.push_back({t.dtype(), t.shape()});
  list[0].shape = Shape{None, None, call.inputs[0].shape()[2]};
  for (std::size_t s = 1; s <= states_of(call.op); ++s) list[s].shape = Shape{None, call.inputs[s].shape()[1]};
  if (call.inputs.size() > call.sources) list.back().shape = Shape{None, None};
  return list;
}

using Form = List (*)(const RecurrentCall&, Tensors);

// The results, then the gradients of the inputs that can have one, the results weighed with the seeds.
std::shared_ptr<const Function> traced(const RecurrentCall& call, Form form) {
  auto specs = specs_of(call);
  const auto arguments = specs.size();
  for (const auto& seed : call.seeds) specs.push_back({seed.dtype(), seed.shape()});
  return trace("f", specs, [&](Tensors in) {
    auto results = form(call, in.first(arguments));
    const List targets(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(call.seeds.size()));
    const List sources(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(call.sources));
    const List seeds(in.begin() + static_cast<std::ptrdiff_t>(arguments), in.end());
    GradientOptions options;
    options.output_gradients = seeds;
    options.unconnected_gradients = UnconnectedGradients::zero;
    for (auto& g : gradients(targets, sources, options)) results.push_back(std::move(g));
    return results;
  });
}

List run(const RecurrentCall& call, const std::shared_ptr<const Function>& function) {
  auto inputs = call.inputs;
  inputs.insert(inputs.end(), call.seeds.begin(), call.seeds.end());
  return Executable(function).run(inputs);
}

void expect_near(Tensors found, Tensors expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    testing_support::expect_near(found[i], expected[i], what + " " + std::to_string(i));
  }
}

// ---- against the ops ----

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

RecurrentCall call_of(const Variant& v) {
  constexpr std::int64_t kBatch = 3, kTime = 5, kFeatures = 2, kUnits = 4;
  RecurrentCall call{v.op, {}, {}, 0, {}, {}, {}};
  auto steps = v.major ? Shape{kTime, kBatch} : Shape{kBatch, kTime};
  const auto with = [&](std::int64_t last) {
    auto dims = steps.dims();
    dims.push_back(last);
    return Shape(dims);
  };
  call.inputs.push_back(random_tensor(with(kFeatures), 1));
  for (unsigned s = 0; s < states_of(v.op); ++s) call.inputs.push_back(random_tensor({kBatch, kUnits}, 2 + s));
  call.inputs.push_back(random_tensor({kFeatures, v.gates * kUnits}, 4));
  call.inputs.push_back(random_tensor({kUnits, v.gates * kUnits}, 5));
  call.inputs.push_back(random_tensor(v.reset_after ? Shape{2, v.gates * kUnits} : Shape{v.gates * kUnits}, 6));
  call.sources = call.inputs.size();
  if (v.mask) {
    auto mask = Tensor::empty(DType::boolean, steps);
    auto on = mask.mutable_data<bool>();
    for (std::size_t i = 0; i < on.size(); ++i) on[i] = i % 3 != 0;
    call.inputs.push_back(mask);
  }
  call.attrs = {{"num_bias", std::int64_t{1}},
                {"num_masks", static_cast<std::int64_t>(v.mask)},
                {"go_backwards", v.back},
                {"time_major", v.major},
                {"zero_output_for_mask", v.zeros}};
  if (v.op == "_FusedGRU") call.attrs.set("reset_after", v.reset_after);
  call.seeds.push_back(random_tensor(with(kUnits), 7));
  for (unsigned s = 0; s < states_of(v.op); ++s) call.seeds.push_back(random_tensor({kBatch, kUnits}, 8 + s));
  return call;
}

class Recurrence : public ::testing::TestWithParam<Variant> {};

TEST_P(Recurrence, IsItsLoop) {
  const auto call = call_of(GetParam());
  expect_near(by_loop(call, call.inputs), by_op(call, call.inputs), "at once, result");
  expect_near(run(call, traced(call, by_loop)), run(call, traced(call, by_op)), "compiled, result");
}

INSTANTIATE_TEST_SUITE_P(Variants, Recurrence, ::testing::ValuesIn(variants()), [](const auto& test) {
  const auto& p = test.param;
  return p.op.substr(1) + (p.reset_after ? "_reset_after" : "") + (p.mask ? "_mask" : "") + (p.back ? "_back" : "") +
         (p.major ? "_major" : "") + (p.zeros ? "_zeros" : "");
});

// ---- against TensorFlow ----

class RecordedRecurrence : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedRecurrence, LoopsGiveIt) {
  const RecurrentCalls recorded(GetParam());
  for (const auto& row : recorded.rows.as_list()) {
    SCOPED_TRACE(row.dump());
    const auto call = recorded.call(row);
    const auto found = run(call, traced(call, by_loop));
    const auto results = found.size() - call.sources;
    ASSERT_GE(results, call.outputs.size());
    expect_near(Tensors(found).first(call.outputs.size()), call.outputs, "output");
    expect_near(Tensors(found).subspan(results), call.gradients, "gradient");
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(recorded.rows.size(), 80U);
}

INSTANTIATE_TEST_SUITE_P(Producers, RecordedRecurrence, ::testing::Values("tf-2.2.3", "tf-2.15.1", "keras-3.15.1"),
                         [](const auto& test) { return "Producer" + std::to_string(test.index); });

// ---- of TensorFlow 2.2's ops ----

std::map<std::string, std::set<std::string>> ops_of_22() {
  std::map<std::string, std::set<std::string>> ops;
  std::ifstream file(test_data("graph") + "/tf-2.2.3_ops.txt");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    auto& attrs = ops[name];
    for (std::string attr; words >> attr;) attrs.insert(attr);
  }
  return ops;
}

void expect_ops_of_22(const Function& function, std::set<std::string>& seen) {
  static const auto known = ops_of_22();
  for (const auto& node : function.graph.nodes) {
    seen.insert(node.op->name);
    if (node.op->name == "_Arg") continue;  // a function's argument
    const auto it = known.find(node.op->name);
    ASSERT_NE(it, known.end()) << node.op->name;
    for (const auto& [attr, value] : node.attrs) EXPECT_TRUE(it->second.contains(attr)) << node.op->name << " " << attr;
    for (const auto* callee : callees_of(node)) expect_ops_of_22(*callee->function(), seen);
  }
}

TEST(RecurrenceOps, AreOfTensorFlow22) {
  std::set<std::string> seen;
  for (const auto& v : variants()) expect_ops_of_22(*traced(call_of(v), by_loop), seen);
  for (const auto* op : {"StatelessWhile", "TensorListFromTensor", "TensorListStack", "TensorListPushBack"}) {
    EXPECT_TRUE(seen.contains(op)) << op;
  }
  for (const auto& name : seen) EXPECT_FALSE(name.starts_with("_Fused")) << name;
}

}  // namespace
}  // namespace hornbeam::graph
