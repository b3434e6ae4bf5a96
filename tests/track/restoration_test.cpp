// Values into objects that are there, or come later; what the asserts say. Plain objects: no layers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "formats/tensor_bundle/object_graph.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"
#include "support/temp_dir.h"
#include "track/object_walk.h"

using namespace hornbeam;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using testing_support::TempDir;

namespace {

struct Thing final : Trackable {};
Variable variable(float value, const std::string& name = "v") {
  return std::make_shared<VariableNode>(name, Tensor::scalar(value), true);
}
float value_of(const Variable& v) { return v->value().item<float>(); }

class Checkpoints : public testing::Test {
 protected:
  std::string prefix(const std::string& name = "c") const { return dir_.file(name); }
  TempDir dir_;
};

TEST_F(Checkpoints, KeysAreTheShortestPathsAndEscaped) {
  const auto shared = variable(1), deep = variable(2);
  const auto thing = std::make_shared<Thing>(), inner = std::make_shared<Thing>();
  thing->add_edge("inner", inner);
  inner->add_edge("shared", shared);
  thing->add_edge("shared", shared);
  inner->add_edge("a.b/c", deep);
  inner->add_edge("back", thing);  // cycles are lawful
  train::Checkpoint({{"thing", thing}, {"list", std::vector<Variable>{variable(3)}}}).write(prefix());
  std::vector<std::string> keys;
  for (const auto& [key, shape] : train::list_variables(prefix())) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("_CHECKPOINTABLE_OBJECT_GRAPH", "list/0/.ATTRIBUTES/VARIABLE_VALUE",
                          "thing/inner/a..b.Sc/.ATTRIBUTES/VARIABLE_VALUE", "thing/shared/.ATTRIBUTES/VARIABLE_VALUE"));
}

TEST_F(Checkpoints, SaveCountsAndNotesTheLatest) {
  const auto v = variable(1);
  train::Checkpoint checkpoint({{"v", v}});
  EXPECT_EQ(checkpoint.save(prefix()), prefix("c-1"));
  v->assign(Tensor::scalar(2.0F));
  EXPECT_EQ(checkpoint.save(prefix()), prefix("c-2"));
  EXPECT_EQ(train::latest_checkpoint(dir_.path().string()), prefix("c-2"));
  const auto other = variable(0);
  train::Checkpoint again({{"v", other}});
  again.restore(prefix("c-1")).assert_consumed();
  EXPECT_EQ(value_of(other), 1);
  EXPECT_EQ(again.save(prefix()), prefix("c-2"));  // it goes on counting from what was restored
  EXPECT_EQ(train::load_variable(dir_.path().string(), "v/.ATTRIBUTES/VARIABLE_VALUE").item<float>(), 1);
}

TEST_F(Checkpoints, ValuesFollowWhenTheirObjectsCome) {
  const auto thing = std::make_shared<Thing>();
  const auto list = std::make_shared<TrackableChildren>();
  thing->add_edge("list", list);
  list->add_edge("0", variable(1));
  list->add_edge("1", variable(2));
  train::Checkpoint({{"thing", thing}}).write(prefix());

  const auto later = std::make_shared<Thing>();
  train::Checkpoint checkpoint({{"thing", later}});
  const auto status = checkpoint.read(prefix());
  status.assert_existing_objects_matched();
  EXPECT_THAT(
      [&] { status.assert_consumed(); },
      ThrowsMessage<AssertionError>(HasSubstr("Unresolved object in checkpoint (root).thing.list.0: attributes {")));
  EXPECT_EQ(status.unused().size(), 2U);
  const auto now = std::make_shared<TrackableChildren>();
  later->add_edge("list", now);
  const auto second = variable(0);
  now->add_edge("1", second);
  EXPECT_EQ(value_of(second), 2);
  now->add_edge("0", variable(0));
  status.assert_consumed();
}

TEST_F(Checkpoints, KeysThatNoObjectHasAreUnused) {
  train::Checkpoint({{"v", variable(1)}}).write(prefix());
  formats::tensor_bundle::Writer writer(prefix("more"));
  for (const auto& [key, shape] : train::list_variables(prefix())) {
    writer.add(key, train::load_variable(prefix(), key));
  }
  writer.add("stranger", Tensor::scalar(2.0F));
  writer.commit();
  train::Checkpoint checkpoint({{"v", variable(0)}});
  EXPECT_THAT(checkpoint.read(prefix()).unused(), IsEmpty());
  EXPECT_THAT(checkpoint.read(prefix("more")).assert_consumed().unused(), ElementsAre("stranger"));
}

TEST_F(Checkpoints, TheLatestRestoreWins) {
  for (const float value : {1.0F, 2.0F}) {
    const auto thing = std::make_shared<Thing>();
    thing->add_edge("v", variable(value));
    train::Checkpoint({{"thing", thing}}).write(prefix(std::to_string(static_cast<int>(value))));
  }
  const auto thing = std::make_shared<Thing>();
  train::Checkpoint checkpoint({{"thing", thing}});
  checkpoint.read(prefix("1"));
  checkpoint.read(prefix("2"));
  const auto v = variable(0);
  thing->add_edge("v", v);
  EXPECT_EQ(value_of(v), 2);
}

