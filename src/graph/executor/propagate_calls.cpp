#include "graph/executor/propagate_calls.h"

#include "graph/executor/runner.h"
#include "hornbeam/errors.hpp"
#include "ops/tensor_list.h"

namespace hornbeam::graph {
namespace {

std::optional<Facts> facts_of_function(const Program& program, std::span<const ArgumentFacts> arguments) {
  try {
    return propagate(program, arguments);
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct Result {
  TensorSpec spec;
  std::shared_ptr<const ListFacts> list;
};

std::vector<Result> results_of(const Program& program, const Facts& facts) {
  std::vector<Result> results;
  for (const auto& result : program.function.results) {
    const auto v = program.value_of(result);
    results.push_back({facts.specs[v], facts.list(v)});
  }
  return results;
}

// What holds of both; null when nothing does.
std::shared_ptr<const ListFacts> joined_lists(const std::shared_ptr<const ListFacts>& a,
                                              const std::shared_ptr<const ListFacts>& b) {
  if (!a || !b) return nullptr;
  return same_facts(*a, *b) ? a : std::make_shared<const ListFacts>(joined(*a, *b));
}

std::optional<CallOutcome> propagate_branches(const NestedCall& call, std::span<const ArgumentFacts> arguments) {
  auto nested = std::make_shared<NestedFacts>();
  std::vector<Result> results;
  for (const auto& runner : call.functions) {
    const auto& program = runner->program();
    auto facts = facts_of_function(program, arguments);
    if (!facts) return std::nullopt;
    auto found = results_of(program, *facts);
    if (nested->functions.empty()) results = found;
    if (results.size() != found.size()) return std::nullopt;
    for (std::size_t k = 0; k < results.size(); ++k) {
      if (results[k].spec.dtype != found[k].spec.dtype || results[k].spec.shape != found[k].spec.shape) {
        return std::nullopt;
      }
      results[k].list = joined_lists(results[k].list, found[k].list);
    }
    nested->functions.push_back(std::move(*facts));
  }
  CallOutcome outcome;
  for (auto& result : results) {
    outcome.results.push_back(std::move(result.spec));
    outcome.lists.push_back(std::move(result.list));
  }
  outcome.facts = std::move(nested);
  return outcome;
}

// What is known of the loop variables when a turn begins, in every turn: shapes do not change, and of lists it is what
// holds before the first turn and after any.
std::optional<CallOutcome> propagate_loop(const NestedCall& call, std::vector<ArgumentFacts> arguments) {
  // Lists can only come to be known less, each a few times.
  const auto most = 4 * (call.varying.size() + 1);
  for (const auto v : call.varying) {
    arguments[v].known = Tensor();
    arguments[v].is_stable = false;
  }
  for (std::size_t attempt = 0; attempt < most; ++attempt) {
    const auto& body = call.functions[1]->program();
    auto facts = facts_of_function(body, arguments);
    if (!facts) return std::nullopt;
    const auto results = results_of(body, *facts);
    bool settled = true;
    for (std::size_t k = 0; k < call.varying.size(); ++k) {
      auto& argument = arguments[call.varying[k]];
      if (results[k].spec.shape != argument.shape) return std::nullopt;
      if (results[k].spec.dtype != DType::variant || !argument.list) continue;
      auto both = joined_lists(argument.list, results[k].list);
      settled = settled && both == argument.list;
      argument.list = std::move(both);
    }
    if (!settled) continue;
    auto condition = facts_of_function(call.functions[0]->program(), arguments);
    if (!condition) return std::nullopt;
    CallOutcome outcome;
    for (std::size_t k = 0; k < call.varying.size(); ++k) {
      outcome.results.push_back(results[k].spec);
      outcome.lists.push_back(arguments[call.varying[k]].list);
    }
    auto nested = std::make_shared<NestedFacts>();
    nested->functions.push_back(std::move(*condition));
    nested->functions.push_back(std::move(*facts));
    outcome.facts = std::move(nested);
    return outcome;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CallOutcome> propagate_call(const NestedCall& call, std::vector<ArgumentFacts> arguments) {
  if (call.node.op->calls == CallKind::loop) return propagate_loop(call, std::move(arguments));
  return propagate_branches(call, arguments);
}

}  // namespace hornbeam::graph
