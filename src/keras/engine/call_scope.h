// What a layer's call inherits from the call it stands in: training, the naming scope, the place where losses go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"
#include "hornbeam/metrics.hpp"

namespace hornbeam {

class CallScope {
 public:
  // Enters the call of `layer`; `training` when given, else the enclosing call's.
  CallScope(const Layer& layer, std::optional<bool> training);
  // Around the calls of a whole step: collects what they add.
  explicit CallScope(bool training);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  static CallScope* current();
  const Layer* layer() const { return layer_; }  // null around a whole step
  std::optional<bool> training() const { return training_; }
  // "outer/inner/": weights made inside are named under it.
  const std::string& name_scope() const { return name_scope_; }
  void mark_training_read() { training_read_ = true; }
  bool training_read() const { return training_read_; }
  // What was added in the outermost call and everything inside it: moving averages to bring up to date after the step,
  // losses, metrics.
  struct Update {
    Variable variable;
    Tensor value;
    double momentum;
  };
  std::vector<Update>& updates() { return outer_ ? outer_->updates() : updates_; }
  void apply_updates();
  std::vector<Tensor>& losses() { return outer_ ? outer_->losses() : losses_; }
  struct AddedMetric {
    const Layer* layer;
    std::string name;
    Metric metric;  // empty: a mean, to be made
    Tensor value;
  };
  std::vector<AddedMetric>& metrics() { return outer_ ? outer_->metrics() : metrics_; }

 private:
  CallScope* outer_;
  const Layer* layer_ = nullptr;
  std::optional<bool> training_;
  std::string name_scope_;
  bool training_read_ = false;
  std::vector<Tensor> losses_;
  std::vector<Update> updates_;
  std::vector<AddedMetric> metrics_;
};

// Drops the naming scope while a functional model is put together: its layers are named as if created outside.
class RootNameScope {
 public:
  RootNameScope();
  ~RootNameScope();
  RootNameScope(const RootNameScope&) = delete;
  RootNameScope& operator=(const RootNameScope&) = delete;

 private:
  CallScope* saved_;
};

}  // namespace hornbeam
