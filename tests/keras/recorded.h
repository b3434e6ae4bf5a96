// What real Keras said: PRODUCER.json and PRODUCER.npz of a folder of tests/keras/data.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {

struct Recorded {
  Recorded(const std::string& folder, const std::string& name) : producer(name) {
    const auto stem = test_data("keras") + "/" + folder + "/" + producer;
    json = Config::parse(read_file(stem + ".json"), stem + ".json");
    for (auto& [key, tensor] : load_npz(stem + ".npz")) arrays[key] = tensor;
  }
  std::string producer;
  Config json;
  std::map<std::string, Tensor> arrays;
};

// |got - want| <= atol + rtol |want|; NaN matches NaN, an infinity itself.
inline void expect_close(const Tensor& got, const Tensor& want, double rtol, double atol, const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  ASSERT_EQ(got.dtype(), want.dtype()) << what;
  const auto a = ops::cast(got, DType::float64), b = ops::cast(want, DType::float64);
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    const auto x = a.data<double>()[i], y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    ASSERT_LE(std::abs(x - y), atol + rtol * std::abs(y)) << what << " at " << i << ": " << x << " instead of " << y;
  }
}

// The config has every key that Keras recorded, with its value; it may say more.
inline void expect_says(const Config& got, const Config& want, const std::string& what) {
  for (const auto& [key, value] : want.as_dict()) {
    const auto* found = got.find(key);
    if (!found && value.is_null()) continue;
    ASSERT_TRUE(found) << what << " lacks " << key << ": " << got.dump();
    EXPECT_TRUE(found->equivalent(value)) << what << ": " << key << " = " << found->dump() << ", not " << value.dump();
  }
}

inline constexpr const char* kProducers[] = {"tf-2.2.3", "tf-2.15.1", "keras-3.15.1"};

}  // namespace hornbeam::testing_support
