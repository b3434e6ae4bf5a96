// SavedModels as Hornbeam writes them, read back here; real TensorFlows read them in tests/reverse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "formats/saved_model/saved_model.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::error_of;
using testing_support::TempDir;
namespace fs = std::filesystem;

void expect_equal(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  for (std::size_t i = 0; i < a.data<float>().size(); ++i) EXPECT_NEAR(a.data<float>()[i], b.data<float>()[i], 1e-6);
}

Tensor numbers(const Shape& shape) {
  utils::set_random_seed(7);
  return ops::random_normal(shape);
}

// Two inputs, two outputs, batch normalisation, dropout.
ModelRef branched() {
  backend::clear_session();
  utils::set_random_seed(3);
  const auto a = Input({4}, {.name = "b_first"}), b = Input({3}, {.name = "a_second"});
  const auto h = BatchNormalization()(Dense(5, {.activation = "relu"})(a));
  const auto y = Dense(2, {.name = "z_out"})(Dropout(0.5)(h)), z = Dense(1, {.name = "out"})(Concatenate()({h, b}));
  return ModelRef(Functional(Values({a, b}), Values({y, z}), {.name = "branched"}));
}

TEST(SaveSavedModel, ComesBackCompiledAndTrainsOn) {
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    SCOPED_TRACE(target);
    const TempDir dir;
    const auto model = ModelRef(Sequential({Dense(3, {.activation = "tanh", .input_shape = Shape{4}}), Dense(2)}));
    model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
    const auto x = numbers({8, 4}), y = numbers({8, 2});
    model->train_on_batch(x, y);
    SaveReport report;
    model->save(dir.file("m"), {.target = target, .report = &report});
    EXPECT_EQ(report.format, "saved_model");
    EXPECT_THAT(report.dropped, IsEmpty());
    const auto again = models::load_model(dir.file("m"));
    EXPECT_EQ(again->target(), target);
    expect_equal(again->predict(x).tensor(), model->predict(x).tensor());
    for (int step = 0; step < 2; ++step) {
      EXPECT_NEAR(again->train_on_batch(x, y).at("loss"), model->train_on_batch(x, y).at("loss"), 1e-6);
    }
  }
}

TEST(SaveSavedModel, SignatureAndCallGiveThePredictionsWithoutClasses) {
  const TempDir dir;
  const auto model = branched();
  const auto a = numbers({6, 4}), b = numbers({6, 3});
  const auto expected = model->predict(Values({a, b})).flatten();
  model->save(dir.file("m"), {.target = "tf2.2"});
  const auto loaded = saved_model::load(dir.file("m"));
  EXPECT_THAT(loaded->signatures(), ElementsAre("serving_default"));
  const auto served = loaded->run("serving_default", {{"b_first", a}, {"a_second", b}});
  expect_equal(served.at("z_out"), expected[0]);
  expect_equal(served.at("out"), expected[1]);
  const auto called = (*loaded)(Values({a, b}), {{"training", Config(false)}}).flatten();
  expect_equal(called[0], expected[0]);
  expect_equal(called[1], expected[1]);
  // In training the moving averages move.
  const auto mean = [&] {
    for (const auto& [path, variable] : loaded->variables()) {
      if (path.ends_with("moving_mean")) return Tensor(variable).data<float>()[0];
    }
    return -1.0F;
  };
  EXPECT_EQ(mean(), 0.0F);
  (*loaded)(Values({a, b}), {{"training", Config(true)}});
  EXPECT_NE(mean(), 0.0F);
}

class Doubling : public Layer {
 public:
  explicit Doubling(const LayerOptions& options = {}) : Layer(options) {}
  void build(const Shape& shape) override { scale_ = add_weight("scale", {shape.back()}, {.initializer = "ones"}); }
  Values call(const Values& x, CallContext& context) override {
    const auto y = Tensor(x) * scale_ * 2.0;
    context.add_loss(ops::reduce_mean(y));
    return y;
  }
  std::string class_name() const override { return "Doubling"; }

 private:
  Variable scale_;
};

class Tower : public Model {
 public:
  explicit Tower(const std::string& name) : Model(name) {}
  Values call(const Values& x, CallContext&) override { return top(doubling(x)); }
  const Ref<Doubling> doubling = track("doubling", make<Doubling>());
  HB_ATTR(top, Dense(2));
};

TEST(SaveSavedModel, ModelsOfUnknownClassesActByTheirFunctions) {
  const TempDir dir;
  const auto tower = make<Tower>("tower");
  const auto x = numbers({5, 3});
  const auto expected = tower->predict(x).tensor();
  tower->save(dir.file("m"), {.target = "tf2.15"});
  const auto again = models::load_model(dir.file("m"));
  EXPECT_EQ(again->class_name(), "Tower");
  expect_equal(again->predict(x).tensor(), expected);
  again->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse"});
  const auto first = again->train_on_batch(x, numbers({5, 2})).at("loss");
  EXPECT_LT(again->train_on_batch(x, numbers({5, 2})).at("loss"), first);
}

