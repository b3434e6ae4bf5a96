#include "graph/executor/memory.h"

#include <algorithm>

#include "base/memory_limit.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::graph {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kNone = kNever;

class Planner {
 public:
  Planner(const Program& program, const Facts& facts, const std::vector<std::size_t>& steps,
          const std::vector<bool>& takes)
      : p_(program), facts_(facts), steps_(steps), takes_(takes) {}

  MemoryPlan run(const std::vector<std::size_t>& scratch_bytes) {
    find_roots();
    find_last_uses();
    share_storages();
    assign_results();
    auto plan = layout(scratch_bytes);
    for (const auto& [argument, value] : taken_) plan.taken.emplace_back(argument, place_of(value));
    return plan;
  }

 private:
  const Node& node(std::size_t i) const { return p_.function.graph.nodes[i]; }
  std::size_t bytes_of(std::size_t value) const {
    const auto& spec = facts_.specs[value];
    return static_cast<std::size_t>(spec.shape.num_elements()) * size_of(spec.dtype);
  }

  // root_[v]: the value whose memory v shows (v itself unless v is made by an alias).
  void find_roots() {
    root_.resize(p_.num_values());
    for (std::size_t i = 0; i < p_.function.graph.size(); ++i) {
      for (auto v = p_.first_value[i]; v < p_.first_value[i + 1]; ++v) root_[v] = v;
      const auto at = p_.first_value[i];
      if (facts_.is_step[i] && facts_.is_view[i] && !facts_.known[at].defined()) {
        root_[at] = root_[p_.value_of(node(i).inputs[0])];
      }
    }
  }

