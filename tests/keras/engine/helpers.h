// What the engine's tests share: small float tensors, comparisons, texts of errors.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "hornbeam/hornbeam.hpp"

namespace hornbeam::engine_test {

inline Tensor floats(const Shape& shape, const std::vector<float>& values) { return Tensor::from(shape, values); }

inline std::vector<float> values_of(const Tensor& t) {
  const auto data = t.data<float>();
  return {data.begin(), data.end()};
}

inline void expect_values(const Tensor& got, const Shape& shape, const std::vector<float>& expected,
                          double tolerance = 1e-6) {
  EXPECT_EQ(got.shape().to_string(), shape.to_string());
  const auto values = values_of(got);
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << "element " << i;
}

// The text of the E that `call` throws; empty (and a failure) when it throws none.
template <class E, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

// Gives every weight 0.1, 0.2, ... in order, then starts again at 1.0.
inline void count_up(Layer& layer) {
  std::vector<Tensor> weights;
  for (const auto& w : layer.get_weights()) {
    std::vector<float> values(static_cast<std::size_t>(w.num_elements()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.1F * static_cast<float>(i % 10 + 1);
    weights.push_back(floats(w.shape(), values));
  }
  layer.set_weights(weights);
}

inline std::vector<std::string> names_of(const std::vector<Variable>& variables) {
  std::vector<std::string> names;
  for (const auto& v : variables) names.push_back(v->name());
  return names;
}

inline std::vector<std::string> names_of(const std::vector<std::shared_ptr<Layer>>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer->name());
  return names;
}

using Names = std::vector<std::string>;

// Default names start anew for every test.
class EngineTest : public testing::Test {
 protected:
  void SetUp() override { backend::clear_session(); }
};

}  // namespace hornbeam::engine_test
