// Checkpoints of a root that is the user's, as TensorFlow 2.15.1 has them; 2.2.3 takes `root` for a name like others
// (tools/record/record_checkpoint_roots.py). That of a model is in keras/saving/checkpoint_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/object_graph.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

using namespace hornbeam;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing_support::read_file;
using testing_support::TempDir;

namespace {

namespace tb = formats::tensor_bundle;

struct Module final : Trackable {
  Module(float first, float second) : v(scalar(first, "v")), w(scalar(second, "w")) {
    add_edge("v", v);
    add_edge("w", w);
  }
  static Variable scalar(float value, const std::string& name) {
    return std::make_shared<VariableNode>(name, Tensor::scalar(value), true);
  }
  const Variable v, w;
};
std::shared_ptr<Module> module(float v = 1, float w = 2) { return std::make_shared<Module>(v, w); }

class CheckpointRoots : public testing::Test {
 protected:
  static Config recorded(const std::string& version) {
    const auto path = test_data("keras") + "/checkpoints/roots/tf-" + version + ".json";
    return Config::parse(read_file(path), path);
  }
  std::string error(const char* what) const { return recorded_.at("errors").at(what).at("error").as_string(); }
  std::string prefix(const std::string& name) const { return dir_.file(name); }

  // What the recorder tells of a checkpoint that was written.
  static Config written(const std::string& path) {
    Config told{{"path", std::filesystem::path(path).filename().string()}};
    std::vector<std::string> keys;
    for (const auto& [key, shape] : train::list_variables(path)) keys.push_back(key);
    auto children = Config::list();
    const auto bundle = tb::Bundle::open(path);
    const auto graph = tb::parse_object_graph(bundle->read_string(tb::kObjectGraphKey), path);
    for (const auto& child : graph.nodes.at(0).children) {
      auto pair = Config::list();
      pair.push_back(Config(child.name));
      pair.push_back(Config(std::int64_t{child.node}));
      children.push_back(std::move(pair));
    }
    return told.set("keys", Config(keys)).set("children", std::move(children));
  }
  void expect_case(const char* name, const std::string& path) const {
    EXPECT_EQ(written(path).dump(), recorded_.at("cases").at(name).dump()) << name;
  }

  const TempDir dir_;
  const Config recorded_ = recorded("2.15.1");
  const Variable k_ = Module::scalar(3, "k");
};

TEST_F(CheckpointRoots, AreWrittenAsTensorFlowWritesThem) {
  expect_case("plain", train::Checkpoint({}, {.root = module()}).save(prefix("plain")));
  expect_case("keywords", train::Checkpoint({{"k", k_}}, {.root = module()}).save(prefix("keywords")));
  expect_case("written", train::Checkpoint({{"k", k_}}, {.root = module()}).write(prefix("written")));
  const auto own = module();
  expect_case("same_object", train::Checkpoint({{"k", k_}, {"v", own->v}}, {.root = own}).save(prefix("same")));
  expect_case("variable", train::Checkpoint({{"k", k_}}, {.root = Module::scalar(4, "v")}).save(prefix("variable")));
  const auto cycle = module();
  cycle->add_edge("me", cycle);
  expect_case("cycle", train::Checkpoint({{"k", k_}}, {.root = cycle}).save(prefix("cycle")));
  cycle->remove_edge("me");
}

TEST_F(CheckpointRoots, CountInTheRootsOwnCounter) {
  const auto& wanted = recorded_.at("cases").at("counted");
  const auto counted = module();
  const auto counter = std::make_shared<VariableNode>("save_counter", Tensor::scalar(std::int64_t{40}), false);
  counted->add_edge("save_counter", counter);
  auto told = written(train::Checkpoint({}, {.root = counted}).save(prefix("counted")));
  told.set("counter", counter->value().item<std::int64_t>());
  EXPECT_EQ(told.dump(), wanted.dump());
  // A root without one gets none: two checkpoints of it count for themselves.
  const auto twice = module();
  train::Checkpoint first({}, {.root = twice}), second({}, {.root = twice});
  auto paths = Config::list();
  for (auto* each : {&first, &second}) {
    paths.push_back(Config(std::filesystem::path(each->save(prefix("twice"))).filename().string()));
  }
  EXPECT_EQ(paths.dump(), recorded_.at("cases").at("twice").dump());
  EXPECT_EQ(twice->edges().size(), 2);
}

// To TensorFlow 2.2 it is one more name.
TEST_F(CheckpointRoots, AreANameIn22) {
  const auto wanted = recorded("2.2.3").at("cases").at("keywords");
  train::Checkpoint named({{"root", module()}, {"k", k_}}, {.target = "tf2.2"});
  EXPECT_EQ(written(named.save(prefix("keywords"))).at("keys").dump(), wanted.at("keys").dump());
}

TEST_F(CheckpointRoots, ErrorsAreTensorFlows) {
  const auto other = Module::scalar(9, "v");
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"v", other}}, {.root = module()});
      },
      ThrowsMessage<ValueError>(error("name_taken")));
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"save_counter", other}});
      },
      ThrowsMessage<AttributeError>(
          HasSubstr(recorded("2.2.3").at("errors").at("save_counter").at("error").as_string())));
  const auto until_got = [&](const char* what) {
    const auto text = error(what);
    return HasSubstr(text.substr(0, text.find(", got ")));
  };
  EXPECT_THAT([&] { train::Checkpoint({}, {.root = std::vector<Variable>{other}}); },
              ThrowsMessage<ValueError>(until_got("list")));
  EXPECT_THAT([&] { train::Checkpoint({}, {.root = std::shared_ptr<Module>()}); },
              ThrowsMessage<ValueError>(until_got("untrackable")));
  EXPECT_THAT(
      [&] {
        train::Checkpoint({{"k", Variable()}});
      },
      ThrowsMessage<ValueError>(until_got("untrackable_item")));
}

