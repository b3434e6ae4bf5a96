// Weights of a SavedModel are found by the names that lead to them, whatever order its lists have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/atomic_file.h"
#include "formats/saved_model/serialize.h"
#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::TempDir;
namespace sm = formats::saved_model;

// Two layers whose weights have the same shapes.
ModelRef twins() {
  backend::clear_session();
  utils::set_random_seed(4);
  const auto x = Input({3}, {.name = "x"});
  const auto y = Dense(3, {.bias_initializer = "random_normal", .name = "second"})(
      Dense(3, {.activation = "tanh", .bias_initializer = "random_normal", .name = "first"})(x));
  return ModelRef(Functional(x, y, {.name = "twins"}));
}

// The file with another object graph.
template <class Change>
void rewrite(const std::string& folder, const Change& change) {
  const auto file = sm::SavedModel::open(folder);
  auto objects = file->objects();
  change(objects);
  sm::SavedModelParts parts;
  parts.graph = sm::serialize(file->read_graph());
  parts.objects = sm::serialize(objects);
  parts.signatures = file->signatures();
  parts.tensorflow_version = file->tensorflow_version();
  base::replace_file(folder + "/saved_model.pb", sm::serialize(parts));
}

class SavedModelNames : public ::testing::Test {
 protected:
  void expect_same() {
    const auto again = models::load_model(folder_, {.report = &report_});
    const auto before = model_->get_weights(), after = again->get_weights();
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_TRUE(std::ranges::equal(before[i].data<float>(), after[i].data<float>())) << i;
    }
  }

  TempDir dir_;
  const ModelRef model_ = twins();
  const std::string folder_ = dir_.file("m");
  LoadReport report_;
};

TEST_F(SavedModelNames, TheOrderOfTheListIsNotAsked) {
  model_->save(folder_);
  rewrite(folder_, [](sm::SavedObjectGraph& objects) {
    auto& list = objects.nodes[static_cast<std::size_t>(objects.child(0, "variables").value())].children;
    ASSERT_EQ(list.size(), 4U);
    std::swap(list[0].node, list[2].node);
    std::swap(list[1].node, list[3].node);
  });
  expect_same();
  EXPECT_EQ(report_.matched.size(), 4U);
  EXPECT_THAT(report_.unused, IsEmpty());
}

TEST_F(SavedModelNames, NorIsTheListItself) {
  model_->save(folder_);
  rewrite(folder_, [](sm::SavedObjectGraph& objects) {
    std::erase_if(objects.nodes[0].children, [](const auto& child) { return child.name == "variables"; });
  });
  expect_same();
}

TEST_F(SavedModelNames, WhatNothingTakesIsTold) {
  model_->save(folder_);
  rewrite(folder_, [](sm::SavedObjectGraph& objects) {
    const auto list = static_cast<std::size_t>(objects.child(0, "variables").value());
    auto stray = objects.nodes[static_cast<std::size_t>(objects.nodes[list].children[0].node)];
    std::get<sm::VariableObject>(stray.what).name = "stray";
    objects.nodes.push_back(stray);
    objects.nodes[list].children.push_back({static_cast<std::int32_t>(objects.nodes.size() - 1), "4"});
  });
  expect_same();
  EXPECT_THAT(report_.unused, ElementsAre("stray"));
}

TEST_F(SavedModelNames, AWeightThatIsNotThereIsAnError) {
  model_->save(folder_);
  rewrite(folder_, [](sm::SavedObjectGraph& objects) {
    auto& list = objects.nodes[static_cast<std::size_t>(objects.child(0, "variables").value())].children;
    auto& layer = objects.nodes[static_cast<std::size_t>(objects.child(0, "layer_with_weights-1").value())].children;
    const auto bias = list[3].node;
    std::erase_if(list, [&](const auto& child) { return child.node == bias; });
    std::erase_if(layer, [&](const auto& child) { return child.node == bias; });
  });
  try {
    models::load_model(folder_);
    FAIL() << "no error";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has 4 weights, but the SavedModel has 3"));
  }
}

}  // namespace
}  // namespace hornbeam
