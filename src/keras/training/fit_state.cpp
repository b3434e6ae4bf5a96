// Where a training stands: all that decides how it goes on.
#include "base/checked_math.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops_array.hpp"
#include "keras/callbacks/backup.h"
#include "keras/saving/kept_states.h"
#include "keras/training/fit_loop.h"
#include "keras/training/generators.h"
#include "keras/training/layers.h"
#include "keras/training/read_backup.h"
#include "keras/training/results.h"
#include "ops/random_state.h"

namespace hornbeam::training {
namespace {

void add_tree(const StateTree& tree, std::vector<Variable>& list) {
  if (tree.variable) list.push_back(tree.variable);
  for (const auto& item : tree.items) add_tree(item, list);
}

// In an order that follows from how the model was made.
std::vector<Variable> variables_of(const Model& model, const Trainer& trainer) {
  auto list = model.weights();
  for_each_layer(model, [&](const Layer& layer) { add_tree(kept_states(layer), list); });
  const auto of_optimizer = trainer.optimizer()->all_state();
  list.insert(list.end(), of_optimizer.begin(), of_optimizer.end());
  const auto of_metrics = trainer.metric_variables();
  list.insert(list.end(), of_metrics.begin(), of_metrics.end());
  return list;
}

// A number, or an array with its form.
Config kept(const Result& result) {
  if (!result.is_array()) return to_config(result);
  const auto array = result.array();
  const auto flat = array.reshaped({array.num_elements()});
  return Config{{"dtype", std::string(name_of(array.dtype()))},
                {"shape", Config(array.shape().dims())},
                {"values", to_config(Result(flat))}};
}

Config kept(const std::vector<Result>& results) {
  auto list = Config::list();
  for (const auto& result : results) list.push_back(kept(result));
  return list;
}

Config kept_by_name(const std::vector<std::pair<std::string, std::vector<Result>>>& entries) {
  auto dict = Config::dict();
  for (const auto& [name, values] : entries) dict.set(name, kept(values));
  return dict;
}

Config epochs_by_name(const std::map<std::string, std::vector<std::int64_t>>& entries) {
  auto dict = Config::dict();
  for (const auto& [name, epochs] : entries) dict.set(name, Config(epochs));
  return dict;
}

void add_under(const std::string& prefix, const NamedTensors& tensors, NamedTensors& all) {
  for (const auto& [name, tensor] : tensors) all.emplace_back(prefix + name, tensor);
}

NamedTensors under(const std::string& prefix, const NamedTensors& all) {
  NamedTensors found;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) found.emplace_back(name.substr(prefix.size()), tensor);
  }
  return found;
}

// Of another model: nothing of it is taken.
void check_fits(const std::vector<Variable>& variables, const NamedTensors& kept) {
  bool fits = variables.size() == kept.size();
  for (std::size_t i = 0; fits && i < kept.size(); ++i) {
    const auto value = variables[i]->value();
    fits = value.dtype() == kept[i].second.dtype() && value.shape() == kept[i].second.shape();
  }
  if (fits) return;
  throw FormatError("backup", "",
                    "the variables of this model, its optimizer and metrics (" + std::to_string(variables.size()) + ")",
                    "those of another (" + std::to_string(kept.size()) + ")");
}

}  // namespace

SourceState Trainer::Loop::state(std::int64_t next_epoch, std::int64_t next_step) const {
  SourceState s;
  const auto source = parts_.source.state();
  auto of_callbacks = Config::list();
  for (std::size_t i = 0; i < parts_.callbacks.given().size(); ++i) {
    const auto one = parts_.callbacks.given()[i]->state();
    of_callbacks.push_back(one.values);
    add_under("callback/" + std::to_string(i) + "/", one.tensors, s.tensors);
  }
  s.values = Config{{"version", callbacks::kBackupVersion},
                    {"epoch", next_epoch},
                    {"step", next_step},
                    {"wanted", o_.epochs},
                    {"stop", model_.stop_training()},
                    {"enough", enough_},
                    {"steps", parts_.steps ? Config(*parts_.steps) : Config()},
                    {"names", Config(Config::List(logs_.names().begin(), logs_.names().end()))},
                    {"results", kept(logs_.values())},
                    {"epochs", Config(history_.epoch)},
                    {"history", kept_by_name(history_.history)},
                    {"epochs_of", epochs_by_name(history_.epochs_of)},
                    {"source", source.values},
                    {"generators", words_of(random::generators())},
                    {"callbacks", of_callbacks}};
  add_under("source/", source.tensors, s.tensors);
  const auto variables = variables_of(model_, trainer_);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    s.tensors.emplace_back("variable/" + std::to_string(i), variables[i]->value());
  }
  return s;
}

