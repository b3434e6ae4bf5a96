// Classes of the guide's models.
#include "conformance/corpus_classes.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

class CustomModel final : public Model {
 public:
  Config get_config() const override { return Config{{"hidden_units", std::vector<std::int64_t>{16, 16, 10}}}; }
  Values call(const Values& inputs, CallContext&) override {
    auto x = inputs;
    for (const auto& layer : dense_layers_) x = layer(x);
    return x;
  }

 private:
  const std::vector<Dense> dense_layers_ = track("dense_layers", std::vector<Dense>{Dense(16), Dense(16), Dense(10)});
};

class SubclassedModel final : public Model {
 public:
  explicit SubclassedModel(const Config& config) : Model(ModelOptions{.name = config.get_string("name", "")}) {}
  Config get_config() const override { return Config{{"output_dim", 10}, {"name", name()}}; }
  Values call(const Values& inputs, CallContext&) override { return dense_3(dense_2(dense_1(inputs))); }

 private:
  HB_ATTR(dense_1, Dense(64, {.activation = "relu", .name = "dense_1"}));
  HB_ATTR(dense_2, Dense(64, {.activation = "relu", .name = "dense_2"}));
  HB_ATTR(dense_3, Dense(10, {.name = "predictions"}));
};

class ContrivedModel final : public CorpusModel {
 public:
  ContrivedModel() : kernel_(add_weight("kernel", {64, 10})), bias_(add_weight("bias", {10})) {}
  Values call(const Values& inputs, CallContext&) override {
    return ops::matmul(first_dense(inputs).tensor(), kernel_) + bias_;
  }

 private:
  HB_ATTR(first_dense, Dense(64));
  const Variable kernel_, bias_;
};

class NestedDenseLayer final : public Layer {
 public:
  explicit NestedDenseLayer(const Config& config) : Layer(config.at("name").as_string()), given_(config) {}
  // Its constructor takes no **kwargs, so Keras 2 writes no others.
  Config get_config() const override { return given_; }
  Values call(const Values& inputs, CallContext&) override { return dense_2_(dense_1_(inputs)); }

 private:
  const Config given_;
  const std::int64_t units_ = given_.at("units").as_int();
  const Dense dense_1_ = track("dense_1", Dense(units_, {.name = "dense_1"}));
  const Dense dense_2_ = track("dense_2", Dense(units_, {.name = "dense_2"}));
};

}  // namespace

CustomObjects guide_classes() {
  return {{"CustomModel", plain_class<CustomModel>()},
          {"SubclassedModel", LayerFactory([](const Config& c) { return std::make_shared<SubclassedModel>(c); })},
          {"ContrivedModel", plain_class<ContrivedModel>()},
          {"NestedDenseLayer", LayerFactory([](const Config& c) { return std::make_shared<NestedDenseLayer>(c); })}};
}

}  // namespace conformance
