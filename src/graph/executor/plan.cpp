#include "graph/executor/plan.h"

#include <algorithm>

#include "graph/executor/control_kernels.h"
#include "ops/late_kernel.h"

namespace hornbeam::graph {
namespace {

std::size_t row_bytes(const TensorSpec& spec) {
  const auto rows = spec.shape.rank() > 0 ? std::max<std::int64_t>(spec.shape[0], 1) : 1;
  return static_cast<std::size_t>(spec.shape.num_elements() / rows) * size_of(spec.dtype);
}

std::string form_of(std::span<const TensorSpec> in, std::span<const TensorSpec> out) {
  std::string text;
  for (const auto& spec : in) text += (text.empty() ? "" : " ") + spec.shape.to_string();
  text += " ->";
  for (const auto& spec : out) text += " " + spec.shape.to_string();
  return text;
}

}  // namespace

Plan::Plan(const Program& program, std::vector<TensorSpec> inputs, std::optional<Facts> facts,
           std::span<const Tensor> fixed, const std::vector<bool>& takes)
    : seen_epoch_(variable_epoch()) {
  note_inputs(std::move(inputs));
  interpreted_ = !facts;
  if (interpreted_) return;
  note_results(program, *facts);

  fixed_ = facts->known;
  evaluate_stable(program, *facts, fixed);
  std::vector<std::size_t> steps;  // views need none
  std::vector<std::size_t> scratch;
  for (std::size_t i = 0; i < facts->is_step.size(); ++i) {
    if (facts->is_step[i] && !facts->is_view[i]) steps.push_back(i);
  }
  make_kernels(program, *facts, steps);
  for (const auto& kernel : kernels_) scratch.push_back(kernel->scratch_bytes);
  const auto memory = plan_memory(program, *facts, steps, scratch, takes);
  make_table(program, memory, steps);
  make_segments();
}

Plan::Plan(std::shared_ptr<const Plan> unit, const Program& program, std::vector<TensorSpec> inputs, const Facts& facts)
    : seen_epoch_(0), unit_(std::move(unit)) {
  note_inputs(std::move(inputs));
  note_results(program, facts);
  pieces_ = (rows_ + unit_->rows_ - 1) / unit_->rows_;
  flops_ = unit_->flops_ * static_cast<double>(pieces_);
}

void Plan::note_inputs(std::vector<TensorSpec> inputs) {
  inputs_ = std::move(inputs);
  if (!inputs_.empty() && inputs_[0].shape.rank() > 0) rows_ = inputs_[0].shape[0];
}

void Plan::note_results(const Program& program, const Facts& facts) {
  for (const auto& result : program.function.results) results_.push_back(facts.specs[program.value_of(result)]);
}

Plan::~Plan() {
  for (auto& slot : idle_) delete slot.load(std::memory_order_acquire);
}

bool Plan::matches(std::span<const Tensor> inputs) const {
  if (inputs.size() != inputs_.size()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& impl = *inputs[i].impl();
    if (impl.dtype != inputs_[i].dtype || impl.shape.dims() != inputs_[i].shape.dims()) return false;
  }
  return true;
}

bool Plan::is_current() const {
  if (unit_) return unit_->is_current();
  if (versions_.empty() && nested_.empty()) return true;
  const auto epoch = variable_epoch();
  if (seen_epoch_.load(std::memory_order_acquire) == epoch) return true;
  for (const auto& [variable, version] : versions_) {
    if (variable->version() != version) return false;
  }
  for (const auto& plan : nested_) {
    if (!plan->is_current()) return false;
  }
  seen_epoch_.store(epoch, std::memory_order_release);
  return true;
}

// Values that follow from constants and variables are computed once, here.
void Plan::evaluate_stable(const Program& program, Facts& facts, std::span<const Tensor> fixed) {
  const auto& nodes = program.function.graph.nodes;
  std::vector<Tensor> inputs;
  for (std::size_t a = 0; a < fixed.size(); ++a) {
    fixed_[program.first_value[static_cast<std::size_t>(program.function.arguments[a])]] = fixed[a];
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!facts.is_stable[i] || program.argument_of[i] >= 0) continue;
    const auto at = program.first_value[i];
    if (const auto* variable = program.read_by(i)) {
      versions_.emplace_back(*variable, (*variable)->version());
      fixed_[at] = (*variable)->value();
      continue;
    }
    inputs.clear();
    for (const auto& input : nodes[i].inputs) inputs.push_back(fixed_[program.value_of(input)]);
    auto values = run_op(*nodes[i].op, nodes[i].attrs, inputs);
    for (std::size_t k = 0; k < values.size(); ++k) fixed_[at + k] = std::move(values[k]);
  }
}

