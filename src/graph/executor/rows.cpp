#include "graph/executor/rows.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "graph/passes/passes.h"
#include "tensor/variant.h"

namespace hornbeam::graph {
namespace {

// One step, and which of its inputs have a row per row of the batch.
struct Step {
  const Node& node;
  std::int64_t rows;
  std::vector<TensorSpec> in;
  std::vector<Tensor> known;
  std::vector<bool> batched;
  Shape out;

  std::size_t rank(std::size_t i) const { return in[i].shape.rank(); }
  // Input i is the same for every row, whatever the others' rank.
  bool same_for_rows(std::size_t i) const { return !batched[i] && (rank(i) < out.rank() || in[i].shape[0] == 1); }
  std::vector<std::int64_t> ints(std::size_t i) const {
    return known[i].defined() ? cast_ints(known[i]) : std::vector<std::int64_t>{};
  }
  static std::vector<std::int64_t> cast_ints(const Tensor& t) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(t.num_elements()));
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (t.dtype() == DType::int32) values[k] = t.data<std::int32_t>()[k];
      if (t.dtype() == DType::int64) values[k] = t.data<std::int64_t>()[k];
    }
    return values;
  }
};

// Rules: does row i of the outputs depend on rows i of the batched inputs alone? Asked when the outputs' first dim is
// the batch's.
using Rule = bool (*)(const Step&);

bool of_first_input(const Step& s) {
  for (std::size_t i = 1; i < s.in.size(); ++i) {
    if (s.batched[i]) return false;
  }
  return s.batched[0];
}

bool element_wise(const Step& s) {
  for (std::size_t i = 0; i < s.in.size(); ++i) {
    if (s.batched[i] ? s.rank(i) != s.out.rank() : !s.same_for_rows(i)) return false;
  }
  return true;
}

// x, weights, then biases and residuals.
bool fused(const Step& s) {
  if (!s.batched[0] || s.batched[1]) return false;
  for (std::size_t i = 2; i < s.in.size(); ++i) {
    if (s.batched[i] ? s.rank(i) != s.rank(0) : !s.same_for_rows(i)) return false;
  }
  return true;
}

bool product(const Step& s) { return !s.node.attrs.b("transpose_a") && s.rank(0) == 2 && fused(s); }

bool batch_product(const Step& s) {
  if (s.out.rank() < 3) return false;
  for (std::size_t i = 0; i < 2; ++i) {
    if (s.batched[i] ? s.rank(i) != s.out.rank() : !s.same_for_rows(i)) return false;
  }
  return true;
}

bool within_rows(const Step& s) { return s.rank(0) >= 2 && of_first_input(s); }

bool inference_norm(const Step& s) { return !s.node.attrs.b("is_training") && of_first_input(s); }

bool reduction(const Step& s) {
  if (!s.batched[0] || !s.known[1].defined()) return false;
  const auto rank = static_cast<std::int64_t>(s.rank(0));
  const auto axes = s.ints(1);
  return std::none_of(axes.begin(), axes.end(), [&](std::int64_t a) { return a == 0 || a == -rank; });
}

bool transpose(const Step& s) {
  const auto perm = s.ints(1);
  return s.batched[0] && !perm.empty() && perm[0] == 0;
}

bool concat(const Step& s) {
  const auto axis = s.ints(s.in.size() - 1);
  if (axis.size() != 1 || axis[0] == 0 || axis[0] == -static_cast<std::int64_t>(s.out.rank())) return false;
  return std::all_of(s.batched.begin(), s.batched.end() - 1, [](bool b) { return b; });
}

bool padding(const Step& s) {
  const auto pads = s.ints(1);
  return of_first_input(s) && pads.size() >= 2 && pads[0] == 0 && pads[1] == 0;
}

bool lookup(const Step& s) {
  const auto axis = s.ints(2);
  return !s.batched[0] && s.batched[1] && axis.size() == 1 && axis[0] == 0 && s.node.attrs.i("batch_dims") == 0;
}

// Of whole sequences: x, the initial states and the mask have rows; the rest are weights.
bool recurrence(const Step& s) {
  if (s.node.attrs.b("time_major") || s.node.attrs.b("keep")) return false;
  const std::size_t states = s.node.op->name == "_FusedLSTM" ? 2 : 1;
  const auto weights = s.in.size() - static_cast<std::size_t>(s.node.attrs.i("num_masks"));
  for (std::size_t i = 0; i < s.in.size(); ++i) {
    if (s.batched[i] != (i <= states || i >= weights)) return false;
  }
  return true;
}

