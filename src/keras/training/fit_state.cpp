// Where a training stands: all that decides how it goes on.
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/saving/kept_states.h"
#include "keras/training/fit_loop.h"
#include "keras/training/layers.h"
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

Config words_of(const Philox& generator) {
  auto list = Config::list();
  for (const auto word : generator.counter()) list.push_back(Config(std::int64_t{word}));
  for (const auto word : generator.key()) list.push_back(Config(std::int64_t{word}));
  return list;
}

Philox generator_of(const Config& words) {
  const auto numbers = words.as_ints();
  if (numbers.size() != 6) throw FormatError("backup", "generators", "6 words", std::to_string(numbers.size()));
  const auto word = [&](std::size_t i) { return static_cast<std::uint32_t>(numbers[i]); };
  return {{word(0), word(1), word(2), word(3)}, {word(4), word(5)}};
}

Config generators_kept() {
  const auto now = random::generators();
  auto seeded = Config::list();
  for (const auto& [seeds, generator] : now.seeded) {
    seeded.push_back(Config{{"seed", seeds.first}, {"seed2", seeds.second}, {"words", words_of(generator)}});
  }
  return Config{{"shared", words_of(now.shared)}, {"seeded", seeded}};
}

void restore_generators(const Config& kept) {
  random::Generators now;
  now.shared = generator_of(kept.at("shared"));
  for (const auto& one : kept.at("seeded").as_list()) {
    now.seeded[{one.at("seed").as_int(), one.at("seed2").as_int()}] = generator_of(one.at("words"));
  }
  random::set_generators(std::move(now));
}

Config numbers_by_name(const std::vector<std::pair<std::string, std::vector<double>>>& entries) {
  auto dict = Config::dict();
  for (const auto& [name, values] : entries) dict.set(name, Config(values));
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
  auto callbacks = Config::list();
  for (std::size_t i = 0; i < parts_.callbacks.all().size(); ++i) {
    const auto one = parts_.callbacks.all()[i]->state();
    callbacks.push_back(one.values);
    add_under("callback/" + std::to_string(i) + "/", one.tensors, s.tensors);
  }
  s.values = Config{{"version", 1},
                    {"epoch", next_epoch},
                    {"step", next_step},
                    {"stop", model_.stop_training()},
                    {"enough", enough_},
                    {"names", Config(Config::List(logs_.names().begin(), logs_.names().end()))},
                    {"results", Config(logs_.values())},
                    {"epochs", Config(history_.epoch)},
                    {"history", numbers_by_name(history_.history)},
                    {"source", source.values},
                    {"generators", generators_kept()},
                    {"callbacks", callbacks}};
  add_under("source/", source.tensors, s.tensors);
  const auto variables = variables_of(model_, trainer_);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    s.tensors.emplace_back("variable/" + std::to_string(i), variables[i]->value());
  }
  return s;
}

void Trainer::Loop::restore(const SourceState& s) {
  const auto& v = s.values;
  const auto variables = variables_of(model_, trainer_);
  const auto kept = under("variable/", s.tensors);
  const auto& of_callbacks = v.at("callbacks").as_list();
  const auto& callbacks = parts_.callbacks.all();
  check_fits(variables, kept);
  if (of_callbacks.size() != callbacks.size()) {
    throw FormatError("backup", "", std::to_string(callbacks.size()) + " callbacks",
                      std::to_string(of_callbacks.size()) + ": it was made with others");
  }
  parts_.source.restore({v.at("source"), under("source/", s.tensors)});
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    callbacks[i]->restore({of_callbacks[i], under("callback/" + std::to_string(i) + "/", s.tensors)});
  }
  for (std::size_t i = 0; i < kept.size(); ++i) variables[i]->assign(kept[i].second);
  restore_generators(v.at("generators"));
  epoch_ = v.at("epoch").as_int();
  first_step_ = v.at("step").as_int();
  resumed_ = true;
  enough_ = v.at("enough").as_bool();
  std::vector<std::string> names;
  for (const auto& name : v.at("names").as_list()) names.push_back(name.as_string());
  results_.clear();
  for (const auto& value : v.at("results").as_list()) results_.push_back(value.as_double());
  logs_ = Logs(std::move(names), results_);
  history_.epoch = v.at("epochs").as_ints();
  for (const auto& [name, values] : v.at("history").as_dict()) {
    auto& list = history_.history.emplace_back(name, std::vector<double>()).second;
    for (const auto& value : values.as_list()) list.push_back(value.as_double());
  }
  model_.set_stop_training(v.at("stop").as_bool());
}

}  // namespace hornbeam::training