TEST_F(Checkpoints, NothingIsAssignedWhenOneDoesNotFit) {
  const auto wide = std::make_shared<VariableNode>("wide", Tensor::zeros(DType::float32, {3}), true);
  train::Checkpoint({{"a", variable(1)}, {"wide", wide}}).write(prefix());
  const auto a = variable(0), narrow = variable(0, "narrow");
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"a", a}, {"wide", narrow}}).read(prefix());
      },
      ThrowsMessage<ValueError>(HasSubstr("Received incompatible tensor with shape (3,) when attempting to "
                                          "restore variable with shape () and name narrow:0.")));
  EXPECT_EQ(value_of(a), 0);
  const auto whole = std::make_shared<VariableNode>("n", Tensor::scalar(std::int64_t{0}), false);
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"a", whole}}).read(prefix());
      },
      ThrowsMessage<ValueError>(HasSubstr("expected dtype int64 does not equal original dtype float32")));
}

TEST_F(Checkpoints, NothingButTheRootMatches) {
  train::Checkpoint({{"a", variable(1)}}).write(prefix());
  const auto status = train::Checkpoint({{"x", variable(0, "Variable")}}).read(prefix());
  // The checkpoint's root may be gone; what was bound is remembered.
  EXPECT_THAT([&] { status.assert_nontrivial_match(); },
              ThrowsMessage<AssertionError>(HasSubstr("Nothing except the root object matched a checkpointed value.")));
  train::Checkpoint kept({{"x", variable(0, "Variable")}});
  EXPECT_THAT(kept.read(prefix()).unmatched(), ElementsAre("Variable:0"));
}

TEST_F(Checkpoints, AbsentOnesAreMissedInTensorFlowsWords) {
  train::Checkpoint checkpoint({{"a", variable(1)}});
  EXPECT_THAT(
      [&] { checkpoint.restore(prefix("nothing")); },
      ThrowsMessage<OSError>(HasSubstr("Unsuccessful TensorSliceReader constructor: Failed to find any matching "
                                       "files for " +
                                       prefix("nothing"))));
  EXPECT_THAT(
      [&] { train::load_checkpoint(dir_.path().string()); },
      ThrowsMessage<ValueError>(HasSubstr("Couldn't find 'checkpoint' file or checkpoints in given directory")));
  checkpoint.write(prefix());
  EXPECT_THAT([&] { train::load_checkpoint(prefix()).get_tensor("nope"); },
              ThrowsMessage<KeyError>(HasSubstr("Key nope not found in checkpoint")));
}

TEST_F(Checkpoints, AManagerKeepsSomeForHours) {
  train::Checkpoint checkpoint({{"a", variable(1)}});
  train::CheckpointManager manager(checkpoint, prefix("m"), {.max_to_keep = 1, .keep_checkpoint_every_n_hours = 1e-9});
  for (int i = 0; i < 3; ++i) manager.save();
  EXPECT_THAT(manager.checkpoints(), ElementsAre(prefix("m/ckpt-3")));
  for (const auto* kept : {"m/ckpt-1.index", "m/ckpt-2.index", "m/ckpt-3.index"}) {
    EXPECT_TRUE(std::filesystem::exists(prefix(kept))) << kept;
  }
}

// Nor restores and, as it goes on, removes what is there.
TEST_F(Checkpoints, AManagerKeepsToItsFolder) {
  train::Checkpoint checkpoint({{"a", variable(1)}});
  checkpoint.write(prefix("other/ckpt-9"));
  std::filesystem::create_directories(prefix("m"));
  for (const auto& elsewhere : {std::string("../other/ckpt-9"), prefix("other/ckpt-9")}) {
    std::ofstream(prefix("m/checkpoint"))
        << "model_checkpoint_path: \"" << elsewhere << "\"\nall_model_checkpoint_paths: \"" << elsewhere << "\"\n";
    EXPECT_THAT([&] { train::CheckpointManager(checkpoint, prefix("m"), {.max_to_keep = 1}).save(); },
                ThrowsMessage<FormatError>(HasSubstr("a path within the folder")));
    EXPECT_TRUE(std::filesystem::exists(prefix("other/ckpt-9.index"))) << elsewhere;
  }
  // As TensorFlow names them that are given a relative folder: absolute ones within are taken.
  std::ofstream(prefix("m/checkpoint")) << "model_checkpoint_path: \"" << prefix("m/ckpt-1")
                                        << "\"\nall_model_checkpoint_paths: \"" << prefix("gone/ckpt-0")
                                        << "\"\nall_model_checkpoint_paths: \"" << prefix("m/ckpt-1") << "\"\n";
  checkpoint.write(prefix("m/ckpt-1"));
  train::CheckpointManager manager(checkpoint, prefix("m"), {.max_to_keep = 1});
  EXPECT_THAT(manager.checkpoints(), ElementsAre(prefix("m/ckpt-1")));
  manager.save(2);
  EXPECT_FALSE(std::filesystem::exists(prefix("m/ckpt-1.index")));
}

// A graph may say of a slot, and give it no value.
TEST_F(Checkpoints, SlotsWithoutValuesAreNamed) {
  namespace tb = formats::tensor_bundle;
  tb::ObjectGraph graph;
  graph.nodes.resize(4);
  graph.nodes[0].children = {{1, "a"}, {2, "optimizer"}};
  graph.nodes[1].attributes = {{"VARIABLE_VALUE", "a", "a/.ATTRIBUTES/VARIABLE_VALUE"}};
  graph.nodes[2].slots = {{1, "m", 3}};
  {
    tb::Writer writer(prefix());
    writer.add("a/.ATTRIBUTES/VARIABLE_VALUE", Tensor::scalar(1.0F));
    writer.add(std::string(tb::kObjectGraphKey), Tensor::scalar(tb::serialize(graph)));
    writer.commit();
  }
  train::Checkpoint checkpoint({{"a", variable(0)}});
  const auto status = checkpoint.read(prefix());
  EXPECT_THAT([&] { status.assert_consumed(); },
              ThrowsMessage<AssertionError>(HasSubstr("Unresolved slot restorations: ")));
}

}  // namespace
