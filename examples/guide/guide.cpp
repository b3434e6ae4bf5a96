#include "guide.h"

#include <cmath>
#include <sstream>

namespace guide {
namespace {

[[noreturn]] void fail(const std::string& text, const std::source_location& place) {
  const auto file = std::filesystem::path(place.file_name()).filename().string();
  throw hb::AssertionError(file + ":" + std::to_string(place.line()) + ": " + text);
}

}  // namespace

void check(bool holds, const std::string& expected, std::source_location place) {
  if (!holds) fail("expected that " + expected, place);
}

void assert_allclose(const hb::Values& actual, const hb::Values& desired, double rtol, std::source_location place) {
  const hb::Tensor a = actual, d = desired;
  if (a.shape() != d.shape()) {
    fail("the shapes " + a.shape().to_string() + " and " + d.shape().to_string() + " differ", place);
  }
  const auto got = hb::ops::cast(a, hb::DType::float64), wanted = hb::ops::cast(d, hb::DType::float64);
  for (std::size_t i = 0; i < got.data<double>().size(); ++i) {
    const double x = got.data<double>()[i], y = wanted.data<double>()[i];
    if (std::abs(x - y) <= rtol * std::abs(y)) continue;
    std::ostringstream text;
    text.precision(9);
    text << "not equal to tolerance rtol=" << rtol << ": element " << i << " is " << x << ", expected " << y;
    fail(text.str(), place);
  }
}

void assert_same_weights(const std::vector<hb::Variable>& actual, const std::vector<hb::Variable>& desired,
                         std::source_location place) {
  check(actual.size() == desired.size(), "there are as many weights", place);
  for (std::size_t i = 0; i < actual.size(); ++i) assert_allclose(actual[i]->value(), desired[i]->value(), 1e-7, place);
}

bool same_values(const hb::Values& a, const hb::Values& b) {
  return error_of([&] { assert_allclose(a, b); }).empty();
}

std::string error_of(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const hb::Error& error) {
    return error.report();
  }
  return {};
}

void leave_numbers(const std::string& path, const hb::Tensor& x, const hb::Values& y) {
  hb::save_npy(path + ".x.npy", x);
  hb::save_npy(path + ".y.npy", y);
}

void leave_values(const std::string& path, const hb::NamedTensors& values) { hb::save_npz(path + ".npz", values); }

hb::Functional get_model() {
  const auto inputs = hb::Input({32});
  const auto outputs = hb::Dense(1)(inputs);
  const auto model = hb::Functional(inputs, outputs);
  model->compile({.optimizer = "adam", .loss = "mean_squared_error"});
  return model;
}

hb::Functional functional_model() {
  const auto inputs = hb::Input({784}, {.name = "digits"});
  auto x = hb::Dense(64, {.activation = "relu", .name = "dense_1"})(inputs);
  x = hb::Dense(64, {.activation = "relu", .name = "dense_2"})(x);
  const auto outputs = hb::Dense(10, {.name = "predictions"})(x);
  return hb::Functional(inputs, outputs, {.name = "3_layer_mlp"});
}

hb::Sequential sequential_model() {
  return hb::Sequential({
      hb::Input({784}, {.name = "digits"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_1"}),
      hb::Dense(64, {.activation = "relu", .name = "dense_2"}),
      hb::Dense(10, {.name = "predictions"}),
  });
}

}  // namespace guide
