#include "conformance/custom_objects.h"

#include "conformance/corpus_classes.h"
#include "hornbeam/fields.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"

namespace conformance {
namespace {

using hornbeam::Tensor;

Tensor parabola(const Tensor& x) { return x * 2.0 - hornbeam::ops::square(x); }
Tensor twice_and_one(const Tensor& x) { return x * 2.0 + 1.0; }
Tensor cust_loss(const Tensor& y, const Tensor& p) {
  return hornbeam::ops::reduce_mean(hornbeam::ops::pow(hornbeam::ops::abs(y - p), 1.5), -1);
}
Tensor cust_metric(const Tensor& y, const Tensor& p) {
  return hornbeam::ops::reduce_max(hornbeam::ops::abs(y - p), -1);
}

Tensor custom_activation(const Tensor& x) { return hornbeam::ops::square(hornbeam::ops::tanh(x)); }

// The corpus's layer of this name: adds a loss, and in Keras 2 a metric.
class ARReg final : public hornbeam::Layer {
 public:
  explicit ARReg(const hornbeam::Config& config)
      : Layer(hornbeam::layer_options_from(config)), rate_(config.at("rate").as_double()) {}
  hornbeam::Values call(const hornbeam::Values& inputs, hornbeam::CallContext& context) override {
    const auto& x = inputs.tensor();
    context.add_loss(hornbeam::ops::reduce_sum(hornbeam::ops::square(x)) * rate_);
    if (hornbeam::current_target() != hornbeam::Target::keras3) context.add_metric(hornbeam::ops::abs(x), "act_abs");
    return x;
  }
  hornbeam::Config get_config() const override { return Layer::get_config().set("rate", rate_); }

 private:
  double rate_;
};

// The guide's layer, whose weights are unnamed in it and named in the corpus's NamedCustomLayer.
class GuideLayer final : public hornbeam::Layer {
 public:
  GuideLayer(std::string class_name, const hornbeam::Config& config)
      : Layer(hornbeam::layer_options_from(config)),
        class_name_(std::move(class_name)),
        units_(config.at("units").as_int()) {}
  using Layer::build;
  void build(const hornbeam::Shape& shape) override {
    w_ = add_weight("w", {shape.back(), units_}, {.initializer = "random_normal"});
    b_ = add_weight("b", {units_}, {.initializer = "random_normal"});
  }
  hornbeam::Values call(const hornbeam::Values& x, hornbeam::CallContext&) override {
    return hornbeam::ops::matmul(x, w_) + b_;
  }
  std::string class_name() const override { return class_name_; }
  hornbeam::Config get_config() const override { return Layer::get_config().set("units", units_); }

 private:
  std::string class_name_;
  std::int64_t units_;
  hornbeam::Variable w_, b_;
};

hornbeam::LayerFactory guide_layer(const char* class_name) {
  return hornbeam::LayerFactory(
      [class_name](const hornbeam::Config& config) { return std::make_shared<GuideLayer>(class_name, config); });
}

}  // namespace

const hornbeam::CustomObjects& custom_objects() {
  static const hornbeam::CustomObjects objects{{"lambda", HB_FUNCTION(parabola)},
                                               {"lam", HB_FUNCTION(twice_and_one)},
                                               {"custom_activation", HB_FUNCTION(custom_activation)},
                                               {"cust_loss", hornbeam::losses::custom("cust_loss", cust_loss)},
                                               {"cust_metric", hornbeam::MetricFunction{cust_metric}},
                                               {"NamedCustomLayer", guide_layer("NamedCustomLayer")},
                                               {"CustomLayer", guide_layer("CustomLayer")},
                                               {"ARReg", hornbeam::LayerFactory([](const hornbeam::Config& config) {
                                                  return std::make_shared<ARReg>(config);
                                                })}};
  return objects;
}

const hornbeam::CustomObjects& all_custom_objects(const std::string& case_name) {
  static const auto objects = [] {
    auto all = custom_objects();
    for (const auto& classes : {guide_classes(), recurrent_classes(), structure_classes(), op_classes()}) {
      all.insert(classes.begin(), classes.end());
    }
    return all;
  }();
  static const auto with_add_loss = [] {
    auto all = objects;
    all.merge(add_loss_class());
    return all;
  }();
  return case_name == "e_add_loss" ? with_add_loss : objects;
}

}  // namespace conformance
