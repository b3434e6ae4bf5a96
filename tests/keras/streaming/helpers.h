// Sequences for tests of streams, step by step.
#pragma once

#include "keras/engine/helpers.h"

namespace hornbeam::streaming_test {

using namespace engine_test;  // NOLINT(google-build-using-namespace)

// Numbers without a period.
inline Tensor noise(const Shape& shape, double speed = 1.7) {
  std::vector<float> values(static_cast<std::size_t>(shape.num_elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(std::sin(speed * static_cast<double>(i * i % 1009)));
  return floats(shape, values);
}

// Steps [0, count) of [batch, time, ...].
inline Tensor steps_of(const Tensor& x, std::int64_t count) {
  std::vector<std::int64_t> sizes(x.rank(), -1);
  sizes[1] = count;
  return ops::slice(x, std::vector<std::int64_t>(x.rank(), 0), sizes);
}

// Step t, without the time.
inline Tensor step_of(const Tensor& x, std::int64_t t) {
  std::vector<std::int64_t> begin(x.rank(), 0), sizes(x.rank(), -1);
  begin[1] = t;
  sizes[1] = 1;
  return ops::squeeze(ops::slice(x, begin, sizes), {1});
}

inline Values map_leaves(const Values& x, const std::function<Tensor(const Tensor&)>& f) {
  auto leaves = x.flatten();
  for (auto& t : leaves) t = f(t);
  return x.pack_like(leaves);
}

// A stream gives after each step what predict gives for the steps so far.
inline void expect_streams(Model& model, const Values& x, double tolerance = 1e-6) {
  const auto first = x.flatten().at(0);
  const auto batch = first.shape()[0], steps = first.shape()[1];
  const Model& shared = model;
  auto state = shared.make_state(batch);
  for (std::int64_t t = 0; t < steps; ++t) {
    SCOPED_TRACE("step " + std::to_string(t));
    const auto got = shared.step(map_leaves(x, [t](const Tensor& a) { return step_of(a, t); }), state).flatten();
    const auto whole = map_leaves(x, [t](const Tensor& a) { return steps_of(a, t + 1); });
    const auto want = model.predict(whole, {.batch_size = batch}).flatten();
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      const bool sequence = want[i].rank() > got[i].rank();
      const auto w = ops::cast(sequence ? step_of(want[i], t) : want[i], DType::float32);
      expect_values(ops::cast(got[i], DType::float32), w.shape(), values_of(w), tolerance);
    }
  }
}

}  // namespace hornbeam::streaming_test