void Plan::make_kernels(const Program& program, const Facts& facts, const std::vector<std::size_t>& steps) {
  std::vector<TensorSpec> in, out;
  std::vector<Tensor> values;
  for (const auto i : steps) {
    const auto& node = program.function.graph.nodes[i];
    in.clear();
    out.clear();
    values.clear();
    for (const auto& input : node.inputs) {
      const auto v = program.value_of(input);
      in.push_back(facts.specs[v]);
      values.push_back(fixed_[v]);
    }
    for (auto v = program.first_value[i]; v < program.first_value[i + 1]; ++v) out.push_back(facts.specs[v]);
    labels_.push_back({node.op->name, node.name, form_of(in, out)});
    if (const auto& call = program.calls[i]) {
      kernels_.push_back(make_call_kernel(*call, *facts.nested[i], in, out, values, nested_));
      continue;
    }
    if (!node.op->kernel_fn) {
      throw NotImplementedError("Op '" + node.op->name + "' (node '" + node.name + "') has no kernel");
    }
    kernels_.push_back(make_op_kernel(*node.op, {node.attrs, in, out, values, /*compiled=*/true}));
  }
}

// Runs of kernels that can be shared out are run by one team; small kernels among them by one of its threads. A kernel
// of unknown work may call threads itself and stands outside.
void Plan::make_segments() {
  constexpr double kWorthSharing = 1e5;  // about 2 us
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    const auto& kernel = *steps_[s].kernel;
    flops_ += kernel.flops;
    const bool team = kernel.flops > 0;
    bool opens = segments_.empty() || segments_.back().team != team;
    if (opens) segments_.push_back({stages_.size(), stages_.size(), team});
    const auto count = team ? kernel.stages() : 1;
    for (std::size_t k = 0; k < count; ++k) {
      const bool shared = kernel.stage_flops(k) >= kWorthSharing, apart = shared || count > 1;
      if (opens || apart || stages_.back().shared || !stages_.back().whole) {
        stages_.push_back({s, s, shared, k, count == 1});
      }
      stages_.back().last = s + 1;
      opens = false;
    }
    segments_.back().last = stages_.size();
  }
}

std::uint32_t Plan::entry(const Program& program, const Place& place) {
  const auto at = static_cast<std::uint32_t>(table_.size());
  table_.push_back(place);
  const auto patch = [&](const TensorSpec& spec) {
    return Patch{at, static_cast<std::uint32_t>(place.at), row_bytes(spec)};
  };
  if (place.kind == Place::Kind::argument) argument_patches_.push_back(patch(inputs_[place.at]));
  if (place.kind == Place::Kind::variable) variable_patches_.emplace_back(at, program.function.captures[place.at]);
  if (place.kind == Place::Kind::result) result_patches_.push_back(patch(results_[place.at]));
  return at;
}

void Plan::make_table(const Program& program, const MemoryPlan& memory, const std::vector<std::size_t>& steps) {
  arena_bytes_ = memory.arena_bytes;
  variants_ = memory.variants;
  for (std::size_t c = 0; c < program.written.size(); ++c) {
    if (program.written[c]) written_.push_back(program.function.captures[c]);
  }
  std::vector<bool> read(fixed_.size());
  const auto source = [&](std::size_t value) {
    const auto& place = memory.places[value];
    if (place.kind == Place::Kind::fixed) read[place.at] = true;
    return entry(program, place);
  };
  for (std::size_t s = 0; s < steps.size(); ++s) {
    Step step{kernels_[s].get(), static_cast<std::uint32_t>(table_.size()), 0, 0};
    for (const auto& input : program.function.graph.nodes[steps[s]].inputs) source(program.value_of(input));
    step.out = static_cast<std::uint32_t>(table_.size());
    for (auto v = program.first_value[steps[s]]; v < program.first_value[steps[s] + 1]; ++v)
      entry(program, memory.places[v]);
    step.scratch = entry(program, {Place::Kind::arena, memory.scratch[s]});
    steps_.push_back(step);
  }
  for (const auto& [result, value] : memory.copies) {
    Copy copy{source(value), entry(program, {Place::Kind::result, result}), 0, false};
    const auto& spec = results_[result];
    copy.bytes = static_cast<std::size_t>(spec.shape.num_elements()) * size_of(spec.dtype);
    copy.variant = spec.dtype == DType::variant;
    copies_.push_back(copy);
  }
  for (const auto& [argument, place] : memory.taken) takes_.push_back({argument, entry(program, place)});
  for (std::size_t v = 0; v < fixed_.size(); ++v) {
    if (!read[v]) fixed_[v] = Tensor();
  }
}

}  // namespace hornbeam::graph