struct Restoring {
  const char* name;
  const char* producer;  // of the file
  bool root, consumed;
  std::vector<std::string> keywords;
};

TEST_F(CheckpointRoots, RestoreWhatTensorFlowDoes) {
  const std::vector<Restoring> all{{"root", "2.15.1", true, true, {"k"}},
                                   {"root_without_k", "2.15.1", true, false, {}},
                                   {"root_consumed_without_k", "2.15.1", true, true, {}},
                                   {"root_with_other", "2.15.1", true, false, {"k", "q"}},
                                   {"names", "2.15.1", false, true, {"k"}},
                                   {"of_tf_2_2", "2.2.3", true, false, {"k"}}};
  EXPECT_EQ(all.size(), recorded_.at("restores").as_dict().size());
  for (const auto& each : all) {
    const auto target = module(0, 0);
    std::vector<Variable> variables{target->v, target->w};
    train::Checkpoint::Items items;
    if (!each.root) items = {{"v", target->v}, {"w", target->w}};
    for (const auto& name : each.keywords) {
      variables.push_back(Module::scalar(0, name));
      items.emplace_back(name, variables.back());
    }
    train::CheckpointOptions options;
    if (each.root) options.root = target;
    train::Checkpoint checkpoint(items, options);
    const auto status =
        checkpoint.restore(test_data("keras") + "/checkpoints/roots/tf-" + each.producer + "/keywords-1");
    const auto& wanted = recorded_.at("restores").at(each.name);
    bool good = true;
    try {
      each.consumed ? status.assert_consumed() : status.assert_existing_objects_matched();
    } catch (const AssertionError& e) {
      good = false;
      if (each.consumed) {
        EXPECT_THAT(std::string(e.what()), HasSubstr(wanted.at("said").at("error").as_string()));
      }
    }
    EXPECT_EQ(good, wanted.at("said").is_null()) << each.name;
    const auto& values = wanted.at("values").as_list();
    ASSERT_EQ(values.size(), variables.size()) << each.name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(variables[i]->value().item<float>(), values[i].as_double()) << each.name << " " << i;
    }
    EXPECT_EQ(checkpoint.save_counter()->value().item<std::int64_t>(), wanted.at("counter").as_int()) << each.name;
  }
}

// Values for children that the root gets later; those of the checkpoint's own stay with it.
TEST_F(CheckpointRoots, ValuesFollowLaterChildrenOfTheRoot) {
  const auto full = module(5, 6);
  train::Checkpoint({{"k", k_}}, {.root = full}).write(prefix("c"));
  struct Empty final : Trackable {};
  const auto later = std::make_shared<Empty>();
  const auto k = Module::scalar(0, "k"), v = Module::scalar(0, "v"), w = Module::scalar(0, "w");
  train::Checkpoint checkpoint({{"k", k}}, {.root = later});
  const auto status = checkpoint.read(prefix("c"));
  EXPECT_EQ(k->value().item<float>(), 3);
  later->add_edge("v", v);
  later->add_edge("w", w);
  status.assert_consumed();
  EXPECT_EQ(v->value().item<float>(), 5);
  EXPECT_EQ(w->value().item<float>(), 6);
}

}  // namespace