namespace {

// What a backup says, each part of the kind it must be.
struct Kept {
  std::int64_t epoch = 0, step = 0, wanted = 0;
  bool stop = false, enough = true;
  std::optional<std::int64_t> steps;
  Logs logs;
  History history;
  random::Generators generators;
};

Result result_of(const Config& kept) {
  if (!kept.is_dict()) return kept.as_double();
  const auto dims = kept.at("shape").as_ints();
  std::vector<double> values;
  for (const auto& value : kept.at("values").as_list()) values.push_back(value.as_double());
  std::int64_t elements = 1;
  for (const auto dim : dims) {
    const auto product = dim < 0 ? std::nullopt : base::checked_mul(elements, dim);
    if (!product) throw FormatError("backup", "shape", "that of an array", kept.at("shape").dump());
    elements = *product;
  }
  const auto dtype = dtype_from_name(kept.at("dtype").as_string());
  if (dims.empty() || elements != std::ssize(values) || (dtype != DType::float32 && dtype != DType::float64)) {
    throw FormatError("backup", "shape", "that of an array of floats", kept.dump());
  }
  return Result(ops::cast(Tensor::from<double>(Shape(dims), values), dtype));
}

std::vector<Result> results_of(const Config& list) {
  std::vector<Result> results;
  for (const auto& value : list.as_list()) results.push_back(result_of(value));
  return results;
}

std::int64_t count_of(const Config& values, const char* name) {
  const auto count = values.at(name).as_int();
  if (count < 0) throw FormatError("backup", name, "a number that is not negative", std::to_string(count));
  return count;
}

Kept parsed(const Config& v) {
  Kept kept;
  kept.epoch = count_of(v, "epoch");
  kept.step = count_of(v, "step");
  kept.wanted = v.at("wanted").as_int();
  kept.stop = v.at("stop").as_bool();
  kept.enough = v.at("enough").as_bool();
  if (v.at("steps").is_int()) kept.steps = v.at("steps").as_int();
  std::vector<std::string> names;
  for (const auto& name : v.at("names").as_list()) names.push_back(name.as_string());
  kept.logs = Logs(std::move(names), results_of(v.at("results")));
  kept.history.epoch = v.at("epochs").as_ints();
  for (const auto& [name, values] : v.at("history").as_dict()) {
    kept.history.history.emplace_back(name, results_of(values));
  }
  for (const auto& [name, epochs] : v.at("epochs_of").as_dict()) kept.history.epochs_of[name] = epochs.as_ints();
  kept.generators = generators_of(v.at("generators"));
  return kept;
}

}  // namespace

// Each as it was before when one of them takes nothing of it.
void Trainer::Loop::restore_callbacks(const SourceState& s) {
  const auto callbacks = parts_.callbacks.given();
  const auto& kept = s.values.at("callbacks").as_list();
  if (kept.size() != callbacks.size()) {
    throw FormatError("backup", "", std::to_string(callbacks.size()) + " callbacks",
                      std::to_string(kept.size()) + ": it was made with others");
  }
  std::vector<CallbackState> before;
  try {
    for (std::size_t i = 0; i < callbacks.size(); ++i) {
      before.push_back(callbacks[i]->state());
      callbacks[i]->restore({kept[i], under("callback/" + std::to_string(i) + "/", s.tensors)});
    }
  } catch (...) {
    for (std::size_t i = 0; i < before.size(); ++i) callbacks[i]->restore(before[i]);
    throw;
  }
}

// All is read and checked before anything is changed: a training that cannot go on stands where it stood.
void Trainer::Loop::restore(const SourceState& s) {
  auto kept = read_backup([&] { return parsed(s.values); });
  const auto variables = variables_of(model_, trainer_);
  const auto values = under("variable/", s.tensors);
  check_fits(variables, values);
  std::int64_t more = 0;
  if (__builtin_sub_overflow(o_.epochs, kept.wanted, &more)) {
    throw FormatError("backup", "wanted", "a number of epochs", std::to_string(kept.wanted));
  }
  const auto& source = read_backup([&]() -> const Config& { return s.values.at("source"); });
  parts_.source.restore({source, under("source/", s.tensors)}, more);
  read_backup([&] { restore_callbacks(s); });
  for (std::size_t i = 0; i < values.size(); ++i) variables[i]->assign(values[i].second);
  random::set_generators(std::move(kept.generators));
  epoch_ = kept.epoch;
  first_step_ = kept.step;
  resumed_ = true;
  // Data that had run out for fewer epochs may do for more.
  enough_ = kept.enough || more > 0;
  if (!parts_.steps) parts_.steps = kept.steps;  // found by the first pass over data of a length that nobody knew
  results_ = kept.logs.values();
  trained_ = true;
  logs_ = std::move(kept.logs);
  history_.epoch = std::move(kept.history.epoch);
  history_.history = std::move(kept.history.history);
  history_.epochs_of = std::move(kept.history.epochs_of);
  model_.set_stop_training(kept.stop);
}

}  // namespace hornbeam::training
