// Graphs of sessions that are wrong on purpose: each is refused in words, within bounds.
#include <gmock/gmock.h>

#include <filesystem>

#include "formats/saved_model/serialize.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/saved_model.hpp"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

namespace sm = formats::saved_model;
using ::testing::HasSubstr;
using testing_support::error_of;
using testing_support::TempDir;

constexpr int kFloat = 1;

sm::NodeDef node_def(const std::string& name, const std::string& op, std::vector<std::string> inputs = {},
                     Attrs attrs = {}) {
  return {name, op, std::move(inputs), std::move(attrs)};
}
TensorBox boxed(Tensor value) { return std::make_shared<const Tensor>(std::move(value)); }
sm::NodeDef float_of(const std::string& name, float value) {
  return node_def(name, "Const", {}, {{"dtype", DType::float32}, {"value", boxed(Tensor::scalar(value))}});
}
sm::NodeDef text_of(const std::string& name, const std::string& text) {
  return node_def(name, "Const", {}, {{"dtype", DType::string}, {"value", boxed(Tensor::scalar(text))}});
}
sm::NodeDef variable_of_shape(const std::string& name, const Shape& shape) {
  return node_def(name, "VarHandleOp", {}, {{"dtype", DType::float32}, {"shape", shape}});
}

// A file of these nodes, with the signature "f" that gives `fetch`.
class WrongGraph {
 public:
  explicit WrongGraph(std::vector<sm::NodeDef> nodes, const std::string& fetch = "") {
    graph_.nodes = std::move(nodes);
    if (!fetch.empty()) parts_.signatures = {{"f", {}, {{"y", {fetch, kFloat, Shape{}}}}, ""}};
  }
  WrongGraph& with_init(const std::string& op) {
    parts_.init_op = op;
    return *this;
  }
  WrongGraph& with_restore(const std::string& op, const std::vector<std::pair<std::string, Tensor>>& values) {
    parts_.saver = {"where:0", "where:0", op};
    graph_.nodes.push_back(text_of("where", ""));
    std::filesystem::create_directories(folder_.file("m/variables"));
    formats::tensor_bundle::Writer writer(folder_.file("m/variables/variables"));
    for (const auto& [name, value] : values) writer.add(name, value);
    writer.commit();
    return *this;
  }
  WrongGraph& with_function(sm::FunctionDef function) {
    graph_.functions.push_back(std::move(function));
    return *this;
  }
  std::string error() {
    return error_of([&] {
      const auto loaded = load();
      if (!loaded->signatures().empty()) loaded->run("f", {});
    });
  }
  std::shared_ptr<const saved_model::Object> load() {
    parts_.graph = sm::serialize(graph_);
    std::filesystem::create_directories(folder_.file("m"));
    testing_support::write_file(folder_.file("m/saved_model.pb"), sm::serialize(parts_));
    return saved_model::load(folder_.file("m"));
  }

 private:
  TempDir folder_;
  sm::GraphDef graph_;
  sm::SavedModelParts parts_;
};

TEST(WrongSessionGraph, ItsNodes) {
  EXPECT_EQ(WrongGraph({}).error(), error_of([] {})) << "a file without anything";
  EXPECT_THAT(WrongGraph({float_of("a", 1), float_of("a", 2)}, "a:0").error(), HasSubstr("node 'a' is a duplicate"));
  EXPECT_THAT(WrongGraph({node_def("a", "Neg", {"b"})}, "a:0").error(), HasSubstr("The name 'b' refers to"));
  EXPECT_THAT(WrongGraph({node_def("a", "Neg", {"b"}), node_def("b", "Neg", {"a"})}, "a:0").error(),
              HasSubstr("a cycle"));
  EXPECT_THAT(WrongGraph({node_def("a", "NoOp", {"^a"})}).with_init("a").error(), HasSubstr("a cycle"));
  EXPECT_THAT(WrongGraph({float_of("a", 1)}, "a:7").error(), HasSubstr("out of range"));
  EXPECT_THAT(WrongGraph({float_of("a", 1)}, "a:99999999999999999999999").error(), HasSubstr("names no tensor"));
  EXPECT_THAT(WrongGraph({float_of("a", 1)}, "a:-1").error(), HasSubstr("names no tensor"));
  EXPECT_THAT(WrongGraph({float_of("a", 1)}).with_init("b").error(), HasSubstr("The name 'b' refers to"));
  EXPECT_THAT(WrongGraph({node_def("a", "Launch")}, "a:0").error(),
              HasSubstr("not yet supported: op Launch (node 'a'"));
  EXPECT_THAT(WrongGraph({node_def("a", "Enter", {"b"}), float_of("b", 1)}, "a:0").error(),
              HasSubstr("op Enter, a loop of TensorFlow 1's control flow (node 'a')"));
}

