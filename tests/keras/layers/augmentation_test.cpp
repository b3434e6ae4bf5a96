// Keras 3's augmentation layers: with the numbers that Keras drew they make what Keras makes; what they draw themselves
// is looked at by its statistics.
#include "hornbeam/layers/augmentation.hpp"

#include "keras/layers/recorded_row.h"
#include "keras/serialization/dialect_write.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

constexpr double kRelative = 2e-5, kAbsolute = 1e-4;  // of values up to 255

class Augmentation : public testing::Test {
 protected:
  Augmentation() : recorded_("augmentation", "keras-3.15.1") {}
  template <class Check>
  void each(const Check& check) {
    const TargetScope target(Target::keras3);
    const GenerationScope generation(Generation::keras3);
    ASSERT_GT(recorded_.json.at("rows").as_list().size(), 100U);
    for (const auto& row : recorded_.json.at("rows").as_list()) {
      SCOPED_TRACE(row.at("name").as_string());
      check(row, Ref<AugmentationLayer>(
                     std::dynamic_pointer_cast<AugmentationLayer>(layers::deserialize(row.at("layer")).ptr())));
      if (HasFatalFailure()) return;
    }
  }
  Tensor array(const Config& key) const { return recorded_.arrays.at(key.as_string()); }
  Values values(const Config& kept) const {
    if (kept.is_null()) return {};
    if (kept.is_string()) return array(kept);
    if (kept.is_list()) {
      Values::List list;
      for (const auto& item : kept.as_list()) list.push_back(values(item));
      return Values(std::move(list));
    }
    Values::Dict dict;
    for (const auto& [key, item] : kept.as_dict()) dict.emplace(key, values(item));
    return Values(std::move(dict));
  }
  void expect(const Tensor& got, const Config& want, const char* what) const {
    expect_close(got, array(want), kRelative, kAbsolute, what);
  }
  // What becomes of the images, and their gradient, where it was recorded: also that there is none.
  template <class Change>
  void expect_changed(const Config& row, const Change& change) const {
    const auto images = array(row.at("images"));
    GradientTape tape;
    tape.watch(images);
    const Tensor y = change(images);
    expect(y, row.at("outputs"), "outputs");
    if (!row.has("input_gradients")) return;
    const auto loss = ops::reduce_sum(y * waves(y));
    tape.stop();
    const auto gradient = tape.gradient(loss, images);
    const auto& want = row.at("input_gradients").at(std::size_t{0});
    EXPECT_EQ(gradient.defined(), !want.is_null()) << row.at("name").as_string();
    if (gradient.defined() && !want.is_null()) expect(gradient, want, "gradient");
  }

  Recorded recorded_;
};

TEST_F(Augmentation, DoesWithKerassNumbersWhatKerasDoes) {
  int drawn = 0, boxes = 0, labels = 0, masks = 0;
  each([&](const Config& row, const Ref<AugmentationLayer>& layer) {
    const auto images = array(row.at("images"));
    const bool training = row.at("training").as_bool();
    if (!row.has("transformation")) {
      CallOptions options;
      options.training = training;
      return expect_changed(row, [&](const Tensor& x) { return layer(x, options).tensor(); });
    }
    ++drawn;
    layer->ensure_built({images.shape()});
    const auto given = values(row.at("transformation"));
    expect_changed(row, [&](const Tensor& x) { return layer->transform_images(x, given, training); });
    if (const auto* want = row.find("labels_out")) {
      ++labels;
      expect(layer->transform_labels(array(row.at("labels")), given, training), *want, "labels");
    }
    if (const auto* want = row.find("masks_out")) {
      ++masks;
      expect(layer->transform_segmentation_masks(array(row.at("masks")), given, training), *want, "masks");
    }
    if (const auto* want = row.find("boxes_out")) {
      ++boxes;
      const auto got = layer->transform_bounding_boxes(values(row.at("boxes")), given, training);
      expect(got["boxes"], want->at("boxes"), "boxes");
      expect(got["labels"], want->at("labels"), "labels of boxes");
    }
  });
  EXPECT_GT(drawn, 80);
  EXPECT_GT(boxes, 20);
  EXPECT_GT(labels, 15);
  EXPECT_GT(masks, 15);
}

