// How a metric's file enters the registry: a class of Keras that is the mean of a function, or the function alone.
//
//   struct BinaryAccuracyTraits {
//     using Options = metrics::BinaryAccuracyOptions;
//     static constexpr const char* kClassName = "BinaryAccuracy";
//     static constexpr const char* kName = "binary_accuracy";             // the default name
//     template <class O, class F> static void fields(O& options, F&& f);   // beside name and dtype
//     static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& options);
//   };
//   HB_REGISTER(metric_binary_accuracy) { hornbeam::register_metric<hornbeam::BinaryAccuracyTraits>(); }
#pragma once

#include <memory>
#include <set>
#include <string>

#include "hornbeam/fields.hpp"
#include "hornbeam/metrics.hpp"
#include "keras/losses/loss_class.h"
#include "keras/metrics/reduce.h"
#include "ops/op_def.h"  // HB_REGISTER

namespace hornbeam {

using MetricPointer = std::shared_ptr<MetricObject>;
using MetricMaker = MetricPointer (*)(const Config&);
using MetricBody = Tensor (*)(const Tensor& y_true, const Tensor& y_pred);

void register_metric_class(const char* class_name, MetricMaker make);
// A function that metrics may be named by; losses are found without.
void register_metric_function(const char* name, MetricBody function);
void read_metric_keys(const Config& config, const char* class_name, std::set<std::string, std::less<>>& known,
                      std::optional<std::string>& name, std::string& dtype);

// A config whose arrays are lists: .keras archives wrap them in objects ("__numpy__", "__tensor__").
Config with_plain_arrays(const Config& config);

// Is it a word or class of Keras's, here or not yet?
bool is_builtin_metric(const std::string& name);

// A metric's config; or the name of the function alone that it is the mean of, where the config says no more. 2.2 and
// Keras 3 put a custom function in place of its name wherever a config says it, the metric's own name too: they write,
// and can read, only the name alone. (Of its own functions Keras 3 finds some, as "huber", only in configs.)
Config function_name_alone(Config metric, Target target);

// Throws ValueError when that Keras does not have the class: `kFirst` and `kLast` say which do.
template <class M>
void check_generation([[maybe_unused]] Target target) {
  if constexpr (requires { M::kFirst; }) {
    if (target < M::kFirst) throw_not_in(target, M::kClassName);
  }
  if constexpr (requires { M::kLast; }) {
    if (target > M::kLast) throw_not_in(target, M::kClassName);
  }
}

template <class Traits>
const char* default_function_metric_name() {
  if constexpr (requires { Traits::kOldName; }) {
    if (current_target() != Target::keras3) return Traits::kOldName;
  }
  return Traits::kName;
}

template <class Traits>
class FunctionMetric final : public MeanMetricWrapper {
 public:
  using Options = typename Traits::Options;
  explicit FunctionMetric(const Options& o)
      : MeanMetricWrapper(
            o.name.value_or(default_function_metric_name<Traits>()), o.dtype, Traits::kName,
            [o](const Tensor& t, const Tensor& p) { return Traits::compute(t, p, o); }, valid(o)),
        o_(o) {}
  std::string class_name() const override { return Traits::kClassName; }
  Tensor result() const override {
    if constexpr (requires(Tensor mean) { Traits::of_mean(mean); }) {
      return Traits::of_mean(MeanMetricWrapper::result());
    } else {
      return MeanMetricWrapper::result();
    }
  }

 protected:
  bool heeds_masks() const override {
    return !requires(Tensor mean) { Traits::of_mean(mean); };
  }
  Config arguments(Target target) const override {
    check_generation<Traits>(target);
    auto config = Config::dict();
    Traits::fields(o_, FieldWriter{config});
    if constexpr (requires { Traits::adjust(config, target); }) Traits::adjust(config, target);
    return config;
  }

 private:
  static Function valid(const Options& o) {
    if constexpr (requires(Tensor t) { Traits::valid_mask(t, t, o); }) {
      return [o](const Tensor& t, const Tensor& p) { return Traits::valid_mask(t, p, o); };
    } else {
      return {};
    }
  }
  Options o_;
};

template <class Traits>
MetricPointer metric_from_config(const Config& config) {
  typename Traits::Options options;
  std::set<std::string, std::less<>> known;
  Traits::fields(options, FieldReader{config, Traits::kClassName, known});
  read_metric_keys(config, Traits::kClassName, known, options.name, options.dtype);
  return std::make_shared<FunctionMetric<Traits>>(options);
}

template <class Traits>
void register_metric() {
  register_metric_class(Traits::kClassName, metric_from_config<Traits>);
}
template <class Traits>
Metric make_metric(const typename Traits::Options& options) {
  return std::make_shared<FunctionMetric<Traits>>(options);
}

}  // namespace hornbeam
