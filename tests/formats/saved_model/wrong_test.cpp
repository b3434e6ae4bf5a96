// One test for each way in which saved_model.pb and keras_metadata.pb can be wrong.
#include <gmock/gmock.h>

#include "base/utf8.h"
#include "formats/saved_model/messages.h"
#include "formats/saved_model/recorded.h"
#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::saved_model::testing {
namespace {

using tensor_bundle::append_varint;
using ::testing::HasSubstr;

std::string field(std::uint32_t number, const std::string& content) {
  std::string out;
  append_varint(out, (number << 3) | 2);
  append_varint(out, content.size());
  return out + content;
}
std::string number(std::uint32_t field_number, std::uint64_t value) {
  std::string out;
  append_varint(out, field_number << 3);
  append_varint(out, value);
  return out;
}
std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string model_of(const std::string& objects, const std::string& graph = "", const std::string& more = "") {
  return field(2, field(2, graph) + field(7, objects) + more);
}

template <class Read>
std::string error_of(const Read& read) {
  try {
    read();
  } catch (const FormatError& error) {
    EXPECT_EQ(error.file(), "m.pb");
    return error.what();
  } catch (const NotImplementedError& error) {
    return error.what();
  }
  return "accepted";
}
std::string error_of_model(const std::string& bytes) {
  return error_of([&] { SavedModel::from_bytes(bytes, "m.pb"); });
}
std::string error_of_objects(const std::string& objects) { return error_of_model(model_of(objects)); }
std::string error_of_graph(const std::string& graph) {
  return error_of([&] { parse_graph(graph, "m.pb"); });
}

// A graph of one node with one attribute.
std::string attribute(const std::string& value) {
  return field(1, field(1, "N") + field(2, "Const") + field(5, field(1, "value") + field(2, value)));
}
std::string shape(const std::vector<std::int64_t>& dims) {
  std::string out;
  for (const auto dim : dims) out += field(2, number(1, static_cast<std::uint64_t>(dim)));
  return out;
}
std::string tensor(int dtype, const std::vector<std::int64_t>& dims, const std::string& values) {
  return attribute(field(8, number(1, static_cast<std::uint64_t>(dtype)) + field(2, shape(dims)) + values));
}

TEST(WrongSavedModel, NotOneAtAll) {
  EXPECT_THAT(error_of_model(""), HasSubstr("a MetaGraph"));
  EXPECT_THAT(error_of_model("text in a .pb"), HasSubstr("found bytes that do not parse"));
  EXPECT_THAT(error_of_model(field(2, "").substr(0, 1)), HasSubstr("found bytes that do not parse"));
  EXPECT_THAT(error_of_model(std::string("\x12\xff\xff\xff\xff\x07", 6)), HasSubstr("found bytes that do not parse"));
  EXPECT_EQ(error_of_model(model_of("")), "accepted");
}

TEST(WrongSavedModel, CutAnywhere) {
  const auto whole = base::read_file(folder_of("tf-2.2.3") + "/saved_model.pb");
  for (std::size_t size = 1; size < whole.size(); size += 997) {
    EXPECT_THAT(error_of_model(whole.substr(0, size)), HasSubstr("found bytes that do not parse")) << size;
  }
}

TEST(WrongSavedModel, SeveralMetaGraphsOfWhichNoneServes) {
  const auto tagged = [](const std::string& tag) { return field(2, field(1, field(4, tag))); };
  EXPECT_THAT(error_of_model(tagged("train") + tagged("gpu")), HasSubstr("found tags ['train'], ['gpu']"));
  EXPECT_EQ(error_of_model(tagged("train") + tagged("serve")), "accepted");
}

TEST(WrongSavedModel, TooManyMessages) {
  const auto objects = repeated(field(1, ""), 1000);
  EXPECT_EQ(check_messages(objects, MessageKind::object_graph, "m.pb", "objects"), 1000u);
  EXPECT_THAT(error_of([&] { check_messages(objects, MessageKind::object_graph, "m.pb", "objects", 999); }),
              HasSubstr("at most 999 messages"));
}

TEST(WrongSavedModel, NestedTooDeep) {
  std::string value = field(1, "");
  for (int i = 0; i < 60; ++i) value = field(52, field(1, value));
  const auto function = field(2, field(1, "f") + field(2, field(3, value)));
  EXPECT_THAT(error_of_objects(function), HasSubstr("nested at most"));
}

TEST(WrongSavedModel, NodesThatAreNotThere) {
  const auto child = [](std::uint64_t id) { return field(1, field(1, number(1, id) + field(2, "x"))); };
  EXPECT_EQ(error_of_objects(child(0)), "accepted");
  EXPECT_THAT(error_of_objects(child(1)), HasSubstr("object graph, node 0"));
  EXPECT_THAT(error_of_objects(child(1)), HasSubstr("one of 1 nodes, found node 1"));
  EXPECT_THAT(error_of_objects(child(~std::uint64_t{0})), HasSubstr("found node -1"));
  const auto slot = field(1, field(3, number(3, 7)));
  EXPECT_THAT(error_of_objects(slot), HasSubstr("found node 7"));
  const auto bound = field(1, "") + field(2, field(1, "f") + field(2, field(2, std::string("\x05"))));
  EXPECT_THAT(error_of_objects(bound), HasSubstr("concrete function 'f'"));
  EXPECT_THAT(error_of_objects(bound), HasSubstr("found node 5"));
  const auto twice = repeated(field(2, field(1, "f")), 2);
  EXPECT_THAT(error_of_objects(twice), HasSubstr("once"));
}

TEST(WrongSavedModel, WhatNamesAndShapesHold) {
  const auto named = field(1, field(1, field(2, "\xff")));
  EXPECT_THAT(error_of_objects(named), HasSubstr("UTF-8"));
  const auto function = error_of_objects(field(1, "") + field(2, field(1, "f\xff")));
  EXPECT_THAT(function, HasSubstr("UTF-8"));
  EXPECT_TRUE(base::is_utf8(function));  // the message itself
  const auto variable = [](const std::vector<std::int64_t>& dims) {
    return field(1, field(7, number(1, 1) + field(2, shape(dims))));
  };
  EXPECT_EQ(error_of_objects(variable({-1, 3})), "accepted");
  EXPECT_THAT(error_of_objects(variable({-2})), HasSubstr("found a dim of -2"));
  EXPECT_THAT(error_of_objects(variable(std::vector<std::int64_t>(300, 1))), HasSubstr("at most 254 dims"));
  EXPECT_THAT(error_of_objects(field(1, field(5, number(1, 3)))), HasSubstr("asset"));
}

TEST(WrongSavedModel, Tensors) {
  const auto floats = [](std::size_t count) { return field(5, std::string(4 * count, '\0')); };
  EXPECT_EQ(error_of_graph(tensor(1, {2, 2}, floats(4))), "accepted");
  EXPECT_EQ(error_of_graph(tensor(1, {2, 2}, floats(1))), "accepted");  // one for all
  EXPECT_THAT(error_of_graph(tensor(1, {2, 2}, floats(5))), HasSubstr("a tensor of 4 values, found 5"));
  EXPECT_THAT(error_of_graph(tensor(1, {2}, field(4, "1234"))), HasSubstr("a tensor of 8 bytes"));
  EXPECT_THAT(error_of_graph(tensor(1, {std::int64_t{1} << 40}, floats(1))), HasSubstr("repeated ones"));
  EXPECT_THAT(error_of_graph(tensor(1, {std::int64_t{1} << 32, std::int64_t{1} << 32}, floats(1))),
              HasSubstr("that can be held"));
  EXPECT_THAT(error_of_graph(tensor(1, {-1}, floats(1))), HasSubstr("known shape"));
  EXPECT_THAT(error_of_graph(tensor(7, {1}, field(4, "x"))), HasSubstr("strings one by one"));
  // Each within the limit, together past it.
  const auto big = tensor(1, {1 << 23}, floats(1));
  EXPECT_EQ(error_of_graph(big), "accepted");
  EXPECT_THAT(error_of_graph(repeated(big, 3)), HasSubstr("repeated ones"));
}

TEST(WrongSavedModel, Attributes) {
  EXPECT_THAT(error_of_graph(attribute(number(6, 11))), HasSubstr("not yet supported: a type of number 11"));
  EXPECT_THAT(error_of_graph(attribute(field(9, "T"))), HasSubstr("not yet supported"));
  const auto many = field(1, field(1, "N") + repeated(field(5, field(1, "a")), 1001));
  EXPECT_THAT(error_of_graph(many), HasSubstr("at most 1000 attributes"));
}

TEST(WrongSavedModel, KerasMetadata) {
  const auto parse = [](const std::string& bytes) { return error_of([&] { parse_keras_metadata(bytes, "m.pb"); }); };
  EXPECT_EQ(parse(""), "accepted");
  EXPECT_THAT(parse("no metadata"), HasSubstr("found bytes that do not parse"));
  EXPECT_THAT(parse(field(1, field(5, "\xff"))), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace hornbeam::formats::saved_model::testing