// Written as Keras writes them, to the letter.
TEST_F(Augmentation, Configs) {
  each([&](const Config& row, const Ref<AugmentationLayer>& layer) {
    const auto& want = row.at("layer").at("config");
    const auto written = to_dialect(*layer, {.target = Target::keras3, .v3_objects = true}).at("config");
    if (!written.has("fill_value") || want.has("fill_value")) {
      // What Keras forgets to write is written where it is set.
      auto without = written;
      if (!want.has("seed")) without.erase("seed");
      EXPECT_EQ(without.dump(), want.dump());
    }
  });
}

// What they draw is of the form that they take; in a model, compiled, as well.
TEST_F(Augmentation, DrawsForItself) {
  utils::set_random_seed(7);
  each([&](const Config& row, const Ref<AugmentationLayer>& layer) {
    const auto images = array(row.at("images"));
    CallOptions options;
    options.training = true;
    Values data = images;
    if (row.has("labels")) data = Values{{"images", images}, {"labels", array(row.at("labels"))}};
    const auto out = layer(data, options);
    const Tensor y = out.is_dict() ? out["images"] : out;
    EXPECT_EQ(y.shape(), images.shape());
    EXPECT_TRUE(ops::reduce_all(ops::is_finite(y)).item<bool>());
    if (!row.at("name").as_string().ends_with(" plain")) return;
    backend::clear_session();
    const auto x = Input({images.shape()[1], images.shape()[2], images.shape()[3]});
    const auto again = layers::deserialize(row.at("layer"));
    const auto model = Functional(x, again(x, options));
    const Tensor same = model->predict(images);
    EXPECT_EQ(same.shape(), images.shape());
    const Tensor changed = model(images, options);
    EXPECT_EQ(changed.shape(), images.shape());
  });
}

CallOptions training() {
  CallOptions options;
  options.training = true;
  return options;
}
double mean_of(const Tensor& x) {
  return static_cast<double>(ops::reduce_mean(ops::cast(x, DType::float32)).item<float>());
}

// 4000 images, each of one number.
Tensor many(float value) { return ops::ones({4000, 2, 2, 3}) * value; }

TEST(RandomAugmentation, InvertsAtTheOddsDrawn) {
  utils::set_random_seed(1);
  // The odds are uniform between 0.2 and 0.6: 0.4 in the mean, of 4000 images +- 0.0077.
  const Tensor y = RandomInvert(std::vector<double>{0.2, 0.6})(many(0), training());
  EXPECT_NEAR(mean_of(y) / 255, 0.4, 0.04);
  const Tensor gray =
      RandomGrayscale(0.25)(ops::concat({many(0), many(0)}, 0) + Tensor::from<float>({3}, {9, 0, 0}), training());
  const auto blue = ops::slice(gray, {0, 0, 0, 2}, {-1, 1, 1, 1});
  EXPECT_NEAR(mean_of(ops::greater(blue, 0.0F)), 0.25, 0.03);
}

TEST(RandomAugmentation, HuesTurnBothWays) {
  utils::set_random_seed(2);
  const auto red = many(0) + Tensor::from<float>({3}, {200, 0, 0});
  const auto layer = RandomHue(std::vector<double>{0.2, 0.2}).ptr();
  const Tensor factor = layer->get_random_transformation(red)["factor"];
  EXPECT_NEAR(mean_of(ops::abs(factor)), 0.1, 1e-5);
  EXPECT_NEAR(mean_of(ops::greater(factor, 0.0F)), 0.5, 0.05);
}

