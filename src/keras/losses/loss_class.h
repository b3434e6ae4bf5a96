// How a loss's file enters the registry: a class of Keras that wraps one function.
//
//   struct MeanSquaredErrorTraits {
//     using Options = losses::LossOptions;
//     static constexpr const char* kClassName = "MeanSquaredError";
//     static constexpr std::array kFunctions = {"mean_squared_error", "mse", "MSE"};   // the function's name first
//     template <class O, class F> static void fields(O& options, F&& f) {}             // beside reduction and name
//     static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& options);
//   };
// If need be also:
//     static constexpr const char* kName = "huber_loss";                // the default name, if not the function's
//     static constexpr auto kSince = Target::tf215;                     // the first Keras that has it
//     static void check(const Options& options);                        // throws
//     static void adjust(Config& config, Target target);                // fields as that Keras writes them
//     static Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred, const Options& options);
//
//   HB_REGISTER(loss_mean_squared_error) { hornbeam::register_loss<hornbeam::MeanSquaredErrorTraits>(); }
#pragma once

#include <array>

#include "hornbeam/fields.hpp"
#include "hornbeam/losses.hpp"
#include "keras/losses/ranks.h"
#include "ops/op_def.h"  // HB_REGISTER

namespace hornbeam {

using LossPointer = std::shared_ptr<const LossObject>;
using LossMaker = LossPointer (*)(const Config&);
void register_loss_maker(const char* name, LossMaker maker);
// Is it the name of one of Keras's losses, those included that are not here yet?
bool is_builtin_loss(const std::string& name);
// Brings the keys that every loss's config has to `name` and `reduction`, and checks that no unknown one is left.
void read_loss_keys(const Config& config, const char* class_name, std::set<std::string, std::less<>>& known,
                    std::string& reduction, std::optional<std::string>& name);

// Moves keys to the end of a config.
void put_last(Config& config, std::initializer_list<const char*> keys);
// Takes a key out that 2.2 does not know. Throws ValueError unless it has the default.
void drop_for_2_2(Config& config, const char* class_name, const char* key, const Config& fallback);
[[noreturn]] void throw_not_in(Target target, const char* class_name);

template <class Traits>
std::string default_loss_name([[maybe_unused]] Target target) {
  if constexpr (requires { Traits::kName; }) return Traits::kName;
  return losses::function_named(Traits::kFunctions[0], target);
}

template <class Traits>
class FunctionLoss final : public LossObject {
 public:
  using Options = typename Traits::Options;
  explicit FunctionLoss(const Options& options)
      : LossObject(options.name.value_or(default_loss_name<Traits>(current_target())), options.reduction), o_(options) {
    if constexpr (requires { Traits::check(o_); }) Traits::check(o_);
  }
  std::string class_name() const override { return Traits::kClassName; }
  std::string function_name() const override { return Traits::kFunctions[0]; }

  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return Traits::compute(t, p, o_);
  }
  Tensor valid_mask(const Tensor& y_true, const Tensor& y_pred) const override {
    if constexpr (requires { Traits::valid_mask(y_true, y_pred, o_); }) {
      const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
      return Traits::valid_mask(t, p, o_);
    } else {
      return {};
    }
  }

 protected:
  Config arguments(Target target) const override {
    if constexpr (requires { Traits::kSince; }) {
      if (target < Traits::kSince) throw_not_in(target, Traits::kClassName);
    }
    auto config = Config::dict();
    Traits::fields(o_, FieldWriter{config});
    if constexpr (requires { Traits::adjust(config, target); }) Traits::adjust(config, target);
    return config;
  }
  std::string name_for(Target target) const override {
    for (const auto each : {Target::tf22, Target::keras3}) {
      if (name() == default_loss_name<Traits>(each)) return default_loss_name<Traits>(target);
    }
    return name();
  }

 private:
  Options o_;
};

template <class Traits>
LossPointer loss_from_config(const Config& config) {
  typename Traits::Options options;
  std::set<std::string, std::less<>> known;
  Traits::fields(options, FieldReader{config, Traits::kClassName, known});
  read_loss_keys(config, Traits::kClassName, known, options.reduction, options.name);
  return std::make_shared<FunctionLoss<Traits>>(options);
}

template <class Traits>
void register_loss() {
  register_loss_maker(Traits::kClassName, loss_from_config<Traits>);
  for (const auto* name : Traits::kFunctions) register_loss_maker(name, loss_from_config<Traits>);
}

template <class Traits>
Loss make_loss(const typename Traits::Options& options) {
  return LossPointer(std::make_shared<FunctionLoss<Traits>>(options));
}

}  // namespace hornbeam
