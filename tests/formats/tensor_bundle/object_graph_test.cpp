#include "formats/tensor_bundle/object_graph.h"

#include <gmock/gmock.h>

#include "formats/tensor_bundle/test_bundles.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;

std::string graph_of(const std::string& name) { return Bundle::open(recorded(name))->read_string(kObjectGraphKey); }
std::string error_of_graph(const std::string& bytes) {
  return error_of([&] { parse_object_graph(bytes, "w.index"); });
}

TEST(ObjectGraph, TensorFlowsByteForByte) {
  for (const auto& name : {"model-2.2.3", "model-2.15.1"}) {
    const auto bytes = graph_of(name);
    EXPECT_EQ(serialize(parse_object_graph(bytes, name)), bytes) << name;
  }
}

TEST(ObjectGraph, WhatIsInIt) {
  const auto bundle = Bundle::open(recorded("model-2.2.3"));
  const auto graph = parse_object_graph(graph_of("model-2.2.3"), "w");
  const auto child = [&](std::size_t node, const std::string& name) {
    for (const auto& c : graph.nodes.at(node).children) {
      if (c.name == name) return static_cast<std::size_t>(c.node);
    }
    ADD_FAILURE() << "no " << name;
    return std::size_t{0};
  };
  const auto kernel = child(child(0, "layer_with_weights-1"), "kernel");
  const auto& attribute = graph.nodes[kernel].attributes.at(0);
  EXPECT_EQ(attribute.name, "VARIABLE_VALUE");
  EXPECT_EQ(attribute.full_name, "dense_1/kernel");
  EXPECT_EQ(attribute.key, "layer_with_weights-1/kernel/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_FALSE(graph.nodes[kernel].has_checkpoint_values);
  const auto& slots = graph.nodes[child(0, "optimizer")].slots;
  ASSERT_EQ(slots.size(), 8u);
  EXPECT_EQ(slots[0].name, "m");
  for (const auto& node : graph.nodes) {
    for (const auto& a : node.attributes) EXPECT_TRUE(bundle->has(a.key)) << a.key;
  }
  const auto newer = parse_object_graph(graph_of("model-2.15.1"), "w");
  EXPECT_EQ(newer.nodes[0].has_checkpoint_values, true);
}

TEST(ObjectGraph, WrongOnes) {
  const auto with = [](auto&& change) {
    auto graph = parse_object_graph(graph_of("model-2.2.3"), "w");
    change(graph);
    return error_of_graph(serialize(graph));
  };
  using Graph = ObjectGraph;
  EXPECT_EQ(with([](Graph& g) { g.nodes[0].children.push_back({0, "self"}); }), "accepted");
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].children[0].node = 1000; }), HasSubstr("object graph"));
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].children[0].node = 1000; }), HasSubstr("found node 1000"));
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].children[0].node = -1; }), HasSubstr("found node -1"));
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].slots = {{1000, "m", 0}}; }), HasSubstr("found node 1000"));
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].slots = {{0, "m", -1}}; }), HasSubstr("found node -1"));
  EXPECT_THAT(with([](Graph& g) { g.nodes[0].children[0].name = "\xff"; }), HasSubstr("names in UTF-8"));
  EXPECT_THAT(with([](Graph& g) { g.nodes.clear(); }), HasSubstr("a root node, found no nodes"));
  EXPECT_THAT(error_of_graph("garbage"), HasSubstr("bytes that do not parse"));
  EXPECT_THAT(error_of_graph("\x0a\x7f"), HasSubstr("bytes that do not parse"));
  std::string nested;
  for (int i = 0; i < 5000; ++i) {
    std::string outer = "\x0a";
    append_varint(outer, nested.size());
    nested.insert(0, outer);
  }
  EXPECT_EQ(error_of_graph(nested), "accepted");  // deeper than any message it could be: a field that nobody knows
}

// Two bytes in the file for each hundred in memory.
TEST(ObjectGraph, NodesWithoutBytes) {
  std::string empty;
  for (int i = 0; i < 30'000; ++i) empty += std::string_view("\x0a\0", 2);
  std::string node = "\x0a";
  append_varint(node, empty.size());
  for (const auto& bytes : {empty, node + empty}) {
    EXPECT_THAT(error_of([&] { parse_object_graph(bytes, "w", 29'999); }), HasSubstr("at most 29999 nodes"));
    EXPECT_GE(parse_object_graph(bytes, "w", 30'001).nodes.size(), 1u);
  }
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
