#include "conformance/value_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "conformance/compare.h"
#include "conformance/training_checks.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/npy.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// The cases name none. Inputs are up to 8, and a float's last digit there is 5e-7.
constexpr double kRelative = 2e-6, kAbsolute = 5e-7;

Tensor array(const Case& c, const Config* file) {
  return !file || file->is_null() ? Tensor() : load_npy(c.path(file->as_string()));
}

// A number or nested lists of numbers.
Tensor numbers(const Config& json) {
  std::vector<std::int64_t> dims;
  for (const auto* level = &json; level->is_list(); level = &level->at(std::size_t{0})) {
    dims.push_back(static_cast<std::int64_t>(level->size()));
  }
  std::vector<double> flat;
  const std::function<void(const Config&)> add = [&](const Config& c) {
    if (!c.is_list()) return flat.push_back(c.as_double());
    for (const auto& item : c.as_list()) add(item);
  };
  add(json);
  return Tensor::from<double>(Shape(dims), flat);
}

Tensor floats(const Config& json) { return json.is_null() ? Tensor() : ops::cast(numbers(json), DType::float32); }

// Compares, and counts.
class Comparing {
 public:
  explicit Comparing(const Case& c) : c_(c) {}
  void expect(const Tensor& got, const Config& expected, const std::string& what) {
    expect(got, numbers(expected), what);
  }
  void expect(const Tensor& got, const Tensor& expected, const std::string& what, double absolute = kAbsolute) {
    const auto text = difference(ops::cast(got, DType::float64), expected, kRelative, absolute);
    if (!text.empty()) throw Mismatch{what + ": " + text};
    ++made_;
  }
  void expect_says(const Config& config, const Config& serialized, const std::string& what) {
    auto expected = serialized.at("config");
    for (auto& [key, value] : expected.as_dict()) {
      // 2.15 wraps arrays so in its archives.
      if (value.is_dict() && value.get_string("class_name", "") == "__numpy__") value = value.at("config").at("value");
    }
    if (!config.equivalent(expected)) throw Mismatch{what + ": " + config.dump() + ", expected " + expected.dump()};
    ++made_;
  }
  int made() const { return made_; }
  const Case& of() const { return c_; }

 private:
  const Case& c_;
  int made_ = 0;
};

template <class Call>
bool refused(const Call& call) {
  try {
    call();
    return false;
  } catch (const NotImplementedError&) {
    throw;
  } catch (const Error&) {
    return true;
  }
}

void check_loss(Comparing& compare, const Config& entry) {
  const auto& c = compare.of();
  const auto name = entry.at("class").as_string() + entry.at("config").dump();
  const auto loss_of = [&](const std::string& reduction) {
    auto config = entry.at("config");
    config.set("reduction", reduction);
    return Loss::from_config(Config{{"class_name", entry.at("class")}, {"config", config}});
  };
  auto says = loss_of("sum_over_batch_size")->get_config(current_target());
  for (const auto& [argument, value] : entry.at("config").as_dict()) {
    // Keras 3 forgets Huber's delta and the axis of a similarity, which are written all the same.
    if (current_target() == Target::keras3 && !entry.at("serialized").at("config").has(argument)) says.erase(argument);
  }
  compare.expect_says(says, entry.at("serialized"), name);
  const auto y_true = array(c, entry.find("y_true")), y_pred = array(c, entry.find("y_pred"));
  const auto weights = array(c, entry.find("sample_weight"));
  for (const auto& [key, weight] : {std::pair("values", Tensor()), std::pair("values_weighted", weights)}) {
    for (const auto& [reduction, expected] : entry.at(key).as_dict()) {
      const auto loss = loss_of(reduction);
      const auto what = name + " " + key + " " + reduction;
      const auto call = [&, w = weight] { return loss(y_true, y_pred, w); };
      if (!expected.is_string()) {
        compare.expect(call(), expected, what);
      } else if (!refused(call)) {  // the error of its Keras
        throw Mismatch{what + ": not refused"};
      }
    }
  }
}

