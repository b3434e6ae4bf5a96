// A metric class with options of its own that one list of fields writes and reads.
//
//   class AucMetric final : public OptionsMetric<AucMetric, metrics::AucOptions> {
//    public:
//     static constexpr const char* kClassName = "AUC";
//     // static constexpr const char* kName = "f1_score";       // the default name; else numbered: "auc", "auc_1"
//     // static constexpr auto kFirst = Target::tf215, kLast;   // the Kerases that have it
//     // static void adjust(Config& config, Target target);     // fields as that Keras writes them
//     template <class O, class F> static void fields(O& options, F&& f);
//     explicit AucMetric(const Options& options);
#pragma once

#include "hornbeam/model.hpp"
#include "keras/metrics/registry.h"

namespace hornbeam {

template <class M>
std::string default_metric_name() {
  if constexpr (requires { M::kName; }) {
    return M::kName;
  } else {
    return backend::unique_layer_name(M::kClassName);
  }
}

template <class M, class O>
class OptionsMetric : public MetricObject {
 public:
  using Options = O;
  std::string class_name() const override { return M::kClassName; }

 protected:
  explicit OptionsMetric(const O& options) : OptionsMetric(options, options.dtype) {}
  OptionsMetric(const O& options, const std::string& dtype)
      : MetricObject(options.name ? *options.name : default_metric_name<M>(), dtype), o_(options) {}
  Config arguments(Target target) const override {
    check_generation<M>(target);
    auto config = Config::dict();
    M::fields(o_, FieldWriter{config});
    if constexpr (requires { M::adjust(config, target); }) M::adjust(config, target);
    return config;
  }
  const O& options() const { return o_; }

 private:
  O o_;
};

template <class M>
MetricPointer options_metric_from_config(const Config& given) {
  const auto config = with_plain_arrays(given);
  typename M::Options options;
  std::set<std::string, std::less<>> known;
  M::fields(options, FieldReader{config, M::kClassName, known});
  read_metric_keys(config, M::kClassName, known, options.name, options.dtype);
  return std::make_shared<M>(options);
}

template <class M>
void register_options_metric() {
  register_metric_class(M::kClassName, options_metric_from_config<M>);
}

}  // namespace hornbeam