// Revived objects have the attributes that hold variables, by their names: in checkpoints, and in what is saved again.
TEST(SaveSavedModel, ModelsOfUnknownClassesAreSavedAgain) {
  const TempDir dir;
  const auto tower = make<Tower>("tower");
  const auto x = numbers({5, 3});
  const auto expected = tower(x).tensor();
  tower->save(dir.file("m"), {.target = "tf2.2"});
  const auto revived = models::load_model(dir.file("m"));
  tower->save_weights(dir.file("theirs"));
  revived->save_weights(dir.file("ours"));
  EXPECT_EQ(train::list_variables(dir.file("ours")), train::list_variables(dir.file("theirs")));
  revived->weights()[0]->assign(ops::zeros(revived->weights()[0]->shape()));
  revived->load_weights(dir.file("theirs")).assert_consumed();
  revived->save(dir.file("again"), {.target = "tf2.2"});
  const auto again = models::load_model(dir.file("again"));
  EXPECT_EQ(again->class_name(), "Tower");
  EXPECT_EQ(again->trainable_weights().size(), tower->trainable_weights().size());
  expect_equal(again->predict(x).tensor(), expected);
}

// Built by a call on five rows, it is served with any number of them.
TEST(SaveSavedModel, TheBatchThatBuiltAModelStaysOpen) {
  const TempDir dir;
  const auto tower = make<Tower>("tower");
  const auto x = numbers({5, 3});
  const auto expected = tower(x).tensor();
  tower->save(dir.file("m"), {.target = "tf2.15"});
  const auto revived = models::load_model(dir.file("m"));
  EXPECT_EQ(revived->inputs().tensor().shape(), (Shape{None, 3}));
  const auto served = saved_model::load(dir.file("m"))->run("serving_default", {{"input_1", ops::concat({x, x}, 0)}});
  expect_equal(served.begin()->second, ops::concat({expected, expected}, 0));
}

class Joins final : public Model {
 public:
  Joins() : Model("joins") {}
  std::string class_name() const override { return "Joins"; }
  Values call(const Values& inputs, CallContext&) override {
    return ops::concat({inputs[0].tensor(), inputs[1].tensor()}, -1);
  }
};

// Keras's predict makes a tuple of a list, and its functions take the structure that they were saved with alone.
// Functional models come back with their configs, and are saved with lists.
TEST(SaveSavedModel, ModelsOfSeveralInputsAreToBePredictedWith) {
  using Kind = formats::saved_model::StructuredValue::Kind;
  const TempDir dir;
  const auto structures = [&](const std::string& name) {
    const auto file = formats::saved_model::SavedModel::open(dir.file(name));
    std::set<Kind> kinds;
    for (const auto& [function, concrete] : file->objects().concrete_functions) {
      if (function.find("joins_layer_call") == function.npos) continue;
      kinds.insert(concrete.inputs.items.at(0).second.items.at(0).second.kind);
    }
    return kinds;
  };
  const auto a = Tensor::zeros(DType::float32, {1, 2});
  const auto own = std::make_shared<Joins>();
  own->predict({a, a});
  own->save(dir.file("own"), {.save_format = "tf"});
  EXPECT_THAT(structures("own"), testing::ElementsAre(Kind::tuple));
  models::load_model(dir.file("own"))->save(dir.file("again"), {.save_format = "tf"});
  EXPECT_THAT(structures("again"), testing::ElementsAre(Kind::tuple));
  const auto x = Input({2}), y = Input({3});
  Functional({x, y}, Concatenate()({x, y}), {.name = "joins"})->save(dir.file("functional"), {.save_format = "tf"});
  EXPECT_THAT(structures("functional"), testing::ElementsAre(Kind::list));
}

TEST(SaveSavedModel, ReplacesAnOldOneWholeOrRefuses) {
  const TempDir dir;
  const auto model = branched();
  const auto folder = dir.file("m");
  fs::create_directories(folder + "/assets");
  model->save(folder);
  model->save(folder);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.file("")), {}), 1);  // nothing is left beside it
  EXPECT_THAT(error_of([&] { model->save(folder, {.overwrite = false}); }), HasSubstr("already exists"));
  EXPECT_THAT(error_of([&] { model->save(folder, {.save_format = "tf", .target = "keras3"}); }),
              HasSubstr("ValueError"));
  EXPECT_NO_THROW(models::load_model(folder));
}

TEST(SaveSavedModel, WithoutTracesThereAreNoFunctions) {
  const TempDir dir;
  const auto model = branched();
  model->save(dir.file("m"), {.save_traces = false, .target = "tf2.15"});
  EXPECT_THAT(saved_model::load(dir.file("m"))->signatures(), IsEmpty());
  expect_equal(models::load_model(dir.file("m"))->predict(Values({numbers({2, 4}), numbers({2, 3})})).flatten()[0],
               model->predict(Values({numbers({2, 4}), numbers({2, 3})})).flatten()[0]);
}

}  // namespace
}  // namespace hornbeam