void check_metric(Comparing& compare, const Config& entry) {
  const auto& c = compare.of();
  const auto name = entry.at("class").as_string() + entry.at("config").dump();
  const auto* form = entry.find("serialized");
  const auto metric =
      Metric::from_config(form ? *form : Config{{"class_name", entry.at("class")}, {"config", entry.at("config")}});
  if (form) compare.expect_says(metric->get_config(current_target()), *form, name);
  const auto& results = entry.at("results").as_list();
  std::size_t made = 0;
  const auto expect_result = [&] {
    compare.expect(metric->result(), results.at(made), name + " update " + std::to_string(made));
    ++made;
  };
  if (const auto* updates = entry.find("values_updates")) {
    for (const auto& u : updates->as_list()) {
      metric->update_state(floats(u.at("values")), floats(u.at("sample_weight")));
      expect_result();
    }
  } else {
    for (const auto& u : entry.at("updates").as_list()) {
      const auto update = [&] {
        metric->update_state(array(c, u.find("y_true")), array(c, u.find("y_pred")), array(c, u.find("sample_weight")));
      };
      if (u.has("error")) {
        // 2.2 refuses weights beside a class_id, which later ones take.
        if (current_target() != Target::tf22 && !refused(update)) throw Mismatch{name + ": not refused"};
        break;
      }
      update();
      expect_result();
    }
  }
  if (made != results.size()) throw Mismatch{name + ": another number of results"};
  const auto* state = entry.find("state");
  if (!state) return;
  if (metric->variables().size() != state->size()) throw Mismatch{name + ": another number of state variables"};
  double largest = 0;
  for (const auto& v : state->as_list()) {
    for (const double x : numbers(v.at("value")).data<double>()) largest = std::max(largest, std::abs(x));
  }
  for (std::size_t i = 0; i < state->size(); ++i) {
    const auto& variable = state->at(i);
    // Negatives are all less positives: as exact as the larger numbers are.
    compare.expect(metric->variables()[i]->value(), numbers(variable.at("value")),
                   name + " " + variable.at("name").as_string(), kAbsolute + kRelative * largest);
  }
}

void check_schedule(Comparing& compare, const Config& entry) {
  const auto schedule = LearningRateSchedule::from_config(entry.at("serialized"));
  constexpr auto kGenerations =
      std::to_array<std::pair<Target, OptimizerGeneration>>({{Target::tf22, OptimizerGeneration::legacy},
                                                             {Target::tf215, OptimizerGeneration::modern},
                                                             {Target::keras3, OptimizerGeneration::keras3}});
  for (const auto& [target, generation] : kGenerations) {
    if (target == current_target()) {
      compare.expect_says(schedule->get_config(generation), entry.at("serialized"), entry.at("name").as_string());
    }
  }
  const auto& steps = entry.at("steps").as_list();
  const auto& values = entry.at("values").as_list();
  if (steps.size() != values.size()) throw Mismatch{"another number of steps"};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto step = steps[i].as_int();
    compare.expect(Tensor::from<double>(Shape{}, {schedule.at(step)}), values[i],
                   entry.at("name").as_string() + " at step " + std::to_string(step));
  }
}

void check_activation(Comparing& compare, const Config& entry) {
  const auto& c = compare.of();
  const auto name = entry.at("name").as_string();
  const bool keras3 = c.producer.starts_with("keras-3");
  if (entry.has("error")) return;  // what the generator called wrongly: a second argument was missing
  const auto activation = activations::by_name(name, keras3);
  if (!activation) throw NotImplementedError("activation " + name);
  compare.expect((*activation)(array(c, c.description.find("x"))), ops::cast(array(c, entry.find("y")), DType::float64),
                 name);
}

}  // namespace

bool holds_values(const Case& c) { return c.description.get_string("kind", "") == "value_fixture"; }

int check_values(const Case& c) {
  const TargetScope scope(c.target());
  Comparing compare(c);
  const std::pair<const char*, void (*)(Comparing&, const Config&)> kinds[] = {
      {"d_values_losses", check_loss},
      {"d_values_metrics", check_metric},
      {"d_values_schedules", check_schedule},
      {"d_values_activations", check_activation}};
  for (const auto& [name, check_entry] : kinds) {
    if (c.name != name) continue;
    for (const auto& entry : c.description.at("entries").as_list()) check_entry(compare, entry);
    return compare.made();
  }
  throw Mismatch{"values of an unknown kind"};
}

}  // namespace conformance
