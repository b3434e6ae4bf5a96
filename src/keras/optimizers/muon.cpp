// Muon: the momentum of a matrix, made nearly orthogonal by Newton-Schulz iterations. All else takes Adam's step.
#include "hornbeam/optimizers/muon.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "graph/variables.h"
#include "hornbeam/ops.hpp"
#include "keras/optimizers/moments.h"
#include "keras/optimizers/registry.h"

namespace hornbeam {
namespace {

// Keras names no bound; the iterations are of a step's graph.
constexpr std::int64_t kMostIterations = 1000;

class MuonObject final : public OptimizerObject {
 public:
  explicit MuonObject(const optimizers::MuonOptions& o) : OptimizerObject("Muon", o.learning_rate, o.common()), o_(o) {
    exists_since(OptimizerGeneration::keras3);
    if (o.ns_steps > kMostIterations) {
      throw ValueError("Muon: `ns_steps` must be at most " + std::to_string(kMostIterations) +
                       ". Received: " + std::to_string(o.ns_steps));
    }
    for (const auto& pattern : o.exclude_layers) {
      excluded_.push_back(std::make_unique<RE2>(pattern, RE2::Quiet));
      if (!excluded_.back()->ok()) {
        throw ValueError("Muon: `exclude_layers` has a pattern that is no regular expression: '" + pattern +
                         "': " + excluded_.back()->error());
      }
    }
  }

 protected:
  std::vector<std::vector<SlotName>> slot_groups() const override {
    return {{{"m", "m", "momentum"}, {"v", "v", "velocity"}}};
  }
  SlotStart slot_start(const Variable& variable, const SlotName& slot) const override {
    if (slot.legacy == std::string_view("v") && !takes_adams_step(variable)) return {};
    return OptimizerObject::slot_start(variable, slot);
  }

  std::optional<double> weight_decay_of(const Variable& variable) const override {
    return takes_adams_step(variable) ? o_.adam_weight_decay : OptimizerObject::weight_decay_of(variable);
  }

  void prepare(Scalars& scalars, DType dtype) const override {
    const auto step = scalars.at("step");
    const auto power1 = ops::pow(setting(o_.adam_beta_1, dtype), step);
    const auto power2 = ops::pow(setting(o_.adam_beta_2, dtype), step);
    scalars["alpha"] = scalars.at("lr") * o_.adam_lr_ratio * ops::sqrt(1.0 - power2) / (1.0 - power1);
  }

  void update(const Tensor& gradient, const Variable& variable, const std::vector<Variable>& slots,
              const Scalars& scalars) const override {
    if (slots[1]) {
      const auto next = assign_moments(gradient, variable->shape(), slots[0], slots[1], o_.adam_beta_1, o_.adam_beta_2);
      const auto root = ops::sqrt(next.second) + o_.epsilon;
      return graph::assign(variable, ops::read(variable) - next.first * scalars.at("alpha") / root);
    }
    const auto m = ops::read(slots[0]);
    const auto next = m + (gradient + m * (o_.momentum - 1.0));
    graph::assign(slots[0], next);
    auto step = scalars.at("lr") * orthogonal(o_.nesterov ? gradient + o_.momentum * next : next);
    if (o_.rms_rate) {
      const auto longer = std::max(variable->shape()[0], variable->shape()[1]);
      step = step * static_cast<double>(std::sqrt(static_cast<float>(longer))) * *o_.rms_rate;
    }
    graph::assign(variable, ops::read(variable) - step);
  }

