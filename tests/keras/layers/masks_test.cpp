// What masks do in each Keras, layer by layer and merge by merge (recorded: tests/keras/data/masks/README.md).
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "../recorded.h"
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "hornbeam/target.hpp"
#include "keras/serialization/dialect.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::kProducers;
using testing_support::Recorded;

Target target_of(const std::string& producer) {
  if (producer == "tf-2.2.3") return Target::tf22;
  return producer == "tf-2.15.1" ? Target::tf215 : Target::keras3;
}

// Those that the recorder gave the models.
std::vector<Tensor> weights_like(const std::vector<Tensor>& given) {
  std::vector<Tensor> weights;
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::vector<double> values(static_cast<std::size_t>(given[i].num_elements()));
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = 0.5 + 0.3 * std::sin(static_cast<double>(k) * 1.7 + static_cast<double>(i));
    }
    weights.push_back(ops::cast(Tensor::from(given[i].shape(), values), given[i].dtype()));
  }
  return weights;
}

Values inputs_of(const Config& model_config, const Recorded& recorded) {
  Values::List inputs;
  const auto& named = model_config.at("config").at("input_layers").as_list();
  const bool one = named[0].is_string();  // Keras 3's ["x", 0, 0]
  for (const auto& input : named) {
    inputs.emplace_back(recorded.arrays.at(one ? input.as_string() : input.at(std::size_t{0}).as_string()));
    if (one) break;
  }
  return inputs.size() == 1 ? inputs[0] : Values(inputs);
}

void expect_as_recorded(const std::string& name, const std::string& text, const Recorded& recorded) {
  const auto what = recorded.producer + " " + name;
  const auto model = models::model_from_json(text);
  model->set_weights(weights_like(model->get_weights()));
  const auto outputs = model->predict(inputs_of(Config::parse(text, what), recorded)).flatten();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    expect_close(outputs[i], recorded.arrays.at(name + "." + std::to_string(i)), 1e-5, 1e-6, what);
  }
}

// docs/differences.md: the mask that tf.keras 2.15's Identity loses.
bool is_a_named_difference(const std::string& producer, const std::string& name) {
  return producer == "tf-2.15.1" && name == "Identity";
}

}  // namespace

TEST(RecordedMasks, EachLayerAndMergeDoesWithThemWhatItsKerasDoes) {
  std::size_t models = 0;
  for (const std::string producer : kProducers) {
    const Recorded recorded("masks", producer);
    for (const auto& [name, entry] : recorded.json.at("models").as_dict()) {
      const auto* text = entry.find("json");
      if (!text || is_a_named_difference(producer, name)) continue;
      try {
        expect_as_recorded(name, text->as_string(), recorded);
      } catch (const Error& error) {
        ADD_FAILURE() << producer << " " << name << ": " << error.what();
      }
      ++models;
    }
  }
  EXPECT_GT(models, 300U);
}

TEST(RecordedMasks, TheSameClassesSupportThem) {
  // Never called with a mask; has a rule of its own for the mask of its output.
  const std::set<std::string> by_other_means{"InputLayer", "Lambda"};
  for (const std::string producer : kProducers) {
    const auto file = test_data("keras") + "/layer_arguments/" + producer + ".json";
    const auto arguments = Config::parse(testing_support::read_file(file), file);
    const Recorded recorded("masks", producer);
    const TargetScope target(target_of(producer));
    const GenerationScope generation(producer == "keras-3.15.1" ? Generation::keras3 : Generation::keras2);
    for (const auto& [name, supports] : recorded.json.at("supports_masking").as_dict()) {
      if (!find_layer_class(name) || by_other_means.contains(name) || is_a_named_difference(producer, name)) continue;
      const auto layer =
          layers::deserialize({{"class_name", name}, {"config", arguments.at("classes").at(name).at("config")}});
      EXPECT_EQ(layer->supports_masking(), supports.as_bool()) << producer << " " << name;
    }
  }
}

}  // namespace hornbeam
