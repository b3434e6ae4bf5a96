// What Keras's recurrent layers gave (tools/record/record_recurrent.py): outputs, last states and gradients.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "hornbeam/config.hpp"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "ops/op_def.h"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

class Recorded {
 public:
  explicit Recorded(const std::string& producer) {
    const auto stem = test_data("ops") + "/recurrent/" + producer;
    rows = Config::parse(testing_support::read_file(stem + ".json"), stem);
    for (auto& [key, tensor] : load_npz(stem + ".npz")) numbers_[key] = tensor;
  }
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
  Config rows;

 private:
  std::map<std::string, Tensor> numbers_;
};

double tolerance_of(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 1e-12;
    case DType::float32:
      return 2e-6;
    default:
      return 4e-3;  // TensorFlow rounds to float16 in every op
  }
}

void expect_near(const Tensor& found, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(found.dtype(), expected.dtype()) << what;
  ASSERT_EQ(found.shape(), expected.shape()) << what;
  const auto a = ops::cast(found, DType::float64), b = ops::cast(expected, DType::float64);
  double scale = 1;
  for (const double x : b.data<double>()) scale = std::max(scale, std::abs(x));
  for (std::size_t i = 0; i < a.data<double>().size(); ++i) {
    ASSERT_NEAR(a.data<double>()[i], b.data<double>()[i], tolerance_of(found.dtype()) * scale) << what << " at " << i;
  }
}

class RecordedRecurrent : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedRecurrent, FusedOpsGiveIt) {
  const Recorded recorded(GetParam());
  for (const auto& row : recorded.rows.as_list()) {
    SCOPED_TRACE(row.dump());
    const auto& op = row.at("op").as_string();
    auto inputs = recorded.arrays(row.at("inputs"));
    const auto sources = inputs;
    Attrs attrs;
    for (const auto& [key, value] : row.at("attrs").as_dict()) {
      attrs.set(key, value.is_string() ? AttrValue(value.as_string()) : AttrValue(value.as_bool()));
    }
    attrs.set("num_bias", static_cast<std::int64_t>(row.at("bias").as_bool()));
    attrs.set("num_masks", static_cast<std::int64_t>(!row.at("mask").is_null()));
    if (!row.at("mask").is_null()) inputs.push_back(recorded.array(row.at("mask")));
    GradientTape tape;
    tape.watch(sources);
    const auto outputs = call_op(op, inputs, attrs);
    const auto expected = recorded.arrays(row.at("outputs"));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_near(outputs[i], expected[i], "output " + std::to_string(i));
    }
    const std::vector<Tensor> targets(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(expected.size()));
    const auto found = tape.gradient(targets, sources, {.output_gradients = recorded.arrays(row.at("seeds"))});
    const auto gradients = recorded.arrays(row.at("gradients"));
    ASSERT_EQ(found.size(), gradients.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      expect_near(found[i], gradients[i], "gradient " + std::to_string(i));
    }
  }
  EXPECT_GT(recorded.rows.size(), 80U);
}

INSTANTIATE_TEST_SUITE_P(Producers, RecordedRecurrent, ::testing::Values("tf-2.2.3", "tf-2.15.1", "keras-3.15.1"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (auto& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace hornbeam