// What a signature needs is asked for when it is called.
TEST(WrongSessionGraph, UnknownOpsAreNoErrorUntilTheyAreNeeded) {
  auto graph = WrongGraph({node_def("a", "Launch"), float_of("b", 3)}, "a:0");
  const auto loaded = graph.load();
  EXPECT_EQ(loaded->prune({}, {"b:0"})({}).at(0).data<float>()[0], 3.0F);
  EXPECT_THAT(error_of([&] { loaded->run("f", {}); }), HasSubstr("not yet supported: op Launch"));
}

TEST(WrongSessionGraph, ItsVariables) {
  const Shape absurd{std::int64_t{1} << 40, std::int64_t{1} << 20};
  const auto read = node_def("r", "ReadVariableOp", {"v"}, {{"dtype", DType::float32}});
  EXPECT_THAT(WrongGraph({variable_of_shape("v", absurd), read}, "r:0").error(),
              HasSubstr("Error while reading resource variable v from Container: localhost. This could mean that the "
                        "variable was uninitialized."));
  EXPECT_THAT(
      WrongGraph({variable_of_shape("v", absurd), float_of("c", 1), node_def("i", "AssignVariableOp", {"v", "c"})})
          .with_init("i")
          .error(),
      HasSubstr("variable 'v' is float32"));
  std::vector<sm::NodeDef> chain{node_def("v", "VariableV2", {}, {{"dtype", DType::float32}, {"shape", Shape{}}})};
  for (int i = 0; i < 100; ++i) {
    chain.push_back(node_def("n" + std::to_string(i), "RefIdentity", {i == 0 ? "v" : "n" + std::to_string(i - 1)}));
  }
  EXPECT_THAT(WrongGraph(chain, "n99:0").error(), HasSubstr("goes through more than 64 operations"));
  EXPECT_THAT(WrongGraph({node_def("a", "Assign", {"a", "c"}), float_of("c", 1)}, "a:0").error(),
              HasSubstr("goes through more than 64 operations"));
}

