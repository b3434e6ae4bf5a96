// compare: configs, weights and optimizers of two models, and what both make of the same data.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "hornbeam/comparison.hpp"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/training.hpp"
#include "keras/migration/array_comparison.h"
#include "keras/migration/config_difference.h"
#include "keras/migration/sample_data.h"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

class Comparer {
 public:
  Comparer(const ModelRef& a, const ModelRef& b, const CompareOptions& options) : a_(a), b_(b), o_(options) {
    result_.tolerance = o_.tolerance;
  }

  ModelComparison run() {
    if (o_.config) attempt("config", [&] { compare_configs(); });
    if (o_.weights) attempt("weights", [&] { add("weights", a_->weights(), b_->weights()); });
    if (o_.optimizer) attempt("optimizer", [&] { compare_optimizers(); });
    if (o_.run || o_.train) attempt("predictions", [&] { compare_runs(); });
    return std::move(result_);
  }

 private:
  template <class Work>
  void attempt(const std::string& part, Work work) {
    try {
      work();
    } catch (const Error& error) {
      result_.not_compared.push_back(part + ": " + error.what());
    }
  }

  void add(std::string part, const std::vector<Tensor>& a, const std::vector<Tensor>& b,
           const std::vector<std::string>& names = {}) {
    result_.arrays.push_back(compare_arrays(std::move(part), a, b, names));
  }

  static ArrayComparison compare(std::string part, const std::vector<Variable>& a, const std::vector<Variable>& b) {
    return compare_arrays(std::move(part), values_of(a), values_of(b), names_of(a));
  }
  void add(std::string part, const std::vector<Variable>& a, const std::vector<Variable>& b) {
    result_.arrays.push_back(compare(std::move(part), a, b));
  }