TEST(RandomAugmentation, ErasesShareOfTheImage) {
  utils::set_random_seed(3);
  const auto x = ops::ones({2000, 20, 20, 1});
  // Squares of a quarter of each side's square: half of each side, a quarter of the image.
  const Tensor y =
      RandomErasing({.factor = std::vector<double>{1, 1}, .scale = std::vector<double>{0.25, 0.25}, .fill_value = 0.0})(
          x, training());
  EXPECT_NEAR(mean_of(y), 0.75, 0.01);
  // Anywhere: each corner pixel is hit as often as any other corner.
  const auto corner = [&](std::int64_t r, std::int64_t c) {
    return mean_of(ops::slice(y, {0, r, c, 0}, {-1, 1, 1, 1}));
  };
  EXPECT_NEAR(corner(0, 0), corner(19, 19), 0.03);
}

TEST(RandomAugmentation, MixesWithOthersOfTheBatch) {
  utils::set_random_seed(4);
  const auto x = ops::reshape(ops::range(0, 1000, 1, DType::float32), {1000, 1, 1, 1}) * ops::ones({1, 2, 2, 1});
  const auto layer = MixUp({.alpha = 0.2}).ptr();
  const auto drawn = layer->get_random_transformation(x);
  // Beta(0.2, 0.2): mean 1/2, variance 1 / (4 * 1.4).
  const Tensor weight = drawn["mix_weight"];
  EXPECT_NEAR(mean_of(weight), 0.5, 0.07);
  EXPECT_NEAR(static_cast<double>(ops::reduce_variance(weight).item<float>()), 1 / 5.6, 0.03);
  const auto mixed = layer->transform_images(x, drawn);
  EXPECT_NEAR(mean_of(mixed), 499.5, 40);
  const Tensor cut = CutMix()(x, training());
  EXPECT_NEAR(mean_of(cut), 499.5, 40);
  EXPECT_GT(mean_of(ops::not_equal(cut, x)), 0.1);
}

TEST(RandomAugmentation, ChoosesAllOfItsLayers) {
  utils::set_random_seed(5);
  const auto layer = RandAugment({.num_ops = 1}).ptr();
  const auto x = ops::ones({1, 4, 4, 3}) * 100.0;
  std::map<std::int32_t, int> chosen;
  for (int i = 0; i < 330; ++i)
    ++chosen[layer->get_random_transformation(x)["layer_idxes"].tensor().data<std::int32_t>()[0]];
  EXPECT_EQ(chosen.size(), 11U);
  for (const auto& [index, count] : chosen) EXPECT_NEAR(count, 30, 28) << index;
}

TEST(Pipeline, IsItsLayersOneAfterAnother) {
  const Pipeline pipeline({Rescaling(0.5), CenterCrop(2, 2)});
  const auto x = ops::reshape(ops::range(0, 48, 1, DType::float32), {1, 4, 4, 3});
  const Tensor y = pipeline(x), expected = CenterCrop(2, 2)(Rescaling(0.5)(x));
  expect_close(y, expected, 0, 0, "pipeline");
  const auto copy = layers::deserialize(layers::serialize(*pipeline));
  expect_close(copy(x).tensor(), expected, 0, 0, "copy");
}

TEST(MaxNumBoundingBoxes, TakesDicts) {
  const MaxNumBoundingBoxes layer(3, {.bounding_box_format = "xyxy"});
  const Values data{{"images", ops::ones({2, 4, 4, 3})},
                    {"bounding_boxes", Values{{"boxes", ops::ones({2, 5, 4})}, {"labels", ops::ones({2, 5})}}}};
  const auto out = layer(data);
  EXPECT_EQ(out["bounding_boxes"]["boxes"].tensor().shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(out["bounding_boxes"]["labels"].tensor().shape(), (Shape{2, 3}));
  EXPECT_THROW(MaxNumBoundingBoxes(3)(data), ValueError);
  // Filled up: five ones, then twos.
  const auto more = MaxNumBoundingBoxes(7, {.fill_value = 2, .bounding_box_format = "xyxy"})(data);
  EXPECT_NEAR(mean_of(more["bounding_boxes"]["labels"]), 9.0 / 7, 1e-6);
}

}  // namespace
