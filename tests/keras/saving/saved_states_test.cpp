// States of stateful recurrent layers in SavedModels (tools/record/record_stateful.py), and how other variables that
// are not plain weights are written there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mapped_file.h"
#include "formats/saved_model/saved_model.h"
#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pointwise;
using testing_support::TempDir;

void expect_equal(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  EXPECT_THAT(a.data<float>(), Pointwise(FloatNear(2e-6F), b.data<float>()));
}

Tensor part(std::int64_t seed) {
  utils::set_random_seed(seed);
  return ops::random_normal({2, 3, 4});
}

// Stopped in the middle of a sequence, and what the next part gives.
struct Stopped {
  ModelRef model;
  Tensor next;
};
Stopped stopped(const ModelRef& model, const std::string& folder, const std::string& target) {
  model(part(1));
  model->save(folder, {.save_format = "tf", .target = target});
  return {model, model(part(2)).tensor()};
}

std::map<std::string, Shape> keys_of(const std::string& folder) {
  std::map<std::string, Shape> keys;
  for (const auto& [key, shape] : train::list_variables(folder + "/variables/variables")) keys.emplace(key, shape);
  return keys;
}

constexpr const char* kStates = "layer_with_weights-0/keras_api/states/";
constexpr const char* kValue = "/.ATTRIBUTES/VARIABLE_VALUE";

TEST(SavedStates, TheNextPartOfASequenceGoesOn) {
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    SCOPED_TRACE(target);
    const TempDir dir;
    backend::clear_session();
    const auto lstm = ModelRef(Sequential({LSTM(3, {.stateful = true, .batch_input_shape = Shape{2, 3, 4}})}));
    const auto [model, next] = stopped(lstm, dir.file("m"), target);
    EXPECT_THAT(keys_of(dir.file("m")), Contains(Key(kStates + std::string("1") + kValue)));
    expect_equal(models::load_model(dir.file("m"))->predict(part(2)).tensor(), next);
    expect_equal((*saved_model::load(dir.file("m")))(part(2)).tensor(), next);
    expect_equal(saved_model::load(dir.file("m"))->run("serving_default", {{"lstm_input", part(2)}}).begin()->second,
                 next);
  }
}

TEST(SavedStates, StackedCellsHaveAListEach) {
  const TempDir dir;
  const auto rnn = ModelRef(Sequential({Bidirectional(RNN({LSTMCell(2), SimpleRNNCell(3)}, {.stateful = true}),
                                                      {.batch_input_shape = Shape{2, 3, 4}})}));
  const auto next = stopped(rnn, dir.file("m"), "tf2.15").next;
  for (const std::string state : {"0/0", "0/1", "1"}) {
    const auto key = "layer_with_weights-0/backward_layer/keras_api/states/" + state + kValue;
    EXPECT_THAT(keys_of(dir.file("m")), Contains(Key(key)));
  }
  expect_equal(models::load_model(dir.file("m"))->predict(part(2)).tensor(), next);
}

// Weights' checkpoints have no states, as Keras's have none.
TEST(SavedStates, CheckpointsOfWeightsHaveNone) {
  const TempDir dir;
  const auto gru = ModelRef(Sequential({GRU(3, {.stateful = true, .batch_input_shape = Shape{2, 3, 4}})}));
  gru->save_weights(dir.file("w"));
  for (const auto& [key, shape] : train::list_variables(dir.file("w"))) {
    EXPECT_THAT(key, ::testing::Not(::testing::HasSubstr("states")));
  }
}

