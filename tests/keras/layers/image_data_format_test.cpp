// The data_format of layers that are not told one, as tf.keras 2.2.3 and 2.15.1 give it (data/image_data_format.json).
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

class ImageDataFormat : public testing::Test {
 protected:
  void SetUp() override { backend::set_image_data_format("channels_first"); }
  void TearDown() override { backend::set_image_data_format("channels_last"); }
};

// What each layer cannot do without.
Config least_config(const std::string& class_name) {
  auto config = Config::dict();
  if (class_name.find("Conv") != std::string::npos) config.set("kernel_size", Config(std::vector<std::int64_t>{3}));
  if (class_name.starts_with("Locally")) config.set("kernel_size", Config(std::vector<std::int64_t>{3}));
  for (const auto* with_filters : {"Conv", "Separable", "Locally"}) {
    if (class_name.starts_with(with_filters)) config.set("filters", 4);
  }
  if (class_name.starts_with("Spatial")) config.set("rate", 0.5);
  return config;
}

TEST_F(ImageDataFormat, IsTheDefaultOfTheLayersThatKerasHasItFor) {
  const auto recorded = Config::parse(testing_support::read_file(test_data("keras") + "/image_data_format.json"));
  int layers = 0, followers = 0;
  for (const auto& [name, said] : recorded.as_dict()) {
    if (name == "image_data_format") continue;
    SCOPED_TRACE(name);
    const auto& wanted = said.at("tf-2.15.1");  // 2.2 has not all of them
    if (const auto* older = said.find("tf-2.2.3")) {
      EXPECT_TRUE(older->equivalent(wanted));
    }
    // Keras 3's own, here only where the layer is told (docs/differences.md).
    const auto layer = layers::deserialize({{"class_name", name}, {"config", least_config(name)}});
    const auto config = layer->get_config();
    const auto* format = config.find("data_format");
    EXPECT_EQ(format ? *format : Config(), wanted);
    ++layers;
    followers += format && *format == Config("channels_first");
  }
  EXPECT_EQ(layers, 40);
  EXPECT_EQ(followers, 31);
}

TEST_F(ImageDataFormat, OptionsThatDoNotSayTakeIt) {
  const auto x = Input({3, 8, 8});
  const Tensor y = Conv2D(4, 3)(x);
  EXPECT_EQ(y.shape(), Shape({None, 4, 6, 6}));
  EXPECT_EQ(MaxPooling2D()(y).tensor().shape(), Shape({None, 4, 3, 3}));
  EXPECT_EQ(GlobalAveragePooling2D()(y).tensor().shape(), Shape({None, 4}));
  const Tensor said = Conv2D(4, 3, {.data_format = "channels_last"})(x);
  EXPECT_EQ(said.shape(), Shape({None, 1, 6, 4}));
  // Those of one dimension do not.
  EXPECT_EQ(Conv1D(4, 3)(Input({8, 2})).tensor().shape(), Shape({None, 6, 4}));
  EXPECT_EQ(MaxPooling1D()(Input({8, 2})).tensor().shape(), Shape({None, 4, 2}));
}

// A layer has what stood when it was made.
TEST_F(ImageDataFormat, IsReadWhenALayerIsMade) {
  const Conv2D layer(4, 3);
  backend::set_image_data_format("channels_last");
  EXPECT_EQ(layer->get_config().at("data_format"), Config("channels_first"));
  EXPECT_EQ(backend::image_data_format(), "channels_last");
  EXPECT_EQ(Conv2D(4, 3)->get_config().at("data_format"), Config("channels_last"));
}

}  // namespace
}  // namespace hornbeam
