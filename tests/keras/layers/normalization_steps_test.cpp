// Batch normalisation in training, renormalised (tools/record/record_renorm.py) or synchronised
// (record_synchronized.py), against the Kerases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/mapped_file.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/call_scope.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

Tensor floats(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

constexpr float kNear = 3e-6F;

void expect_close(const Tensor& got, const Config& wanted, float near = kNear) {
  const auto expected = floats(wanted);
  ASSERT_EQ(got.shape(), expected.shape());
  EXPECT_THAT(got.data<float>(), Pointwise(FloatNear(near), expected.data<float>()));
}

std::shared_ptr<Layer> layer_of(const std::string& class_name, const Config& options) {
  auto config = BatchNormalization()->get_config();
  for (const auto& [name, value] : options.as_dict()) config.set(name, value);
  return layer_of_class(class_name.c_str(), config);
}

// y is x * scale + (offset - mean * scale): what two roundings of terms so large leave, where all of x is far from
// zero.
float rounded_off(const Tensor& x, const Tensor& y, const Config& options) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  std::set<std::int64_t> kept;
  const auto* axis = options.find("axis");
  for (const auto a : axis ? axis->is_list() ? axis->as_ints() : std::vector{axis->as_int()} : std::vector{rank - 1}) {
    kept.insert(a);
  }
  std::vector<std::int64_t> reduce;
  for (std::int64_t i = 0; i < rank; ++i) {
    if (!kept.contains(i)) reduce.push_back(i);
  }
  const auto span = [&](const Tensor& t) { return ops::reduce_max(t, reduce) - ops::reduce_min(t, reduce); };
  const auto scale = ops::reduce_max(ops::divide_no_nan(span(y), span(x))).data<float>()[0];
  const auto largest = ops::reduce_max(ops::abs(x)).data<float>()[0];
  return 2 * largest * std::max(scale, 1.0F) * std::numeric_limits<float>::epsilon();
}

// `far`: some inputs are far from zero.
void expect_steps(const std::shared_ptr<Layer>& layer, const Config& record, bool far) {
  auto dims = record.at("shape").as_ints();
  dims[0] = None;
  layer->ensure_built({Shape(dims)});
  std::vector<Tensor> weights;
  for (const auto& value : record.at("before").as_list()) weights.push_back(floats(value));
  layer->set_weights(weights);
  for (const auto& step : record.at("steps").as_list()) {
    const auto x = std::make_shared<VariableNode>("x", floats(step.at("x")), /*trainable=*/true);
    CallScope scope(true);
    GradientTape tape;
    CallOptions how{.training = true};
    if (const auto* mask = record.find("mask")) how.mask = ops::cast(json_to_tensor(*mask), DType::boolean);
    const auto y = (*layer)(Tensor(x), how).tensor();
    const auto loss = ops::reduce_sum(y * floats(step.at("towards")));
    std::vector<Variable> sources{x};
    for (const auto& v : layer->trainable_weights()) sources.push_back(v);
    const auto gradients = tape.gradient(loss, sources);
    scope.apply_updates();
    const auto near = std::max(kNear, far ? rounded_off(Tensor(x), y, record.at("options")) : 0);
    expect_close(y, step.at("y"), near);
    for (std::size_t i = 0; i < sources.size(); ++i) expect_close(gradients[i], step.at("gradients").at(i), near);
    const auto after = layer->get_weights();
    for (std::size_t i = 0; i < after.size(); ++i) expect_close(after[i], step.at("after").at(i));
  }
}

Config recorded_steps(const std::string& folder, const std::string& producer) {
  return Config::parse(base::read_file(test_data("keras") + "/" + folder + "/" + producer + ".json"));
}

TEST(BatchRenormalization, TrainsAsTensorFlow) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1"}) {
    const auto records = recorded_steps("renorm", producer);
    for (const auto& [name, record] : records.as_dict()) {
      SCOPED_TRACE(producer + " " + name);
      auto options = Config{{"renorm", true}, {"renorm_momentum", 0.99}};
      for (const auto& [key, value] : record.at("options").as_dict()) options.set(key, value);
      expect_steps(layer_of("BatchNormalization", options), record, /*far=*/false);
    }
  }
}

TEST(SyncBatchNormalization, TrainsAsTheKerases) {
  const std::map<std::string, Target> producers{
      {"tf-2.2.3", Target::tf22}, {"tf-2.15.1", Target::tf215}, {"keras-3.15.1", Target::keras3}};
  for (const auto& [producer, target] : producers) {
    const TargetScope scope(target);
    const auto records = recorded_steps("synchronized", producer);
    for (const auto& [name, record] : records.as_dict()) {
      SCOPED_TRACE(producer + " " + name);
      expect_steps(layer_of(record.at("class").as_string(), record.at("options")), record, /*far=*/true);
    }
  }
}

}  // namespace
}  // namespace hornbeam
