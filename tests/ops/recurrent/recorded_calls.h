// What Keras's recurrent layers gave (tools/record/record_recurrent.py), as calls of the recurrent ops.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "ops/op_def.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {

struct RecurrentCall {
  std::string op;
  Attrs attrs;
  std::vector<Tensor> inputs;
  std::size_t sources;                            // the first inputs, which have gradients
  std::vector<Tensor> outputs, seeds, gradients;  // of the outputs weighed with the seeds
};

class RecurrentCalls {
 public:
  explicit RecurrentCalls(const std::string& producer) {
    const auto stem = test_data("ops") + "/recurrent/" + producer;
    rows = Config::parse(read_file(stem + ".json"), stem);
    for (auto& [key, tensor] : load_npz(stem + ".npz")) numbers_[key] = tensor;
  }

  RecurrentCall call(const Config& row) const {
    RecurrentCall c{row.at("op").as_string(), {}, arrays(row.at("inputs")), 0, {}, {}, {}};
    c.sources = c.inputs.size();
    for (const auto& [key, value] : row.at("attrs").as_dict()) {
      c.attrs.set(key, value.is_string() ? AttrValue(value.as_string()) : AttrValue(value.as_bool()));
    }
    const auto& mask = row.at("mask");
    c.attrs.set("num_bias", static_cast<std::int64_t>(row.at("bias").as_bool()));
    c.attrs.set("num_masks", static_cast<std::int64_t>(!mask.is_null()));
    if (!mask.is_null()) c.inputs.push_back(array(mask));
    c.outputs = arrays(row.at("outputs"));
    c.seeds = arrays(row.at("seeds"));
    c.gradients = arrays(row.at("gradients"));
    return c;
  }

  Config rows;

 private:
  Tensor array(const Config& place) const {
    const auto& all = numbers_.at(place.at(0).as_string());
    const auto at = static_cast<std::size_t>(place.at(1).as_int()) * size_of(all.dtype());
    return Tensor::borrow(all.dtype(), Shape(place.at(2).as_ints()), all.raw() + at, all.impl());
  }
  std::vector<Tensor> arrays(const Config& places) const {
    std::vector<Tensor> list;
    for (const auto& place : places.as_list()) list.push_back(array(place));
    return list;
  }
  std::map<std::string, Tensor> numbers_;
};

inline double recurrent_tolerance(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 1e-12;
    case DType::float32:
      return 2e-6;
    default:
      return 4e-3;  // TensorFlow rounds to float16 in every op
  }
}

inline void expect_near(const Tensor& found, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(found.dtype(), expected.dtype()) << what;
  ASSERT_EQ(found.shape(), expected.shape()) << what;
  const auto a = ops::cast(found, DType::float64), b = ops::cast(expected, DType::float64);
  double scale = 1;
  for (const double x : b.data<double>()) scale = std::max(scale, std::abs(x));
  const auto tolerance = recurrent_tolerance(found.dtype()) * scale;
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    ASSERT_NEAR(a.data<double>()[i], b.data<double>()[i], tolerance) << what << " at " << i;
  }
}

}  // namespace hornbeam::testing_support