Rule rule_of(const OpDef& op) {
  static const std::map<std::string_view, Rule> rules = {
      {"Conv2D", fused},
      {"Conv3D", fused},
      {"DepthwiseConv2dNative", fused},
      {"_FusedConv2D", fused},
      {"_FusedDepthwiseConv2dNative", fused},
      {"MatMul", product},
      {"_FusedMatMul", product},
      {"BatchMatMulV2", batch_product},
      {"MaxPool", of_first_input},
      {"AvgPool", of_first_input},
      {"MaxPool3D", of_first_input},
      {"AvgPool3D", of_first_input},
      {"BiasAdd", of_first_input},
      {"FusedBatchNormV3", inference_norm},
      {"Softmax", within_rows},
      {"LogSoftmax", within_rows},
      {"Mean", reduction},
      {"Sum", reduction},
      {"Max", reduction},
      {"Min", reduction},
      {"Prod", reduction},
      // In row-major order a reshape that keeps the first dim keeps rows; these take or add a dim of one.
      {"Reshape", of_first_input},
      {"Squeeze", of_first_input},
      {"ExpandDims", of_first_input},
      {"Transpose", transpose},
      {"ConcatV2", concat},
      {"Pad", padding},
      {"PadV2", padding},
      {"MirrorPad", padding},
      {"ResizeNearestNeighbor", of_first_input},
      {"ResizeBilinear", of_first_input},
      {"GatherV2", lookup},
      {"_FusedLSTM", recurrence},
      {"_FusedGRU", recurrence},
      {"_FusedSimpleRNN", recurrence},
      {"Cast", element_wise},
      {"Identity", element_wise},
  };
  const auto at = rules.find(op.name);
  if (at != rules.end()) return at->second;
  return op.in_place ? element_wise : nullptr;
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape() || holds_objects(a.dtype())) return false;
  const auto bytes = static_cast<std::size_t>(a.num_elements()) * size_of(a.dtype());
  return bytes == 0 || std::memcmp(a.raw(), b.raw(), bytes) == 0;
}

// Has every row the same numbers throughout (initial states: zeros for each row of the batch)?
bool is_uniform(const Tensor& t) {
  if (t.dtype() == DType::string) return false;
  const auto size = size_of(t.dtype()), bytes = static_cast<std::size_t>(t.num_elements()) * size;
  return bytes == 0 || std::memcmp(t.raw(), t.raw() + size, bytes - size) == 0;
}

class Rows {
 public:
  Rows(const Program& program, std::int64_t rows, const Facts& facts)
      : p_(program), rows_(rows), facts_(facts), batched_(program.num_values()) {}

  // `other`: the facts for another number of rows.
  bool independent(const Facts& other, std::int64_t other_rows) {
    const auto& f = p_.function;
    if (other.is_step != facts_.is_step) return false;
    other_rows_ = other_rows;
    batched_.assign(p_.num_values(), false);
    for (const auto& argument : f.arguments) batched_[p_.first_value[static_cast<std::size_t>(argument)]] = true;
    for (std::size_t i = 0; i < f.graph.size(); ++i) {
      if (facts_.is_step[i] && !step(i, other)) return false;
    }
    return std::all_of(f.results.begin(), f.results.end(), [&](Output o) { return batched_[p_.value_of(o)]; });
  }

  // Bytes of the biggest operand that all rows share.
  std::int64_t weight_bytes() const {
    std::int64_t most = 0;
    for (std::size_t i = 0; i < p_.function.graph.size(); ++i) {
      if (!facts_.is_step[i]) continue;
      for (const auto& input : p_.function.graph.nodes[i].inputs) {
        const auto v = p_.value_of(input);
        const auto& spec = facts_.specs[v];
        if (!batched_[v])
          most = std::max(most, spec.shape.num_elements() * static_cast<std::int64_t>(size_of(spec.dtype)));
      }
    }
    return most;
  }

  // Bytes per row that the hungriest step reads and writes.
  std::int64_t bytes_per_row() const {
    std::int64_t most = 0;
    for (std::size_t i = 0; i < p_.function.graph.size(); ++i) {
      if (!facts_.is_step[i]) continue;
      std::int64_t bytes = 0;
      for (const auto& input : p_.function.graph.nodes[i].inputs) bytes += batched_bytes(p_.value_of(input));
      for (auto v = p_.first_value[i]; v < p_.first_value[i + 1]; ++v) bytes += batched_bytes(v);
      most = std::max(most, bytes);
    }
    return most / rows_;
  }