// The bundle is read once, by the model's own saver, from the model's own folder.
TEST(WrongSessionGraph, ItsRestoring) {
  const auto restore = [](const std::string& name, std::vector<std::string> tensors, std::vector<std::string> slices) {
    const auto vector = [](const auto& v) { return Shape{static_cast<std::int64_t>(v.size())}; };
    return std::vector<sm::NodeDef>{
        node_def("names", "Const", {},
                 {{"dtype", DType::string}, {"value", boxed(Tensor::from<std::string>(vector(tensors), tensors))}}),
        node_def("slices", "Const", {},
                 {{"dtype", DType::string}, {"value", boxed(Tensor::from<std::string>(vector(slices), slices))}}),
        node_def(name, "RestoreV2", {"where", "names", "slices"},
                 {{"dtypes", std::vector<DType>(tensors.size(), DType::float32)}})};
  };
  const std::vector<std::pair<std::string, Tensor>> values{{"w", ops::zeros({4, 2})}};
  const auto error = [&](const std::vector<std::string>& names, const std::vector<std::string>& slices) {
    return WrongGraph(restore("all", names, slices)).with_restore("all", values).error();
  };
  EXPECT_EQ(error({"w"}, {""}), error_of([] {}));
  EXPECT_EQ(error({"w", "w"}, {"4 2 0,2:-", "4 2 2,2:-"}), error_of([] {}));
  EXPECT_THAT(error({"w", "w"}, {"", ""}), HasSubstr("found more than all tensors come to"));
  EXPECT_THAT(error({"u"}, {""}), HasSubstr("u"));
  EXPECT_THAT(error({"w"}, {"4 2 0,2"}), HasSubstr("is no slice of tensor 'w'"));
  EXPECT_THAT(error({"w"}, {"4 2 -1,2:-"}), HasSubstr("is no slice of tensor 'w'"));
  EXPECT_THAT(error({"w"}, {"9 2 0,2:-"}), HasSubstr("does not match the shape in the save file"));
  EXPECT_NE(error({"w"}, {"4 2 3,2:-"}), error_of([] {}));
  EXPECT_NE(error({"w"}, {"4 2 9223372036854775807,2:-"}), error_of([] {}));
  EXPECT_THAT(error({"w"}, {"", ""}), HasSubstr("must have as many elements"));
  auto nodes = restore("all", {"w"}, {""});
  nodes.push_back(text_of("where", "/somewhere"));
  EXPECT_THAT(WrongGraph(nodes, "all:0").error(),
              HasSubstr("op RestoreV2 outside of what restores the variables (node 'all')"));
}

TEST(WrongSessionGraph, ItsTables) {
  const auto table = node_def("t", "HashTableV2", {}, {{"key_dtype", DType::string}, {"value_dtype", DType::int64}});
  const auto fill = node_def("i", "InitializeTableFromTextFileV2", {"t", "file"},
                             {{"key_index", std::int64_t{-2}}, {"value_index", std::int64_t{-1}}});
  EXPECT_THAT(WrongGraph({table, text_of("file", "/etc/hostname"), fill}).with_init("i").error(),
              HasSubstr("which is no asset of this model; other files are not opened"));
  const auto size = node_def("s", "LookupTableSizeV2", {"v"});
  EXPECT_NE(WrongGraph({variable_of_shape("v", Shape{}), size}, "s:0").error(), error_of([] {}));
}

// A main op that never ends.
TEST(WrongSessionGraph, LoopsForEver) {
  sm::FunctionDef same{"same", {{"x", 10}}, {{"y", 10}}, {}, {{"y", "x"}}, {}, {}, false};
  const auto start = node_def("b", "Const", {}, {{"dtype", DType::boolean}, {"value", boxed(Tensor::scalar(true))}});
  const auto loop = node_def("l", "While", {"b"},
                             {{"cond", FunctionAttr{"same", {}}},
                              {"body", FunctionAttr{"same", {}}},
                              {"T", std::vector<DType>{DType::boolean}}});
  EXPECT_THAT(WrongGraph({start, loop}).with_function(same).with_init("l").error(), HasSubstr("which is the limit"));
}

TEST(WrongSessionGraph, SwitchesThatLeaveNothing) {
  const auto flag = node_def("p", "Const", {}, {{"dtype", DType::boolean}, {"value", boxed(Tensor::scalar(true))}});
  const auto choose = node_def("s", "Switch", {"c", "p"});
  EXPECT_THAT(WrongGraph({flag, float_of("c", 1), choose}, "s:0").error(), HasSubstr("does not have value"));
  EXPECT_THAT(WrongGraph({float_of("c", 1), node_def("s", "Switch", {"c", "c"})}, "s:0").error(),
              HasSubstr("A Switch takes a value and a boolean scalar"));
  EXPECT_THAT(WrongGraph({float_of("c", 1), node_def("s", "Switch", {"c"})}, "s:0").error(),
              HasSubstr("A Switch takes a value and a boolean scalar"));
  EXPECT_THAT(WrongGraph({node_def("m", "Merge")}, "m:0").error(), HasSubstr("a Merge one value or more"));
}

}  // namespace
}  // namespace hornbeam
