// Batch renormalisation in training, against TensorFlow (tools/record/record_renorm.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "hornbeam/gradient_tape.hpp"
#include "hornbeam/hornbeam.hpp"
#include "keras/engine/call_scope.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

Tensor floats(const Config& json) { return ops::cast(json_to_tensor(json), DType::float32); }

void expect_close(const Tensor& got, const Config& wanted) {
  const auto expected = floats(wanted);
  ASSERT_EQ(got.shape(), expected.shape());
  EXPECT_THAT(got.data<float>(), Pointwise(FloatNear(3e-6F), expected.data<float>()));
}

std::shared_ptr<Layer> layer_of(const Config& options) {
  auto config = BatchNormalization()->get_config();
  config.set("renorm", true);
  config.set("renorm_momentum", 0.99);
  for (const auto& [name, value] : options.as_dict()) config.set(name, value);
  return layer_of_class("BatchNormalization", config);
}

TEST(BatchRenormalization, TrainsAsTensorFlow) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1"}) {
    const auto cases = Config::parse(base::read_file(test_data("keras") + "/renorm/" + producer + ".json"));
    for (const auto& [name, record] : cases.as_dict()) {
      SCOPED_TRACE(producer + " " + name);
      const auto layer = layer_of(record.at("options"));
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
        const auto y = (*layer)(Tensor(x), {.training = true}).tensor();
        const auto loss = ops::reduce_sum(y * floats(step.at("towards")));
        std::vector<Variable> sources{x};
        for (const auto& v : layer->trainable_weights()) sources.push_back(v);
        const auto gradients = tape.gradient(loss, sources);
        scope.apply_updates();
        expect_close(y, step.at("y"));
        for (std::size_t i = 0; i < sources.size(); ++i) expect_close(gradients[i], step.at("gradients").at(i));
        const auto after = layer->get_weights();
        for (std::size_t i = 0; i < after.size(); ++i) expect_close(after[i], step.at("after").at(i));
      }
    }
  }
}

}  // namespace
}  // namespace hornbeam