  void add_settings(Config& config, OptimizerGeneration, bool) const override {
    const auto optional = [](const std::optional<double>& value) { return value ? Config(*value) : Config(); };
    auto patterns = Config::list();
    for (const auto& pattern : o_.exclude_layers) patterns.push_back(pattern);
    config.set("adam_beta_1", o_.adam_beta_1)
        .set("adam_beta_2", o_.adam_beta_2)
        .set("epsilon", o_.epsilon)
        .set("exclude_layers", std::move(patterns))
        .set("muon_a", o_.muon_a)
        .set("muon_b", o_.muon_b)
        .set("muon_c", o_.muon_c)
        // Keras's default is an integer, and is written as one.
        .set("adam_lr_ratio", o_.adam_lr_ratio == 1.0 ? Config(std::int64_t{1}) : Config(o_.adam_lr_ratio))
        .set("momentum", o_.momentum)
        .set("ns_steps", o_.ns_steps)
        .set("nesterov", o_.nesterov)
        .set("exclude_embeddings", o_.exclude_embeddings)
        .set("adam_weight_decay", optional(o_.adam_weight_decay))
        .set("rms_rate", optional(o_.rms_rate));
  }

 private:
  bool takes_adams_step(const Variable& variable) const {
    if (variable->shape().rank() != 2) return true;
    const auto path = variable->path();
    auto lower = path;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (o_.exclude_embeddings && lower.find("embedding") != lower.npos) return true;
    return std::ranges::any_of(excluded_, [&](const auto& p) { return RE2::PartialMatch(path, *p); });
  }

  Tensor orthogonal(Tensor x) const {
    const bool tall = x.shape()[0] > x.shape()[1];
    if (tall) x = ops::transpose(x);
    x = x / (ops::sqrt(ops::reduce_sum(ops::square(x))) + 1e-7);
    for (std::int64_t i = 0; i < o_.ns_steps; ++i) {
      const auto a = ops::matmul(x, x, false, true);
      const auto b = o_.muon_b * a + ops::matmul(o_.muon_c * a, a);
      x = o_.muon_a * x + ops::matmul(b, x);
    }
    return tall ? ops::transpose(x) : x;
  }

  optimizers::MuonOptions o_;
  std::vector<std::unique_ptr<RE2>> excluded_;
};

OptimizerPointer make_muon(ObjectArguments& a, const OptimizerOptions& common) {
  auto o = with_common(optimizers::MuonOptions{}, common);
  // Null is not the same as absent: it turns a default off.
  const auto number_or_none = [&](const char* key, std::optional<double> fallback) -> std::optional<double> {
    const auto value = a.value(key, fallback ? Config(*fallback) : Config());
    return value.is_null() ? std::nullopt : std::optional(value.as_double());
  };
  o.learning_rate = learning_rate_from(a, o.learning_rate);
  if (!a.has("weight_decay")) o.weight_decay = optimizers::MuonOptions{}.weight_decay;
  o.adam_beta_1 = a.number("adam_beta_1", o.adam_beta_1);
  o.adam_beta_2 = a.number("adam_beta_2", o.adam_beta_2);
  o.adam_weight_decay = number_or_none("adam_weight_decay", o.adam_weight_decay);
  o.epsilon = a.number("epsilon", o.epsilon);
  if (const auto patterns = a.value("exclude_layers"); !patterns.is_null()) {
    for (const auto& pattern : patterns.as_list()) o.exclude_layers.push_back(pattern.as_string());
  }
  o.exclude_embeddings = flag_from(a, "exclude_embeddings", o.exclude_embeddings);
  o.muon_a = a.number("muon_a", o.muon_a);
  o.muon_b = a.number("muon_b", o.muon_b);
  o.muon_c = a.number("muon_c", o.muon_c);
  o.adam_lr_ratio = a.number("adam_lr_ratio", o.adam_lr_ratio);
  o.momentum = a.number("momentum", o.momentum);
  o.ns_steps = a.integer("ns_steps", o.ns_steps);
  o.nesterov = flag_from(a, "nesterov", o.nesterov);
  o.rms_rate = number_or_none("rms_rate", o.rms_rate);
  return std::make_shared<MuonObject>(o);
}

}  // namespace

Optimizer optimizers::Muon(const MuonOptions& options) { return std::make_shared<MuonObject>(options); }

}  // namespace hornbeam

HB_REGISTER(optimizer_muon) { hornbeam::register_optimizer("Muon", hornbeam::make_muon); }
