// Recurrent ops in compiled functions: what is left out, tables that go into the weights, and results that depend
// neither on the number of threads nor on the rows beside a row.
#include <gmock/gmock.h>

#include "graph/executor/rows.h"
#include "graph/gradients.h"
#include "graph/test_functions.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {
namespace {

using Tensors = std::span<const Tensor>;
using List = std::vector<Tensor>;
using testing::Contains;
using testing::Not;

struct Cell {
  std::string op;
  std::int64_t gates;
  bool reset_after = false;
  int states() const { return op == "_FusedLSTM" ? 2 : 1; }
};
std::vector<Cell> cells() {
  return {{"_FusedLSTM", 4}, {"_FusedGRU", 3, true}, {"_FusedGRU", 3, false}, {"_FusedSimpleRNN", 1}};
}

// The op's weights, and a table of what comes in.
struct Layer {
  Layer(const Cell& c, std::int64_t features, std::int64_t units)
      : cell(c),
        features_(features),
        units_(units),
        kernel(variable("kernel", random_tensor({features, c.gates * units}, 3))),
        recurrent(variable("recurrent", random_tensor({units, c.gates * units}, 4, -0.3F, 0.3F))),
        bias(variable("bias", random_tensor(c.reset_after ? Shape{2, c.gates * units} : Shape{c.gates * units}, 5))),
        table(variable("table", random_tensor({50, features}, 6))) {}

  List operator()(const Tensor& x, const Tensor& mask = {}, Attrs attrs = {}) const {
    const auto rows = ops::strided_slice(ops::shape(x), {0}, {1}, {1});
    const auto zeros =
        ops::fill(ops::concat({rows, Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(units_)})}, 0),
                  Tensor::scalar(0.0F));
    std::vector<Tensor> inputs{x};
    for (int s = 0; s < cell.states(); ++s) inputs.push_back(zeros);
    for (const auto& w : {kernel, recurrent, bias}) inputs.emplace_back(w);
    if (mask.defined()) inputs.push_back(mask);
    attrs.set("num_bias", std::int64_t{1});
    attrs.set("num_masks", static_cast<std::int64_t>(mask.defined()));
    if (cell.op == "_FusedGRU") attrs.set("reset_after", cell.reset_after);
    return call_op(cell.op, inputs, attrs);
  }

  Cell cell;
  std::int64_t features_, units_;
  Variable kernel, recurrent, bias, table;
};

Tensor some_ids(const Shape& shape) {
  Tensor t = Tensor::empty(DType::int32, shape);
  std::int32_t next = 7;
  for (auto& id : t.mutable_data<std::int32_t>()) id = next = (next * 31 + 11) % 50;
  return t;
}

const Node& recurrent_node(const Program& program, const std::string& op) {
  for (const auto& node : program.function.graph.nodes) {
    if (node.op->name == op) return node;
  }
  throw ValueError("no " + op);
}

TEST(Recurrences, LeaveOutWhatNobodyReads) {
  for (const auto& cell : cells()) {
    const Layer layer(cell, 5, 9);
    const std::vector<TensorSpec> specs{floats({None, 4, 5})};
    const auto traced = [&](int output) {
      CompileBudget budget;
      return Program(
          trace("f", specs, [&](Tensors x) -> List { return {layer(x[0])[static_cast<std::size_t>(output)]}; }),
          budget);
    };
    const auto last = traced(1), all = traced(0);
    EXPECT_FALSE(recurrent_node(last, cell.op).attrs.b("sequences"));
    EXPECT_FALSE(recurrent_node(last, cell.op).attrs.b("keep"));
    EXPECT_TRUE(recurrent_node(all, cell.op).attrs.b("sequences"));
    EXPECT_FALSE(recurrent_node(all, cell.op).attrs.b("keep"));
    CompileBudget budget;
    const Program training(
        trace("f", specs,
              [&](Tensors x) -> List { return gradients(ops::reduce_sum(layer(x[0])[1]), {layer.kernel}); }),
        budget);
    EXPECT_FALSE(recurrent_node(training, cell.op).attrs.b("sequences"));
    EXPECT_TRUE(recurrent_node(training, cell.op).attrs.b("keep"));
    const auto f = compile(specs, [&](Tensors x) -> List { return {layer(x[0])[1]}; });
    expect_equals_eager(*f, [&](Tensors x) -> List { return {layer(x[0])[1]}; }, {random_tensor({3, 4, 5})});
  }
}

