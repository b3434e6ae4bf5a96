// Small traced functions and comparisons for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "graph/executor.h"
#include "graph/function.h"

namespace hornbeam::graph {

inline Tensor random_tensor(const Shape& shape, unsigned seed = 1, float low = -1, float high = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> draw(low, high);
  Tensor t = Tensor::empty(DType::float32, shape);
  for (auto& v : t.mutable_data<float>()) v = draw(generator);
  return t;
}

inline Variable variable(const std::string& name, Tensor value) {
  return std::make_shared<VariableNode>(name, std::move(value), true);
}

inline TensorSpec floats(const Shape& shape) { return {DType::float32, shape}; }

inline void expect_same(const Tensor& actual, const Tensor& expected, float tolerance = 0) {
  ASSERT_EQ(actual.dtype(), expected.dtype());
  ASSERT_EQ(actual.shape(), expected.shape());
  if (actual.dtype() != DType::float32) {
    EXPECT_EQ(std::memcmp(actual.raw(), expected.raw(), actual.bytes()), 0);
    return;
  }
  const auto a = actual.data<float>(), e = expected.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_LE(std::abs(a[i] - e[i]), tolerance * (1 + std::abs(e[i])))
        << "element " << i << " is " << a[i] << ", not " << e[i];
  }
}

// Compiles the body and compares it with eager calls on the same inputs, twice (a reused state must not matter).
inline void expect_equals_eager(const Executable& compiled, const TraceBody& body, const std::vector<Tensor>& inputs,
                                float tolerance = 1e-6F) {
  const auto expected = body(inputs);
  for (int pass = 0; pass < 2; ++pass) {
    const auto actual = compiled.run(inputs);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      SCOPED_TRACE("result " + std::to_string(i));
      expect_same(actual[i], expected[i], tolerance);
    }
  }
}

inline std::unique_ptr<Executable> compile(const std::vector<TensorSpec>& arguments, const TraceBody& body) {
  return std::make_unique<Executable>(trace("f", arguments, body));
}

}  // namespace hornbeam::graph
