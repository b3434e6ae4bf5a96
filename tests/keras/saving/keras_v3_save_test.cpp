// Whole models as `.keras` archives, and weights in their layout: what the report and the files say. That real Kerases
// open them is the reverse check's to show (tests/reverse).
#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>

#include "formats/keras_v3/archive.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::error_of;
using testing_support::expect_close;
using testing_support::read_file;
using testing_support::TempDir;

const std::vector<std::string> kArchiveTargets = {"tf2.15", "keras3"};

ModelRef trained_model(const std::string& optimizer) {
  backend::clear_session();
  const auto x = Input({4}, {.name = "x"});
  ModelRef model(Functional(x, Dense(2, {.name = "out"})(Dense(3, {.activation = "relu", .name = "hidden"})(x))));
  model->compile({.optimizer = optimizer, .loss = "mse", .metrics = {"mae"}});
  model->train_on_batch(ops::ones({2, 4}), ops::ones({2, 2}));
  return model;
}

Logs next_step(Model& model) { return model.train_on_batch(ops::ones({2, 4}), Tensor::zeros(DType::float32, {2, 2})); }

// What the first step makes of the optimizer's state is seen in the second one.
void expect_same_steps(Model& a, Model& b) {
  for (int step = 0; step < 2; ++step) EXPECT_EQ(next_step(a).values(), next_step(b).values()) << step;
}

Config config_of(const std::string& path) {
  return Config::parse(formats::keras_v3::Archive(base::MappedFile::open(path)).config());
}

TEST(KerasV3Save, TrainingGoesOnFromTheArchive) {
  const TempDir dir;
  for (const auto& target : kArchiveTargets) {
    for (const std::string optimizer : {"sgd", "adam", "rmsprop"}) {
      SCOPED_TRACE(target + " " + optimizer);
      const auto model = trained_model(optimizer);
      SaveReport report;
      model->save(dir.file("m.keras"), {.target = target, .report = &report});
      EXPECT_EQ(report.format, "keras_v3");
      EXPECT_TRUE(report.dropped.empty()) << report.to_string();
      LoadReport loaded;
      const auto again = models::load_model(dir.file("m.keras"), {.report = &loaded});
      EXPECT_EQ(again->target(), target);
      EXPECT_TRUE(loaded.missing.empty() && loaded.unused.empty() && loaded.notes.empty()) << loaded.to_string();
      expect_same_steps(*again, *model);
      EXPECT_EQ(again->optimizer()->iterations()->value().item<std::int64_t>(), 3);
    }
  }
}

TEST(KerasV3Save, WeightsGoIntoALikeModelWithTheOptimizersState) {
  const TempDir dir;
  for (const auto& target : kArchiveTargets) {
    SCOPED_TRACE(target);
    const TargetScope scope(target_named(target));  // optimizers of other Kerases have other variables
    const auto model = trained_model("adam");
    const auto path = dir.file("w.weights.h5");
    model->save_weights(path, {.target = target});
    const auto other = trained_model("adam");
    next_step(*other);  // another state
    LoadReport report;
    other->load_weights(path, {.report = &report});
    EXPECT_EQ(report.format, "weights_v3_h5");
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    expect_same_steps(*other, *model);
  }
}

TEST(KerasV3Save, SaysWhenUnlessAskedNotTo) {
  const TempDir dir;
  const auto model = trained_model("adam");
  const auto metadata = [&](const SaveOptions& options) {
    model->save(dir.file("m.keras"), options);
    return Config::parse(formats::keras_v3::Archive(base::MappedFile::open(dir.file("m.keras"))).metadata());
  };
  const auto said = metadata({.target = "keras3"});
  EXPECT_THAT(said.at("date_saved").as_string(), testing::MatchesRegex("....-..-..@..:..:.."));
  EXPECT_EQ(said.at("keras_version"), Config("3.15.1"));
  EXPECT_FALSE(metadata({.date = false, .target = "keras3"}).has("date_saved"));
  const auto bytes = read_file(dir.file("m.keras"));
  metadata({.date = false, .target = "keras3"});
  EXPECT_EQ(read_file(dir.file("m.keras")), bytes);
}