TEST(Recurrences, SmallTablesGoIntoTheWeights) {
  for (const auto& cell : cells()) {
    for (const bool back : {false, true}) {
      for (const bool with_mask : {false, true}) {
        const Layer layer(cell, 5, 19);
        const auto body = [&](Tensors x) -> List {
          const auto mask = with_mask ? ops::not_equal(x[0], 0) : Tensor();
          const auto outputs = layer(ops::gather(Tensor(layer.table), x[0], 0), mask, {{"go_backwards", back}});
          return {outputs[0], outputs[1]};
        };
        const auto f = compile({{DType::int32, Shape{None, None}}}, body);
        EXPECT_THAT(f->op_types(), Contains(cell.op));
        for (const std::int64_t batch : {1, 6}) {
          expect_equals_eager(*f, body, {some_ids({batch, 11})}, 2e-6F);
        }
        auto wrong = some_ids({2, 3});
        wrong.mutable_data<std::int32_t>()[4] = 50;
        try {
          f->run(std::vector<Tensor>{wrong});
          ADD_FAILURE() << "an index that the table has not";
        } catch (const InvalidArgumentError& e) {
          EXPECT_EQ(std::string(e.what()), "indices[1,1] = 50 is not in [0, 50)");
        }
      }
    }
  }
}

TEST(Recurrences, FollowTheirVariables) {
  const Layer layer(cells()[0], 5, 8);
  const auto body = [&](Tensors x) -> List { return {layer(ops::gather(Tensor(layer.table), x[0], 0))[1]}; };
  const auto f = compile({{DType::int32, Shape{None, 6}}}, body);
  expect_equals_eager(*f, body, {some_ids({2, 6})}, 2e-6F);
  for (const auto& w : {layer.table, layer.kernel, layer.bias, layer.recurrent}) {
    w->assign(random_tensor(w->shape(), 77));
    expect_equals_eager(*f, body, {some_ids({2, 6})}, 2e-6F);
  }
}