 private:
  bool has_rows(std::size_t value) const {
    const auto& shape = facts_.specs[value].shape;
    return shape.rank() > 0 && shape[0] == rows_;
  }
  std::int64_t batched_bytes(std::size_t v) const {
    if (!batched_[v]) return 0;
    const auto& spec = facts_.specs[v];
    return spec.shape.num_elements() * static_cast<std::int64_t>(size_of(spec.dtype));
  }

  // Numbers that are the same in every row: those for fewer rows are some of them.
  bool same_but_for_rows(const Tensor& mine, const Tensor& fewer) const {
    auto shape = mine.shape();
    if (shape.rank() == 0 || shape[0] != rows_ || !is_uniform(mine)) return false;
    shape[0] = 1;
    auto other = fewer.shape();
    if (other.rank() == 0 || other[0] != other_rows_) return false;
    other[0] = 1;
    if (shape != other || mine.dtype() != fewer.dtype() || !is_uniform(fewer)) return false;
    return mine.num_elements() == 0 || std::memcmp(mine.raw(), fewer.raw(), size_of(mine.dtype())) == 0;
  }

  bool step(std::size_t i, const Facts& other) {
    const auto& node = p_.function.graph.nodes[i];
    const auto rule = rule_of(*node.op);
    // The first output that is there: recurrences leave out what nobody reads.
    auto main = p_.first_value[i];
    while (main + 1 < p_.first_value[i + 1] && facts_.specs[main].shape.num_elements() == 0) ++main;
    if (!rule || node.op->is_stateful || !has_rows(main)) return false;
    Step s{node, rows_, {}, {}, {}, facts_.specs[main].shape};
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const auto v = p_.value_of(node.inputs[k]);
      s.in.push_back(facts_.specs[v]);
      s.known.push_back(facts_.known[v]);
      s.batched.push_back(batched_[v]);
      // A value that follows from the batch's size would be another one for fewer rows; as a new shape that is right.
      const bool is_shape = node.op->name == "Reshape" && k == 1;
      if (is_shape || !s.known[k].defined()) continue;
      if (!other.known[v].defined()) return false;
      if (same(s.known[k], other.known[v])) continue;
      if (!same_but_for_rows(s.known[k], other.known[v])) return false;
      s.batched[k] = true;
    }
    if (s.in.empty() || !rule(s)) return false;
    for (auto v = p_.first_value[i]; v < p_.first_value[i + 1]; ++v) {
      const auto &mine = facts_.specs[v].shape, &fewer = other.specs[v].shape;
      batched_[v] = has_rows(v) && fewer != mine;
      // But for the rows the program must be the same.
      auto expected = mine;
      if (batched_[v]) expected[0] = other_rows_;
      if (fewer != expected) return false;
    }
    return batched_[main];
  }

  const Program& p_;
  std::int64_t rows_, other_rows_ = 0;
  const Facts& facts_;
  std::vector<bool> batched_;  // per value
};

}  // namespace

std::int64_t rows_at_a_time(const Program& program, std::span<const Shape> input_shapes, const Facts& facts,
                            int threads) {
  constexpr std::int64_t kSmall = 2 << 20;  // bytes that the caches hold
  constexpr std::int64_t kUnit = 1 << 20;
  if (input_shapes.empty() || input_shapes[0].rank() == 0) return 0;
  const auto rows = input_shapes[0][0];
  for (const auto& shape : input_shapes) {
    if (rows < 2 || shape.rank() == 0 || shape[0] != rows) return 0;
  }
  Rows check(program, rows, facts);
  // Are the rows independent, as far as this many of them show?
  const auto holds_for = [&](std::int64_t fewer) {
    std::vector<Shape> shapes(input_shapes.begin(), input_shapes.end());
    for (auto& shape : shapes) shape[0] = fewer;
    try {
      const auto other = propagate(program, shapes);
      return other && check.independent(*other, fewer);
    } catch (const Error&) {
      return false;  // the program takes this batch only
    }
  };
  if (!holds_for(1)) return 0;
  const auto bytes = std::max<std::int64_t>(check.bytes_per_row(), 1);
  if (bytes * rows <= kSmall) return 0;
  // As many pieces for each thread, of about the same size.
  const auto most = std::clamp<std::int64_t>(kUnit / bytes, 1, (rows + threads - 1) / threads);
  const auto pieces = (rows + most * threads - 1) / (most * threads) * threads;
  const auto unit = (rows + pieces - 1) / pieces;
  // Weights are read once per piece: too many of them, and pieces cost more than they save.
  if (check.weight_bytes() > bytes * unit * 256) return 0;
  return unit == 1 || holds_for(unit) ? unit : 0;
}

}  // namespace hornbeam::graph