TEST(KerasV3Save, LegacyOptimizersGoAsNewOnesWhereTheseComputeTheSame) {
  const TempDir dir;
  const auto model = trained_model("adam");
  model->compile({.optimizer = optimizers::Adam({.generation = OptimizerGeneration::legacy}), .loss = "mse"});
  next_step(*model);
  SaveReport report;
  model->save(dir.file("m.keras"), {.target = "tf2.15", .report = &report});
  EXPECT_THAT(report.converted, ElementsAre(HasSubstr("optimizer Adam")));
  EXPECT_EQ(config_of(dir.file("m.keras")).at("compile_config").at("optimizer").at("module"), "keras.optimizers");
  EXPECT_EQ(models::load_model(dir.file("m.keras"))->optimizer()->iterations()->value().item<std::int64_t>(), 1);

  // With a decay only the legacy ones compute; their state has no place in the archive.
  model->compile(
      {.optimizer = optimizers::Adam({.generation = OptimizerGeneration::legacy, .decay = 0.1}), .loss = "mse"});
  next_step(*model);
  report = {};
  model->save(dir.file("m.keras"), {.target = "tf2.15", .report = &report});
  EXPECT_THAT(report.dropped, ElementsAre(HasSubstr("optimizer: its state")));
  report = {};
  model->save_weights(dir.file("w.weights.h5"), {.target = "tf2.15", .report = &report});
  EXPECT_THAT(report.dropped, ElementsAre(HasSubstr("optimizer: its state")));
  EXPECT_EQ(config_of(dir.file("m.keras")).at("compile_config").at("optimizer").at("module"),
            "keras.optimizers.legacy");
}

TEST(KerasV3Save, WithoutOptimizerItIsNotCompiled) {
  const TempDir dir;
  const auto model = trained_model("adam");
  SaveReport report;
  model->save(dir.file("m.keras"), {.include_optimizer = false, .target = "keras3", .report = &report});
  EXPECT_THAT(report.dropped, Contains(HasSubstr("include_optimizer is false")));
  EXPECT_FALSE(models::load_model(dir.file("m.keras"))->is_compiled());
}

// tf.keras 2.15.1 does not save an archive of a slice with "..." ("Cannot serialize object Ellipsis"), and misses
// "start" when it loads one.
TEST(KerasV3Save, SlicesForKeras2HaveNoEllipsis) {
  backend::clear_session();
  const auto x = Input({6, 5, 3}, {.name = "x"});
  const Functional inner(x, ops::getitem(x, {Ellipsis{}, -1}), {.name = "inner"});
  const auto y = Input({6, 5, 3}, {.name = "y"});
  const Functional model(y, ops::getitem(inner(y), {Ellipsis{}, Slice{1, 4}}));
  const TempDir dir;
  model->save(dir.file("m.keras"), {.target = "tf2.15"});
  const auto text = config_of(dir.file("m.keras")).dump();
  EXPECT_THAT(text, HasSubstr(R"("slice_spec": [{"start": null, "stop": null, "step": null}, {"start": null)"));
  EXPECT_THAT(text, testing::Not(HasSubstr("__ellipsis__")));
  const auto input = ops::ones({2, 6, 5, 3});
  expect_close(models::load_model(dir.file("m.keras"))->predict(input).tensor(), model->predict(input).tensor(), 0, 0,
               "sliced");
}

// Keras 3.15.1 takes it, though it writes none itself (the reverse check, c_initializers).
TEST(KerasV3Save, TheGainOfAnIdentityIsWrittenWhereItIsSet) {
  const TempDir dir;
  for (const double gain : {1.0, 0.5}) {
    backend::clear_session();
    const Sequential model({Input({2}), Dense(2, {.kernel_initializer = initializers::Identity(gain)})});
    model->save(dir.file("m.keras"), {.target = "keras3"});
    const auto text = config_of(dir.file("m.keras")).dump();
    EXPECT_EQ(text.find("\"gain\": 0.5") != text.npos, gain == 0.5) << text;
    EXPECT_EQ(text.find("\"gain\": 1.0"), text.npos) << text;
  }
}