// Cells are called with states, which their functions take as they do.
TEST(SavedStates, CellsHaveFunctionsOfTheirOwn) {
  const TempDir dir;
  const auto cells = std::vector<CellRef>{LSTMCell(2, {.dropout = 0.5}), GRUCell(3)};
  const auto rnn = ModelRef(Sequential({RNN(cells, {.input_shape = Shape{3, 4}})}));
  SaveReport report;
  rnn->save(dir.file("m"), {.save_format = "tf", .target = "tf2.15", .report = &report});
  EXPECT_THAT(report.dropped, IsEmpty());
  const auto loaded = saved_model::load(dir.file("m"));
  const auto x = ops::reshape(part(1), {6, 4}), h = ops::ones({6, 2}), c = ops::zeros({6, 2}), g = ops::ones({6, 3});
  const auto call = [&](const std::string& path, const Values& states) {
    return loaded->call("layer_with_weights-0.cell" + path + ".__call__", {x, states}).flatten();
  };
  const auto expect_same = [](const std::vector<Tensor>& got, const Values& wanted) {
    ASSERT_EQ(got.size(), wanted.flatten().size());
    for (std::size_t i = 0; i < wanted.flatten().size(); ++i) expect_equal(got[i], wanted.flatten()[i]);
  };
  const auto lstm = cells[0]->run(x, {h, c});
  expect_same(call(".cells.0", Values{h, c}), Values{lstm.output, Values(lstm.states)});
  const auto gru = cells[1]->run(lstm.output, {g});
  expect_same(call("", Values{Values{h, c}, g}), Values{gru.output, Values(lstm.states), Values(gru.states)});
}

class Listener final : public Model {
 public:
  explicit Listener(const std::string& name) : Model(name) {}
  Values call(const Values& x, CallContext&) override { return top(gru(x)); }
  HB_ATTR(gru, GRU(3, {.stateful = true}));
  HB_ATTR(top, Dense(2));
};

TEST(SavedStates, OfClassesThatAreNotHereGoOnToo) {
  const TempDir dir;
  const auto [model, next] = stopped(make<Listener>("listener"), dir.file("m"), "tf2.15");
  const auto revived = models::load_model(dir.file("m"));
  EXPECT_EQ(revived->class_name(), "Listener");
  revived->save(dir.file("again"), {.save_format = "tf"});
  EXPECT_EQ(revived->weights().size(), model->weights().size());
  const auto again = models::load_model(dir.file("again"));
  for (const auto& one : {revived, again}) {
    expect_equal(one(part(2)).tensor(), next);
    one->compile({.optimizer = optimizers::SGD(), .loss = "mse"});
    one->fit(part(3), ops::zeros({2, 2}), {.batch_size = 2, .verbose = 0});
  }
  EXPECT_GT(std::abs(ops::reduce_sum(revived(part(2)).tensor() - next).item<float>()), 1e-4F);
}

TEST(SavedStates, OfTensorFlowsFilesGoOn) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1"}) {
    SCOPED_TRACE(producer);
    const auto file = test_data("keras") + "/stateful/" + producer;
    const auto expected = Config::parse(base::read_file(file + ".json"));
    const auto floats = [&](const char* key) { return ops::cast(json_to_tensor(expected.at(key)), DType::float32); };
    LoadReport report;
    const auto model = models::load_model(file, {.report = &report});
    EXPECT_THAT(report.mismatched, IsEmpty());
    EXPECT_EQ(report.matched.size(), model->weights().size() + 3);
    expect_equal(model->predict(floats("x")).tensor(), floats("y"));
  }
}

// What a Keras counts in fewer bits has them in the object graph too: TensorFlow restores by that.
TEST(SavedDtypes, AreThoseOfTheTarget) {
  const auto x = part(3);
  for (const auto& [target, dtype] : {std::pair("tf2.2", DType::int32), {"tf2.15", DType::int64}}) {
    const TempDir dir;
    const auto layer = Normalization();
    layer->adapt(x);
    const auto model = ModelRef(Sequential({Input({3, 4}), layer}));
    const auto expected = model->predict(x).tensor();
    model->save(dir.file("m"), {.save_format = "tf", .target = target});
    const auto file = formats::saved_model::SavedModel::open(dir.file("m"));
    std::vector<DType> counts;
    for (const auto& node : file->objects().nodes) {
      if (node.variable() && node.variable()->name.find("count") != std::string::npos) {
        counts.push_back(node.variable()->dtype);
      }
    }
    EXPECT_THAT(counts, ::testing::ElementsAre(dtype)) << target;
    expect_equal(models::load_model(dir.file("m"))->predict(x).tensor(), expected);
  }
}

}  // namespace
}  // namespace hornbeam
