// Image layers, normalizations and adaptive pools against what real Keras computed; random layers by their statistics.
#include "keras/layers/recorded_row.h"
#include "keras/serialization/dialect_write.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

class RecordedImageLayers : public testing::TestWithParam<const char*> {
 protected:
  template <class Check>
  void each(const Check& check) {
    const Recorded recorded("image_layers", GetParam());
    ASSERT_GT(recorded.json.at("rows").as_list().size(), 25U);
    for (const auto& config : recorded.json.at("rows").as_list()) {
      Row row(recorded, config);
      SCOPED_TRACE(row.name);
      check(row, config);
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(RecordedImageLayers, OutputsAndGradients) {
  each([](Row& row, const Config& config) {
    row.set_weights();
    if (config.at("gradients").as_bool()) return expect_outputs_and_gradients(row);
    row.expect_outputs(row.layer(row.x, row.options()));
  });
}

TEST_P(RecordedImageLayers, InModels) {
  each([](Row& row, const Config& config) {
    if (row.x.rank() == 4 && !config.at("training").as_bool() && config.at("mask").is_null()) {
      expect_outputs_in_a_model(row);
    }
  });
}

// Of images whose size nobody knows, where the layer can do with it.
TEST_P(RecordedImageLayers, InModelsOfAnySize) {
  int count = 0;
  each([&](Row& row, const Config& config) {
    const auto name = row.layer->class_name();
    if (name != "Resizing" && name != "CenterCrop" && name != "RandomFlip" && name != "UpSampling2D") return;
    const auto layer = row.layer->get_config();
    const auto* format = layer.find("data_format");
    const auto* pad = layer.find("pad_to_aspect_ratio");
    if (row.x.rank() != 4 || config.at("training").as_bool() || (format && *format == Config("channels_first")) ||
        (pad && *pad == Config(true))) {
      return;
    }
    expect_outputs_in_a_model(row, /*any_size=*/true);
    ++count;
  });
  EXPECT_GT(count, 15);
}

// Written as that Keras writes them, to the letter.
TEST_P(RecordedImageLayers, Configs) {
  each([&](Row& row, const Config&) {
    const auto layer = layers::deserialize(row.recorded_layer());
    const auto written = to_dialect(*layer, {.target = row.target(), .v3_objects = row.target() != Target::tf22});
    EXPECT_EQ(written.at("config").dump(), row.recorded_layer().at("config").dump());
  });
}

INSTANTIATE_TEST_SUITE_P(Keras, RecordedImageLayers, testing::ValuesIn(kProducers));

// 400 images, each of which is one number at each place: what a layer does to them can be counted.
Tensor images(std::int64_t height, std::int64_t width) {
  const auto row = ops::reshape(ops::range(0, height * width, 1, DType::float32), {1, height, width, 1});
  return ops::tile(row, {400, 1, 1, 1});
}
std::vector<float> pixel(const Tensor& x, std::int64_t row, std::int64_t column) {
  const auto values = ops::reshape(ops::slice(x, {0, row, column, 0}, {-1, 1, 1, 1}), {None});
  const auto data = values.data<float>();
  return {data.begin(), data.end()};
}
double mean_of(const std::vector<float>& v) {
  double sum = 0;
  for (const auto x : v) sum += x;
  return sum / static_cast<double>(v.size());
}
CallOptions in_training() {
  CallOptions options;
  options.training = true;
  return options;
}

// Every image by itself, half of them each way: 400 draws deviate from one half by more than 0.1 once in 20,000 runs.
TEST(RandomImages, FlipsHalfOfThem) {
  utils::set_random_seed(1);
  const auto x = images(2, 3);
  const auto y = RandomFlip("horizontal")(x, in_training()).tensor();
  int mirrored = 0;
  for (const auto corner : pixel(y, 0, 0)) {
    ASSERT_TRUE(corner == 0 || corner == 2) << corner;
    mirrored += corner == 2;
  }
  EXPECT_NEAR(mirrored, 200, 40);
  const auto both = RandomFlip()(x, in_training()).tensor();
  std::map<float, int> corners;
  for (const auto corner : pixel(both, 0, 0)) ++corners[corner];
  ASSERT_EQ(corners.size(), 4U);
  for (const auto& [value, count] : corners) EXPECT_NEAR(count, 100, 40) << value;
  EXPECT_EQ(pixel(RandomFlip()(x).tensor(), 0, 0), pixel(x, 0, 0)) << "at inference nothing changes";
}

// Uniform on [-51, 51] (0.2 of 255): mean 0, standard deviation 29.4, of 400 draws 1.5.
TEST(RandomImages, BrightnessIsUniform) {
  utils::set_random_seed(2);
  const auto x = ops::ones({400, 2, 2, 1}) * 100.0;
  const auto y = pixel(RandomBrightness(0.2)(x, in_training()).tensor(), 1, 1);
  EXPECT_NEAR(mean_of(y), 100, 6);
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  EXPECT_GE(*low, 49 - 1e-3);
  EXPECT_LE(*high, 151 + 1e-3);
  EXPECT_LT(*low, 55);
  EXPECT_GT(*high, 145);
}

// One number f is [1 - f, 1 + f] in tf.keras, which draws once for all images, and [1, 1 + f] in Keras 3: the last
// pixel is 1 away from its image's mean. 400 draws leave a tenth of the range empty at its end once in 10^18 runs.
TEST(RandomImages, ContrastOfOneNumber) {
  utils::set_random_seed(6);
  const auto x = images(1, 3) + 100.0;
  const TargetScope keras3(Target::keras3);
  const auto y = pixel(RandomContrast(0.5)(x, in_training()).tensor(), 0, 2);
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  EXPECT_GE(*low, 102 - 1e-3);
  EXPECT_LE(*high, 102.5 + 1e-3);
  EXPECT_LT(*low, 102.05);
  EXPECT_GT(*high, 102.45);
}

TEST(RandomImages, TranslatesWithinItsBounds) {
  utils::set_random_seed(3);
  const auto x = images(1, 10);
  const auto y = RandomTranslation(0.0, std::vector<double>{0.0, 0.5}, {.fill_mode = "constant", .fill_value = -1.0})(
                     x, in_training())
                     .tensor();
  // To the right by up to 5 pixels: what is in the last column came from columns 4 to 9, at 6.5 in the mean.
  const auto last = pixel(y, 0, 9);
  for (const auto value : last) ASSERT_TRUE(value >= 4 - 1e-4 && value <= 9 + 1e-4) << value;
  EXPECT_NEAR(mean_of(last), 6.5, 0.4);
}

TEST(RandomImages, CropsAnyWindow) {
  utils::set_random_seed(4);
  std::set<float> corners;
  const auto x = images(3, 4);
  const RandomCrop crop(2, 2);
  for (int i = 0; i < 200; ++i) {
    const auto y = crop(x, in_training()).tensor();
    ASSERT_EQ(y.shape(), (Shape{400, 2, 2, 1}));
    corners.insert(pixel(y, 0, 0)[0]);
  }
  EXPECT_EQ(corners, (std::set<float>{0, 1, 2, 4, 5, 6}));
}

TEST(RandomImages, HeightsAreWithinTheirBounds) {
  utils::set_random_seed(5);
  std::set<std::int64_t> heights;
  const RandomHeight layer(0.25);
  for (int i = 0; i < 100; ++i) heights.insert(layer(images(20, 2), in_training()).tensor().shape()[1]);
  EXPECT_GE(*heights.begin(), 15);
  EXPECT_LE(*heights.rbegin(), 25);
  EXPECT_GT(heights.size(), 8U);
}

// The same seed, the same images.
TEST(RandomImages, SeedsRepeat) {
  const auto x = images(4, 4);
  std::vector<std::vector<float>> runs;
  for (int run = 0; run < 2; ++run) {
    utils::set_random_seed(9);
    backend::clear_session();
    runs.push_back(pixel(RandomRotation(0.3, {.seed = 5})(x, in_training()).tensor(), 0, 1));
  }
  EXPECT_EQ(runs[0], runs[1]);
}

}  // namespace