// A layer in two models that stand in a third. Keras cannot load its own archives of such models
// (data/keras_v3/shared-*.keras); of ours it makes two layers with the same weights (tests/reverse/open_shared.py).
TEST(KerasV3Save, LayersInSeveralModelsStayOne) {
  const TempDir dir;
  const auto expect_shared = [](const Model& model) {
    EXPECT_EQ(model.weights().size(), 2u);
    const auto inner = [&](const char* name) {
      return std::dynamic_pointer_cast<Model>(model.get_layer(name).ptr())->get_layer("shared").ptr();
    };
    EXPECT_EQ(inner("a"), inner("b"));
  };
  for (const auto* producer : {"tf-2.15.1", "keras-3.15.1"}) {
    backend::clear_session();
    LoadReport report;
    const auto model =
        models::load_model(test_data("keras") + "/keras_v3/shared-" + producer + ".keras", {.report = &report});
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    expect_shared(*model);
    const auto x = ops::ones({1, 4});
    const auto before = model->predict(x).flatten();
    for (const auto& target : kArchiveTargets) {
      model->save(dir.file("m.keras"), {.target = target});
      const auto again = models::load_model(dir.file("m.keras"));
      expect_shared(*again);
      const auto after = again->predict(x).flatten();
      for (std::size_t i = 0; i < after.size(); ++i) {
        expect_close(after[i], before[i], 0, 0, target);
      }
    }
  }
}

// A file in which each place was trained by itself: the layer gets the first one's values, and the report says so.
TEST(KerasV3Save, CopiesOfALayerWithOtherValuesAreTold) {
  const auto made = [](bool shared) {
    backend::clear_session();
    const Dense first(2, {.name = "shared"}), second(2, {.name = "shared"});
    const auto inner = [](const Dense& layer, const char* name) {
      const auto x = Input({4});
      return Functional(x, layer(x), {.name = name});
    };
    const auto x = Input({4});
    const auto a = inner(first, "a"), b = inner(shared ? first : second, "b");
    return Functional(x, Values(Values::List{a(x), b(x)}));
  };
  const TempDir dir;
  const auto one = made(true), two = made(false);
  one->set_target("keras3");
  one->save_weights(dir.file("one.weights.h5"));
  two->save_weights(dir.file("two.weights.h5"), {.target = "keras3"});
  LoadReport report;
  one->load_weights(dir.file("one.weights.h5"), {.report = &report});
  EXPECT_TRUE(report.unused.empty() && report.notes.empty()) << report.to_string();
  one->load_weights(dir.file("two.weights.h5"), {.report = &report});
  EXPECT_THAT(report.unused, ElementsAre("layers/functional_1/layers/dense/vars/0"));
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("layer 'shared' stands in several models")));
  expect_close(one->get_weights()[0], two->get_weights()[0], 0, 0, "the first one's");
}

// Which of two layers that say the same stands in a third model cannot be told: it gets a layer of its own, as in
// Keras.
TEST(KerasV3Save, AlikeLayersAreNotTakenForEachOther) {
  const TempDir dir;
  backend::clear_session();
  const auto within = [](const Dense& layer, const char* name) {
    const auto x = Input({4});
    return Functional(x, layer(x), {.name = name});
  };
  const Dense first(3, {.name = "proj"}), second(3, {.name = "proj"});
  const auto x = Input({4});
  const ModelRef model(
      Functional(x, {within(first, "a")(x), within(second, "b")(x), within(second, "c")(x)}, {.name = "m"}));
  const auto before = model->predict(ops::ones({1, 4})).flatten();
  for (const auto& target : kArchiveTargets) {
    model->save(dir.file("m.keras"), {.target = target});
    const auto after = models::load_model(dir.file("m.keras"))->predict(ops::ones({1, 4})).flatten();
    for (std::size_t i = 0; i < 3; ++i) expect_close(after[i], before[i], 0, 0, target);
  }
}

// Keras 3 says beside the bytes what they are. Keras 2 does not, and cannot read what it wrote; but numbers of that
// form it can.
TEST(KerasV3Save, Bfloat16) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({4}, {.dtype = "bfloat16"});
  const ModelRef model(Functional(x, Dense(2, {.dtype = "bfloat16"})(x)));
  const auto expected = model->get_weights();
  for (const auto& target : kArchiveTargets) {
    model->save(dir.file("m.keras"), {.target = target});
    const auto again = models::load_model(dir.file("m.keras"))->get_weights();
    ASSERT_EQ(again.size(), expected.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
      EXPECT_EQ(again[i].dtype(), DType::bfloat16);
      EXPECT_EQ(std::memcmp(again[i].raw(), expected[i].raw(), again[i].bytes()), 0);
    }
  }
}