  void find_last_uses() {
    last_use_.assign(p_.num_values(), 0);
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      for (const auto& input : node(steps_[s]).inputs) last_use_[root_[p_.value_of(input)]] = s;
      for (auto v = p_.first_value[steps_[s]]; v < p_.first_value[steps_[s] + 1]; ++v) last_use_[root_[v]] = s;
    }
    for (const auto& result : p_.function.results) last_use_[root_[p_.value_of(result)]] = kNever;
  }

  // The input whose memory output 0 of an element-wise step may take over: it ends here and has the same form.
  std::size_t dying_input(std::size_t step) const {
    const auto& n = node(steps_[step]);
    const bool variant = !n.outputs.empty() && n.outputs[0].dtype == DType::variant;
    if (!n.op->in_place || (n.outputs.size() != 1 && !variant)) return kNone;
    const auto out = p_.first_value[steps_[step]];
    const auto kept = [&](std::size_t storage) {
      for (std::size_t i = 0; i < n.op->in_place_from && i < n.inputs.size(); ++i) {
        if (storage_of_[root_[p_.value_of(n.inputs[i])]] == storage) return true;
      }
      return false;
    };
    for (std::size_t i = n.op->in_place_from; i < n.inputs.size(); ++i) {
      const auto v = p_.value_of(n.inputs[i]);
      if (storage_of_[root_[v]] != kNone && kept(storage_of_[root_[v]])) continue;
      const auto& spec = facts_.specs[v];
      if (storage_of_[root_[v]] == kNone || last_use_[root_[v]] != step) continue;
      if (spec.dtype == facts_.specs[out].dtype && bytes_of(v) == bytes_of(out)) return root_[v];
    }
    return kNone;
  }

  void share_storages() {
    storage_of_.assign(p_.num_values(), kNone);
    take_arguments();
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      const auto taken = dying_input(s);
      const auto first = p_.first_value[steps_[s]];
      for (auto v = first; v < p_.first_value[steps_[s] + 1]; ++v) {
        if (taken != kNone && v == first) {
          storage_of_[v] = storage_of_[taken];
          auto& block = blocks_[storage_of_[v]];
          block.last = std::max(block.last, last_use_[v]);
          continue;
        }
        add_storage(v, s);
      }
    }
  }

  void add_storage(std::size_t v, std::size_t first) {
    const bool variant = facts_.specs[v].dtype == DType::variant;
    storage_of_[v] = blocks_.size();
    blocks_.push_back({variant ? 0 : bytes_of(v), first, last_use_[v], 0});
    variant_of_.push_back(variant ? plan_.variants++ : kNone);
  }

  void take_arguments() {
    for (std::size_t a = 0; a < takes_.size(); ++a) {
      if (!takes_[a]) continue;
      const auto v = p_.first_value[static_cast<std::size_t>(p_.function.arguments[a])];
      if (facts_.specs[v].dtype != DType::variant || facts_.known[v].defined()) continue;
      add_storage(v, 0);
      taken_.emplace_back(a, v);
    }
  }

  // A result that a step makes is written where the caller wants it; others are copied there.
  void assign_results() {
    result_of_.assign(blocks_.size(), kNone);
    const auto& results = p_.function.results;
    for (std::size_t r = 0; r < results.size(); ++r) {
      const auto v = p_.value_of(results[r]);
      const auto storage = storage_of_[root_[v]];
      if (storage != kNone && result_of_[storage] == kNone) {
        result_of_[storage] = r;
      } else {
        plan_.copies.emplace_back(r, v);
      }
    }
  }

  Place place_of(std::size_t value) const {
    const auto root = root_[value];
    const auto storage = storage_of_[root];
    if (storage == kNone) return place_of_source(root);
    if (result_of_[storage] != kNone) return {Place::Kind::result, result_of_[storage]};
    if (variant_of_[storage] != kNone) return {Place::Kind::variant, variant_of_[storage]};
    return {Place::Kind::arena, blocks_[storage].offset};
  }

  Place place_of_source(std::size_t value) const {
    const auto& firsts = p_.first_value;
    const auto owner = static_cast<std::size_t>(std::upper_bound(firsts.begin(), firsts.end(), value) - firsts.begin());
    const auto node_id = owner - 1;
    const auto argument = p_.argument_of[node_id];
    if (argument >= 0) return {Place::Kind::argument, static_cast<std::size_t>(argument)};
    // A resource, or a read of what changes from run to run: the variable's own memory.
    const bool read = p_.read_by(node_id) && !facts_.is_stable[node_id];
    const auto capture = p_.capture_of[read ? static_cast<std::size_t>(node(node_id).inputs[0].node) : node_id];
    if (capture >= 0) return {Place::Kind::variable, static_cast<std::size_t>(capture)};
    return {Place::Kind::fixed, value};
  }

  MemoryPlan layout(const std::vector<std::size_t>& scratch_bytes) {
    std::vector<Block> arena = blocks_;
    for (std::size_t b = 0; b < arena.size(); ++b) {
      if (result_of_[b] != kNone) arena[b].bytes = 0;
    }
    for (std::size_t s = 0; s < steps_.size(); ++s) arena.push_back({scratch_bytes[s], s, s, 0});
    plan_.arena_bytes = place_blocks(arena);
    if (plan_.arena_bytes > base::physical_memory()) {
      throw ValueError("out of memory: the values of '" + p_.function.name + "' need " +
                       std::to_string(plan_.arena_bytes) + " bytes, more than this machine's " +
                       std::to_string(base::physical_memory()));
    }
    for (std::size_t b = 0; b < blocks_.size(); ++b) blocks_[b].offset = arena[b].offset;
    for (std::size_t s = 0; s < steps_.size(); ++s) plan_.scratch.push_back(arena[blocks_.size() + s].offset);
    plan_.places.resize(p_.num_values());
    for (std::size_t v = 0; v < p_.num_values(); ++v) plan_.places[v] = place_of(v);
    return std::move(plan_);
  }

  const Program& p_;
  const Facts& facts_;
  const std::vector<std::size_t>& steps_;
  const std::vector<bool>& takes_;
  std::vector<std::size_t> root_, last_use_, storage_of_, result_of_;
  std::vector<std::size_t> variant_of_;                     // per storage: its number among the variants, or none
  std::vector<std::pair<std::size_t, std::size_t>> taken_;  // arguments, and the values they are
  std::vector<Block> blocks_;
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(const Program& program, const Facts& facts, const std::vector<std::size_t>& steps,
                       const std::vector<std::size_t>& scratch_bytes, const std::vector<bool>& takes) {
  return Planner(program, facts, steps, takes).run(scratch_bytes);
}

}  // namespace hornbeam::graph
