#include "reverse/interop_models.h"

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"

namespace reverse {

using namespace hornbeam;

namespace {

using Generation = std::optional<OptimizerGeneration>;

// The k-th of a salted series between -0.5 and 0.5; the same double in Python.
double number(std::int64_t k, std::int64_t salt) {
  return static_cast<double>((k * 7919 + salt * 104729 + 13) % 1999) / 1999.0 - 0.5;
}

Tensor numbers(const Shape& shape, std::int64_t salt) {
  auto result = Tensor::empty(DType::float32, shape);
  auto values = result.mutable_data<float>();
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] = static_cast<float>(number(static_cast<std::int64_t>(k), salt));
  }
  return result;
}

Tensor integers(const Shape& shape, std::int64_t salt, std::int64_t below) {
  auto result = Tensor::empty(DType::int32, shape);
  auto values = result.mutable_data<std::int32_t>();
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] = static_cast<std::int32_t>((static_cast<std::int64_t>(k) * 7919 + salt * 104729 + 13) % 1999 % below);
  }
  return result;
}

Tensor far_loss(const Tensor& y, const Tensor& p) { return ops::reduce_mean(ops::pow(ops::abs(y - p), 1.5), -1); }

class TwoDense final : public Model {
 public:
  TwoDense() : Model("two_dense") {}
  Values call(const Values& x, CallContext&) override { return second_(first_(x)); }
  std::string class_name() const override { return "TwoDense"; }

 private:
  Dense first_ = track("first", Dense(6, {.activation = "relu", .name = "first"}));
  Dense second_ = track("second", Dense(2, {.name = "second"}));
};

ModelRef dense(Generation generation) {
  const auto x = Input({6}, {.name = "x"});
  Values y = Dense(8, {.activation = "relu", .name = "hidden"})(x);
  y = BatchNormalization({.name = "normal"})(y);
  y = Dropout(0.5, {.name = "drop"})(y, {.training = false});
  auto model = Functional(x, Dense(3, {.activation = "softmax", .name = "out"})(y), {.name = "dense"});
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01, .generation = generation}),
                  .loss = "sparse_categorical_crossentropy",
                  .metrics = {"accuracy"}});
  return model;
}

ModelRef conv(Generation generation) {
  Sequential model({Input({8, 8, 2}, {.name = "x"}), Conv2D(4, 3, {.activation = "relu", .name = "conv"}),
                    MaxPooling2D({.name = "pool"}), Flatten({.name = "flat"}), Dense(2, {.name = "out"})},
                   {.name = "conv_net"});
  model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9, .generation = generation}),
                  .loss = "mse",
                  .metrics = {"mae"}});
  return model;
}

ModelRef lstm(Generation generation) {
  const auto x = Input({5}, {.name = "x", .dtype = "int32"});
  Values y = Embedding(10, 4, {.mask_zero = true, .name = "words"})(x);
  y = LSTM(6, {.name = "lstm"})(y);
  auto model = Functional(x, Dense(1, {.activation = "sigmoid", .name = "out"})(y), {.name = "lstm_net"});
  model->compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.01, .generation = generation}),
                  .loss = "binary_crossentropy"});
  return model;
}

ModelRef custom_loss(Generation generation) {
  const auto x = Input({4}, {.name = "x"});
  const Values y = Dense(5, {.activation = "tanh", .name = "hidden"})(x);
  auto model = Functional(x, Values{Dense(2, {.name = "a"})(y), Dense(1, {.name = "b"})(y)}, {.name = "custom_loss"});
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01, .generation = generation}),
                  .loss = {losses::custom("far_loss", far_loss), "mae"},
                  .loss_weights = {1.0, 0.5}});
  return model;
}

ModelRef subclassed(Generation generation) {
  ModelRef model = make<TwoDense>();
  (*model)(interop_x("subclassed", 0));
  model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.01, .momentum = 0.9, .generation = generation}),
                  .loss = "mse"});
  return model;
}

}  // namespace

const std::vector<std::string>& interop_models() {
  static const std::vector<std::string> names{"dense", "conv", "lstm", "custom_loss", "subclassed"};
  return names;
}

ModelRef interop_model(const std::string& name, const std::string& target) {
  backend::clear_session();
  const auto generation = target.empty() ? Generation() : generation_for(target_named(target));
  auto model = name == "dense"         ? dense(generation)
               : name == "conv"        ? conv(generation)
               : name == "lstm"        ? lstm(generation)
               : name == "custom_loss" ? custom_loss(generation)
                                       : subclassed(generation);
  if (!target.empty()) model->set_target(target);
  std::int64_t salt = 0;
  for (const auto& variable : model->weights()) {
    auto value = numbers(variable->shape(), salt++);
    if (variable->name().find("variance") != std::string::npos) value = value + 1.0;
    variable->assign(value);
  }
  return model;
}

Values interop_x(const std::string& name, std::int64_t batch) {
  const auto salt = 100 + batch;
  if (name == "conv") return numbers({kInteropRows, 8, 8, 2}, salt);
  if (name == "lstm") return integers({kInteropRows, 5}, salt, 10);
  return numbers({kInteropRows, name == "dense" ? 6 : 4}, salt);
}

Values interop_y(const std::string& name, std::int64_t batch) {
  const auto salt = 200 + batch;
  if (name == "dense") return integers({kInteropRows}, salt, 3);
  if (name == "lstm") return ops::cast(integers({kInteropRows, 1}, salt, 2), DType::float32);
  if (name == "custom_loss") return Values{numbers({kInteropRows, 2}, salt), numbers({kInteropRows, 1}, salt)};
  return numbers({kInteropRows, 2}, salt);
}

CustomObjects interop_functions() { return {{"far_loss", losses::custom("far_loss", far_loss)}}; }

}  // namespace reverse