// No tf.keras opens the archives that tf.keras writes of these: their tables would be filled with nothing.
// tf.keras 2.2's has no slots without momentum, 2.15's has: it would leave the count of steps unread for want of them.
TEST(KerasV3Save, SlotsOfAnSGDThatHadNone) {
  const TempDir dir;
  ModelRef model;
  {
    const TargetScope scope(Target::tf22);
    model = trained_model("sgd");
    model->save(dir.file("m.h5"), {.target = "tf2.2"});
  }
  for (const auto& trained : {model, models::load_model(dir.file("m.h5"))}) {
    trained->save(dir.file("m.keras"), {.target = "tf2.15"});
    LoadReport report;
    models::load_model(dir.file("m.keras"), {.report = &report});
    EXPECT_EQ(std::ranges::count_if(report.matched, [](const auto& n) { return n.find("optimizer/vars/") != n.npos; }),
              5);
  }
}

// A layer in the model and in one inside it: for tf.keras 2.15 there is a copy in each place, of another number.
TEST(KerasV3Save, LayersInSeveralModelsAreReadAgain) {
  const TempDir dir;
  backend::clear_session();
  const Dense shared(6, {.name = "shared"});
  const auto a = Input({6}), x = Input({6});
  const ModelRef inner(Functional(a, shared(a)));
  const ModelRef model(Functional(x, Dense(2, {.name = "out"})(Concatenate()({shared(x), inner(x)}))));
  const auto data = ops::random_normal({3, 6});
  const auto wanted = model->predict(data).tensor();
  for (const auto& target : kArchiveTargets) {
    SCOPED_TRACE(target);
    model->save(dir.file("m.keras"), {.target = target});
    LoadReport report;
    const auto again = models::load_model(dir.file("m.keras"), {.report = &report});
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    expect_close(again->predict(data).tensor(), wanted, 1e-6, 1e-6, target);
  }
}

// No Keras opens its own archive of one (Keras 3: "keys and values cannot be empty tensors").
TEST(KerasV3Save, LookupsWithoutAVocabularyAreNotWritten) {
  const TempDir dir;
  backend::clear_session();
  const auto words = Input({1}, {.name = "words", .dtype = "string"});
  const auto lookup = std::make_shared<StringLookupLayer>(StringLookupOptions{.name = "lookup"});
  const ModelRef model(Functional(words, (*lookup)(words)));
  for (const auto* target : {"keras3", "tf2.15"}) {
    EXPECT_THAT(error_of([&] { model->save(dir.file("m.keras"), {.target = target}); }),
                HasSubstr("Layer 'lookup' has no vocabulary"));
    EXPECT_FALSE(std::filesystem::exists(dir.file("m.keras")));
  }
  auto vocabulary = Config::list();
  vocabulary.push_back("a");
  lookup->set_vocabulary(vocabulary);
  EXPECT_NO_THROW(model->save(dir.file("m.keras"), {.target = "keras3"}));
  // One word a line: of this one there would be two.
  vocabulary.push_back("b\nc");
  lookup->set_vocabulary(vocabulary);
  EXPECT_THAT(error_of([&] { model->save(dir.file("m.keras"), {.target = "keras3"}); }),
              HasSubstr("Layer 'lookup' has the word \"b\\nc\""));
}

TEST(KerasV3Save, MergedDtypesOfKeras3AreNotWrittenForTfKeras) {
  const TempDir dir;
  backend::clear_session();
  const auto a = Input({1}, {.name = "a"}), b = Input({1}, {.name = "b", .dtype = "int64"});
  for (const auto& joined : {Concatenate({.name = "joined"})({a, b}), Add({.name = "joined"})({a, b})}) {
    const ModelRef model(Functional({a, b}, joined));
    EXPECT_NO_THROW(model->save(dir.file("m.keras"), {.target = "keras3"}));
    EXPECT_THAT(error_of([&] { model->save(dir.file("m.keras"), {.target = "tf2.15"}); }),
                HasSubstr("layer 'joined' merges tensors of float32 and int64, which tf2.15 does not."));
  }
}

}  // namespace
}  // namespace hornbeam
