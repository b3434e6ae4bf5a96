// Layers that stand in several models of a config: which places are one layer.
#include "keras/serialization/shared_layers.h"

#include <gtest/gtest.h>

#include <chrono>

#include "hornbeam/hornbeam.hpp"

namespace hornbeam {
namespace {

Config activation(const std::string& name, std::optional<std::int64_t> mark) {
  Config layer{{"class_name", "Activation"}, {"config", {{"name", name}, {"activation", "relu"}}}};
  if (mark) layer.set("shared_object_id", *mark);
  return layer;
}

Config model_of(Config::List layers) {
  return Config{{"class_name", "Functional"}, {"config", {{"layers", Config(std::move(layers))}}}};
}

TEST(SharedLayers, AMarkedPlaceIsTheUnmarkedOneThatSaysTheSame) {
  const auto config =
      model_of({activation("a", {}), activation("b", {}), activation("a", 1), activation("c", 2), activation("a", 1)});
  const auto& places = config.at("config").at("layers").as_list();
  const SharedLayersScope scope(config);
  const std::shared_ptr<Layer> a = Dense(1).ptr(), b = Dense(1).ptr();
  EXPECT_EQ(shared_layer(places[0]), nullptr);
  note_layer(places[0], a);
  note_layer(places[1], b);
  EXPECT_EQ(shared_layer(places[2]), a);
  note_layer(places[2], a);
  EXPECT_EQ(shared_layer(places[3]), nullptr);
  EXPECT_EQ(shared_layer(places[4]), a);
  // Also of a copy of the place.
  const auto copy = places[2];
  EXPECT_EQ(shared_layer(copy), a);
  // With one more that says the same, which of them is meant cannot be told.
  const auto two = model_of({activation("a", {}), activation("a", {}), activation("a", 1)});
  const auto& both = two.at("config").at("layers").as_list();
  const SharedLayersScope another(two);
  note_layer(both[0], a);
  note_layer(both[1], b);
  EXPECT_EQ(shared_layer(both[2]), nullptr);
}

// Each with each would be some hundred million comparisons.
TEST(SharedLayers, ManyTakeNoLongerThanTheyAreMany) {
  constexpr int kMany = 20000;
  Config::List layers;
  for (int i = 0; i < kMany; ++i) layers.push_back(activation("plain_" + std::to_string(i), {}));
  for (int i = 0; i < kMany; ++i) layers.push_back(activation("plain_" + std::to_string(kMany - 1 - i), i));
  for (int i = 0; i < kMany; ++i) layers.push_back(activation("other_" + std::to_string(i), {}));
  const auto config = model_of(std::move(layers));
  const auto& places = config.at("config").at("layers").as_list();
  const std::shared_ptr<Layer> layer = Dense(1).ptr();
  const auto begin = std::chrono::steady_clock::now();
  const SharedLayersScope scope(config);
  int found = 0;
  for (const auto& place : places) {
    if (shared_layer(place)) {
      ++found;
    } else {
      note_layer(place, layer);
    }
  }
  EXPECT_EQ(found, kMany);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace hornbeam
