#include "keras/callbacks/monitor.h"

#include <algorithm>
#include <array>
#include <limits>

#include "hornbeam/training.hpp"
#include "keras/engine/names.h"
#include "keras/metrics/reduce.h"
#include "keras/training/trainer.h"

namespace hornbeam::callbacks {
namespace {

// Keras 3's metrics that grow as the model becomes better, and those of which it does not say.
constexpr std::array kUp = {"Accuracy",
                            "BinaryAccuracy",
                            "CategoricalAccuracy",
                            "SparseCategoricalAccuracy",
                            "TopKCategoricalAccuracy",
                            "SparseTopKCategoricalAccuracy",
                            "AUC",
                            "Precision",
                            "Recall",
                            "SensitivityAtSpecificity",
                            "SpecificityAtSensitivity",
                            "PrecisionAtRecall",
                            "RecallAtPrecision",
                            "IoU",
                            "BinaryIoU",
                            "MeanIoU",
                            "OneHotIoU",
                            "OneHotMeanIoU",
                            "FBetaScore",
                            "F1Score",
                            "R2Score",
                            "CosineSimilarity",
                            "PearsonCorrelation",
                            "ConcordanceCorrelation"};
constexpr std::array kDown = {"MeanSquaredError",
                              "RootMeanSquaredError",
                              "MeanAbsoluteError",
                              "MeanAbsolutePercentageError",
                              "MeanSquaredLogarithmicError",
                              "LogCoshError",
                              "KLDivergence",
                              "Poisson",
                              "BinaryCrossentropy",
                              "CategoricalCrossentropy",
                              "SparseCategoricalCrossentropy",
                              "Hinge",
                              "SquaredHinge",
                              "CategoricalHinge"};

bool keras2_greater(const std::string& name, AutoMode mode) {
  switch (mode) {
    case AutoMode::ends_in_accuracy:
      return name.ends_with("acc") || name.ends_with("accuracy") || name.ends_with("auc");
    case AutoMode::has_acc_or_fmeasure:
      return name.find("acc") != std::string::npos || name.starts_with("fmeasure");
    case AutoMode::has_acc:
      break;
  }
  return name.find("acc") != std::string::npos;
}

// +1: greater is better; -1: less; 0: nobody knows.
int keras3_direction(const std::string& name, const Model& model) {
  const auto plain = name.starts_with("val_") ? name.substr(4) : name;
  if (plain == "loss") return -1;
  const auto* metric = model.trainer().metric_named(plain);
  if (!metric) return 0;
  // What compile() was given by name is the mean of a function, in Keras 3 an object of that function's class.
  const auto* mean = dynamic_cast<const MeanMetricWrapper*>(metric);
  const auto is_metric = [&](const std::string& class_name) {
    return mean ? mean->function_name() == to_snake_case(class_name) : metric->class_name() == class_name;
  };
  if (std::ranges::any_of(kUp, is_metric)) return 1;
  return std::ranges::any_of(kDown, is_metric) ? -1 : 0;
}

}  // namespace

Monitor::Monitor(std::string name, std::string mode, double min_delta)
    : name_(std::move(name)), mode_(std::move(mode)), min_delta_(min_delta) {
  if (mode_ == "auto" || mode_ == "min" || mode_ == "max") return;
  mode_ = "auto";
  fell_back_ = true;
}

void Monitor::resolve(const Model& model, AutoMode keras2, const char* callback) {
  if (resolved_) return;
  if (mode_ != "auto") {
    greater_ = mode_ == "max";
  } else if (model.target() != "keras3") {
    greater_ = keras2_greater(name_, keras2);
  } else {
    const int direction = keras3_direction(name_, model);
    if (direction == 0) {
      throw ValueError(std::string(callback) + " callback received monitor=" + name_ +
                       ", but Keras isn't able to automatically determine whether that metric should be maximized or "
                       "minimized. Pass `mode='max'` in order to monitor based on the highest metric value, or pass "
                       "`mode='min'` in order to use the lowest value.");
    }
    greater_ = direction > 0;
  }
  takes_any_first_ = model.target() == "keras3";
  resolved_ = true;
}

bool Monitor::is_better(const Result& result, std::optional<double> given) const {
  if (!given && takes_any_first_) return true;
  if (result.is_array() && result.array().num_elements() != 1) {
    throw ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()");
  }
  const auto value = result.number();
  constexpr auto kInfinity = std::numeric_limits<double>::infinity();
  const auto than = given.value_or(greater_ ? -kInfinity : kInfinity);
  return greater_ ? value - min_delta_ > than : value + min_delta_ < than;
}

std::optional<Result> find_result(const Logs& logs, const std::string& name) {
  const auto at = std::ranges::find(logs.names(), name);
  if (at == logs.names().end()) return std::nullopt;
  return logs.values()[static_cast<std::size_t>(at - logs.names().begin())];
}

std::string names_of_results(const Logs& logs) {
  std::string all;
  for (const auto& name : logs.names()) all += (all.empty() ? "" : ",") + name;
  return all;
}

}  // namespace hornbeam::callbacks
