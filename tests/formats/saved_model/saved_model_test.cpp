#include "formats/saved_model/saved_model.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "formats/saved_model/recorded.h"
#include "formats/saved_model/serialize.h"
#include "formats/saved_model/variables.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/tensor.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::formats::saved_model::testing {
namespace {

using ::testing::HasSubstr;

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : between) + text;
  return all;
}

std::string what(const SavedObject& object) {
  struct Visitor {
    std::string operator()(const UserObject& o) const { return "user_object " + o.identifier; }
    std::string operator()(const FunctionObject& o) const { return "function " + joined(o.concrete_functions, "|"); }
    std::string operator()(const BareFunction& o) const { return "bare_concrete_function " + o.concrete_function; }
    std::string operator()(const ConstantObject& o) const { return "constant " + o.operation; }
    std::string operator()(const VariableObject& o) const {
      return "variable " + std::string(name_of(o.dtype)) + " " + o.shape.to_string() + " " + o.name +
             (o.trainable ? " True" : " False");
    }
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(const AssetObject&) const { return "asset"; }
    std::string operator()(const ResourceObject&) const { return "resource"; }
    std::string operator()(const CapturedTensor&) const { return "captured_tensor"; }
  };
  std::vector<std::string> children, slots;
  for (const auto& c : object.children) children.push_back(c.name + ":" + std::to_string(c.node));
  for (const auto& s : object.slots) {
    slots.push_back(std::to_string(s.variable) + "/" + s.name + ":" + std::to_string(s.slot_variable));
  }
  return std::visit(Visitor{}, object.what) + " [" + joined(children, ",") + "] [" + joined(slots, ",") + "]";
}

TEST(SavedModel, ObjectsAndFunctionsAsTensorFlowReadsThem) {
  for (const auto* producer : kProducers) {
    const auto file = SavedModel::open(folder_of(producer));
    const auto expected = expected_of(producer);
    const auto& lines = expected.at("objects").as_list();
    ASSERT_EQ(file->objects().nodes.size(), lines.size()) << producer;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(what(file->objects().nodes[i]), lines[i].as_string()) << producer << " node " << i;
    }
    const auto& functions = file->objects().concrete_functions;
    ASSERT_EQ(functions.size(), expected.at("concrete_functions").size());
    for (const auto& [name, function] : expected.at("concrete_functions").as_dict()) {
      const auto& ours = functions.at(name);
      EXPECT_EQ(Config(ours.bound_inputs), function.at("bound")) << name;
      EXPECT_EQ(ours.inputs.to_string(), function.at("inputs").as_string()) << name;
      EXPECT_EQ(ours.outputs.to_string(), function.at("outputs").as_string()) << name;
    }
    EXPECT_EQ(file->tags(), std::vector<std::string>{"serve"});
  }
}

TEST(SavedModel, GraphAsTensorFlowReadsIt) {
  for (const auto* producer : kProducers) {
    const auto graph = SavedModel::open(folder_of(producer))->read_graph();
    const auto expected = expected_of(producer);
    std::vector<std::string> nodes;
    std::size_t constants = 0;
    const auto add = [&](const std::string& group, const std::vector<NodeDef>& list) {
      for (const auto& node : list) {
        nodes.push_back(group + "/" + node.name + " " + node.op + " " + joined(node.inputs, ","));
        const auto* value = expected.at("constants").find(group + "/" + node.name);
        if (!value) continue;
        ++constants;
        EXPECT_TRUE(tensor_to_json(node.attrs.tensor("value")).equivalent(*value)) << nodes.back();
      }
    };
    add("", graph.nodes);
    for (const auto& function : graph.functions) add(function.name, function.nodes);
    EXPECT_EQ(Config(nodes), expected.at("nodes")) << producer;
    EXPECT_EQ(constants, expected.at("constants").size());
    EXPECT_GT(constants, 0u);
  }
}

TEST(SavedModel, SignaturesAsTensorFlowReadsThem) {
  for (const auto* producer : kProducers) {
    auto found = Config::dict();
    const auto file = SavedModel::open(folder_of(producer));
    for (const auto& signature : file->signatures()) {
      const auto tensors = [](const auto& list) {
        auto result = Config::list();
        for (const auto& [name, info] : list) result.push_back(Config::List{name, info.name});
        return result;
      };
      found.set(signature.key, Config::List{tensors(signature.inputs), tensors(signature.outputs)});
    }
    EXPECT_EQ(found, expected_of(producer).at("signatures"));
  }
}

TEST(SavedModel, KerasMetadataBesideOrInside) {
  for (const auto* producer : kProducers) {
    const auto nodes = SavedModel::open(folder_of(producer))->read_keras_nodes();
    ASSERT_GT(nodes.size(), 3u);
    EXPECT_EQ(nodes[0].node, 0);
    EXPECT_EQ(nodes[0].identifier, "_tf_keras_sequential");
    EXPECT_EQ(Config::parse(nodes[0].metadata).at("class_name").as_string(), "Sequential");
  }
}

// TensorFlow 2.2 leaves the keras_metadata.pb of an older save in the folder.
TEST(SavedModel, KerasMetadataInsideComesBeforeAnOlderOneBeside) {
  const testing_support::TempDir dir;
  const auto stale = serialize_keras_metadata({{0, "root", "_tf_keras_network", "{}"}, {9999, "", "", ""}});
  for (const auto* producer : {"tf-2.2.3", "tf-2.15.1"}) {
    const auto folder = dir.file(producer);
    std::filesystem::copy(folder_of(producer), folder);
    testing_support::write_file(folder + "/keras_metadata.pb", stale);
    const auto file = SavedModel::open(folder);
    if (producer == std::string("tf-2.2.3")) {
      EXPECT_EQ(file->read_keras_nodes().at(0).identifier, "_tf_keras_sequential");
    } else {
      EXPECT_THROW(file->read_keras_nodes(), FormatError);
    }
  }
}

TEST(SavedModel, EveryVariableHasItsValue) {
  for (const auto* producer : kProducers) {
    const auto file = SavedModel::open(folder_of(producer));
    const Variables variables(file);
    std::size_t found = 0;
    for (std::size_t i = 0; i < file->objects().nodes.size(); ++i) {
      const auto* variable = file->objects().nodes[i].variable();
      if (!variable) continue;
      ++found;
      const auto id = static_cast<std::int32_t>(i);
      EXPECT_EQ(variables.read(id, false).shape(), variable->shape) << variable->name;
      EXPECT_EQ(variables.read(id, true).dtype(), variable->dtype) << variable->name;
    }
    EXPECT_GE(found, 8u) << producer;
    EXPECT_THROW(variables.read(0, false), KeyError);
  }
}

TEST(SavedModel, NoneInAFolder) {
  try {
    SavedModel::open(test_data("formats"));
    ADD_FAILURE();
  } catch (const OSError& error) {
    EXPECT_THAT(error.what(), HasSubstr("SavedModel file does not exist at: "));
  }
}

}  // namespace
}  // namespace hornbeam::formats::saved_model::testing