  static std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
    std::vector<Tensor> result;
    for (const auto& variable : variables) result.push_back(variable->value());
    return result;
  }
  static std::vector<std::string> names_of(const std::vector<Variable>& variables) {
    std::vector<std::string> result;
    for (const auto& variable : variables) result.push_back(variable->name());
    return result;
  }

  static bool has_compile_config(const Config& config) {
    const auto* compiled = config.find("compile_config");
    return compiled && compiled->is_dict() && compiled->size() > 0;
  }

  // In the first dialect that can say both.
  void compare_configs() {
    std::string problem;
    const std::vector<std::string> targets{a_->target(), b_->target(), "tf2.15", "keras3"};
    for (const auto& target : targets) {
      try {
        auto a = Config::parse(a_->to_json(target)), b = Config::parse(b_->to_json(target));
        // Of archives alone it stands in the config; H5 files and SavedModels have it elsewhere.
        if (!has_compile_config(a) || !has_compile_config(b)) {
          for (auto* config : {&a, &b}) config->erase("compile_config");
        }
        config_differences(a, b, "", result_.config);
        return;
      } catch (const Error& error) {
        if (problem.empty()) problem = error.what();
      }
    }
    throw ValueError(problem);
  }

  void compare_optimizers() {
    if (a_->is_compiled() != b_->is_compiled()) {
      result_.config.push_back(
          fmt::format("{} model is compiled", a_->is_compiled() ? "only the first" : "only the second"));
      return;
    }
    if (!a_->is_compiled()) return;
    const auto &first = a_->optimizer(), &second = b_->optimizer();
    const auto generation = second->generation();
    const auto as_second = first->generation() == generation ? first : first->converted(generation);
    config_differences(as_second->to_config(), second->to_config(), "optimizer", result_.config);
    add("optimizer", as_second->variables(), second->variables());
  }

  Values inputs() const {
    if (!o_.x.is_none()) return o_.x;
    if (a_->symbolic_inputs().is_none()) throw ValueError("the model does not say what its inputs are: give the data");
    return random_arrays(a_->symbolic_inputs(), o_.batch, std::min(whole_number_limit(*a_), whole_number_limit(*b_)));
  }

  void compare_runs() {
    const auto x = inputs();
    add("predictions", a_->predict(x).flatten(), b_->predict(x).flatten(), a_->output_names());
    const auto trainable = a_->trainable_weights();
    if (trainable.empty()) return;
    const bool compiled = a_->is_compiled() && b_->is_compiled();
    const auto y = compiled ? labels(x) : Values();
    attempt("gradients", [&] { add("gradients", gradients(a_, x, y), gradients(b_, x, y), names_of(trainable)); });
    if (o_.train && compiled) attempt("a step of training", [&] { compare_steps(x, y); });
  }

  Values labels(const Values& x) const {
    if (!o_.y.is_none()) return o_.y;
    const auto rows = x.flatten().at(0).shape()[0];
    return a_->symbolic_outputs().is_none() ? Values() : random_labels(*a_, rows);
  }

  static std::vector<Tensor> gradients(const ModelRef& model, const Values& x, const Values& y) {
    utils::set_random_seed(1);
    if (model->is_compiled() && !y.is_none()) return model->trainer().gradients(x, y);
    GradientTape tape;
    const auto outputs = (*model)(x).flatten();
    return tape.gradient(outputs, model->trainable_weights(), {.unconnected_gradients = UnconnectedGradients::zero});
  }

  void compare_steps(const Values& x, const Values& y) {
    std::map<const VariableNode*, MovedVariance> variances;
    note_variances(*a_, variances);
    const auto step = [&](const ModelRef& model) {
      utils::set_random_seed(1);
      std::vector<Tensor> results;
      const auto logs = model->train_on_batch(x, y);
      for (const auto value : logs.values()) results.push_back(Tensor::scalar(value));
      return results;
    };
    add("loss and metrics", step(a_), step(b_), a_->metrics_names());
    add("trained weights", a_->trainable_weights(), b_->trainable_weights());
    const bool across = (a_->target() == "keras3") != (b_->target() == "keras3");
    compare_moved(across ? x.flatten().at(0).shape()[0] : 0, variances);
  }

  // What a step may do to a moving variance in two Kerases.
  struct MovedVariance {
    Tensor before;
    double momentum;
  };

  // Of the BatchNormalization layers of images: tf.keras moves their variance by the sample's, n / (n - 1) times the
  // batch's own, by which Keras 3 moves it.
  static void note_variances(const Layer& layer, std::map<const VariableNode*, MovedVariance>& found) {
    for (const auto& inner : layer.sublayers()) note_variances(*inner, found);
    if (layer.class_name() != "BatchNormalization" || layer.build_shapes().empty()) return;
    if (!layer.build_shapes()[0].has_rank() || layer.build_shapes()[0].rank() != 4) return;
    const auto momentum = layer.get_config().at("momentum").as_double();
    for (const auto& weight : layer.own_weights()) {
      if (weight.variable->path().ends_with("/moving_variance")) {
        found.emplace(weight.variable.get(), MovedVariance{weight.variable->value(), momentum});
      }
    }
  }

  // Statistics that a step moves. `variances`: of the first model's layers of images, when the two are of different
  // Kerases; n is at least the number of `rows`. So far apart they may be, and are told as not compared; what is
  // further apart is another value.
  void compare_moved(std::int64_t rows, const std::map<const VariableNode*, MovedVariance>& variances) {
    std::vector<Variable> plain_a, plain_b, variances_a, variances_b;
    const auto all_a = a_->non_trainable_weights(), all_b = b_->non_trainable_weights();
    for (std::size_t i = 0; i < std::max(all_a.size(), all_b.size()); ++i) {
      const bool variance = rows > 1 && i < std::min(all_a.size(), all_b.size()) && variances.contains(all_a[i].get());
      if (i < all_a.size()) (variance ? variances_a : plain_a).push_back(all_a[i]);
      if (i < all_b.size()) (variance ? variances_b : plain_b).push_back(all_b[i]);
    }
    if (!plain_a.empty() || !plain_b.empty()) {
      result_.arrays.push_back(compare("moved statistics", plain_a, plain_b));
    }
    if (variances_a.empty()) return;
    auto moved = compare("moved variances", variances_a, variances_b);
    if (!moved.within(o_.tolerance) && as_two_kerases_move_them(variances_a, variances_b, rows, variances)) {
      result_.not_compared.push_back(fmt::format(
          "moved variances: Keras 3 updates them by the batch's own, tf.keras by the sample's: {:.3g} apart "
          "after a step, as that comes to [{}]",
          moved.max_difference, moved.where));
    } else {
      result_.arrays.push_back(std::move(moved));
    }
  }

  bool as_two_kerases_move_them(const std::vector<Variable>& a, const std::vector<Variable>& b, std::int64_t rows,
                                const std::map<const VariableNode*, MovedVariance>& variances) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto x = a[i]->value(), y = b[i]->value();
      if (!difference_in_kind(x, y).empty()) return false;
      // What the batch brought in: (1 - momentum) times its variance.
      const auto& [before, momentum] = variances.at(a[i].get());
      const auto least = ops::minimum(x, y);
      const auto most = (least - before * momentum) * (1 / static_cast<double>(rows - 1)) + least * o_.tolerance;
      if (!ops::reduce_all(ops::less_equal(ops::abs(x - y), most)).item<bool>()) return false;
    }
    return true;
  }

  const ModelRef &a_, &b_;
  const CompareOptions& o_;
  ModelComparison result_;
};

}  // namespace

bool ModelComparison::equal() const {
  return config.empty() && std::ranges::all_of(arrays, [&](const auto& part) { return part.within(tolerance); });
}

Config ModelComparison::to_config() const {
  auto parts = Config::list();
  for (const auto& part : arrays) {
    parts.push_back(Config{{"part", part.part},
                           {"arrays", part.arrays},
                           {"max_difference", part.max_difference},
                           {"largest", part.largest},
                           {"where", part.where},
                           {"within", part.within(tolerance)}});
  }
  return Config{{"equal", equal()},
                {"tolerance", tolerance},
                {"config", Config(config)},
                {"arrays", parts},
                {"not_compared", Config(not_compared)}};
}

std::string ModelComparison::to_string() const {
  std::string text;
  for (const auto& line : config) text += "differs: " + line + "\n";
  for (const auto& part : arrays) {
    text += fmt::format("{}: {} array{}, ", part.part, part.arrays, part.arrays == 1 ? "" : "s");
    if (part.max_difference == 0) {
      text += "equal\n";
    } else {
      text += fmt::format("at most {:.3g} apart, the largest element is {:.3g}{} [{}]\n", part.max_difference,
                          part.largest, part.within(tolerance) ? "" : ": TOO FAR", part.where);
    }
  }
  for (const auto& line : not_compared) text += "not compared: " + line + "\n";
  return text;
}

ModelComparison models::compare(const ModelRef& a, const ModelRef& b, const CompareOptions& options) {
  return Comparer(a, b, options).run();
}

}  // namespace hornbeam