TEST(Recurrences, BigTablesStay) {
  const Layer layer(cells()[0], 5, 8);
  const auto big = variable("big", Tensor::zeros(DType::float32, {70'000, 5}));
  CompileBudget budget;
  const Program program(trace("f", std::vector<TensorSpec>{{DType::int32, Shape{None, 6}}},
                              [&](Tensors x) -> List { return {layer(ops::gather(Tensor(big), x[0], 0))[1]}; }),
                        budget);
  EXPECT_FALSE(recurrent_node(program, "_FusedLSTM").attrs.b("lookup"));
}

// Row by row alone, on one thread, against batches of other sizes on one to three threads; also cut into pieces.
TEST(Recurrences, RowsDependOnNothingButThemselves) {
  constexpr std::int64_t kRows = 31, kTime = 40;
  for (const auto& cell : cells()) {
    for (const bool lookup : {false, true}) {
      SCOPED_TRACE(cell.op + (lookup ? " lookup" : ""));
      const Layer layer(cell, lookup ? 5 : 37, 45);
      const auto body = [&](Tensors x) -> List {
        const auto outputs = layer(lookup ? ops::gather(Tensor(layer.table), x[0], 0) : x[0], x[1]);
        return {outputs[0], outputs[1]};
      };
      const TensorSpec x_spec = lookup ? TensorSpec{DType::int32, Shape{None, kTime}} : floats({None, kTime, 37});
      const std::vector<TensorSpec> specs{x_spec, {DType::boolean, Shape{None, kTime}}};
      const auto x = lookup ? some_ids({kRows, kTime}) : random_tensor({kRows, kTime, 37}, 8);
      const auto mask = ops::not_equal(ops::mod(some_ids({kRows, kTime}), 5), 0);
      const auto rows_of = [](const Tensor& t, std::int64_t first, std::int64_t count) {
        auto shape = t.shape();
        const auto bytes = t.bytes() / static_cast<std::size_t>(shape[0]);
        shape[0] = count;
        return Tensor::borrow(t.dtype(), shape, t.raw() + static_cast<std::size_t>(first) * bytes, t.impl());
      };
      std::vector<List> alone;
      {
        const kernels::ThreadLimit one(1);
        const auto f = compile(specs, body);
        for (std::int64_t r = 0; r < kRows; ++r) alone.push_back(f->run(List{rows_of(x, r, 1), rows_of(mask, r, 1)}));
      }
      for (const int threads : {1, 2, 3}) {
        const kernels::ThreadLimit limit(threads);
        const auto f = compile(specs, body);
        for (const std::int64_t batch : {2, 7, 31}) {
          for (int run = 0; run < 6; ++run) {
            const auto found = f->run(List{rows_of(x, 0, batch), rows_of(mask, 0, batch)});
            for (std::int64_t r = 0; r < batch; ++r) {
              for (std::size_t o = 0; o < found.size(); ++o) {
                ASSERT_EQ(std::memcmp(rows_of(found[o], r, 1).raw(), alone[static_cast<std::size_t>(r)][o].raw(),
                                      alone[static_cast<std::size_t>(r)][o].bytes()),
                          0)
                    << threads << " threads, batch " << batch << ", row " << r << ", output " << o;
              }
            }
          }
        }
      }
    }
  }
}

TEST(Recurrences, BigBatchesAreCutIntoRows) {
  for (const auto& cell : cells()) {
    const Layer layer(cell, 40, 64);
    const std::vector<TensorSpec> specs{floats({None, 100, 40})};
    const auto body = [&](Tensors x) -> List { return {layer(x[0])[1]}; };
    CompileBudget budget;
    const Program program(trace("f", specs, body), budget);
    const std::vector<Shape> shapes{{256, 100, 40}};
    const auto facts = propagate(program, shapes);
    ASSERT_TRUE(facts);
    EXPECT_GT(rows_at_a_time(program, shapes, *facts, 2), 0) << cell.op;
    expect_equals_eager(*compile(specs, body), body, {random_tensor({256, 100, 40})}, 2e-6F);
  }
}

TEST(Recurrences, GradientsDoNotDependOnTheNumberOfThreads) {
  for (const auto& cell : cells()) {
    const Layer layer(cell, 21, 27);
    const std::vector<Variable> weights{layer.kernel, layer.recurrent, layer.bias};
    const std::vector<TensorSpec> specs{floats({None, 30, 21}), {DType::boolean, Shape{None, 30}}};
    const auto body = [&](Tensors in) -> List {
      const auto outputs = layer(in[0], in[1]);
      const auto loss = ops::reduce_sum(outputs[0]) + ops::reduce_sum(outputs[1] * outputs[1]);
      auto found = gradients(loss, weights);
      found.push_back(gradients(loss, {in[0]})[0]);
      return found;
    };
    const auto function = trace("f", specs, body);
    const List inputs{random_tensor({37, 30, 21}, 9), ops::not_equal(ops::mod(some_ids({37, 30}), 4), 0)};
    std::vector<List> runs;
    for (const int threads : {1, 2, 3}) {
      const kernels::ThreadLimit limit(threads);
      const Executable f(function);
      runs.push_back(f.run(inputs));
      for (int again = 0; again < 6; ++again) {
        const auto found = f.run(inputs);
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_EQ(std::memcmp(found[i].raw(), runs[0][i].raw(), found[i].bytes()), 0) << cell.op << " " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace hornbeam::graph
