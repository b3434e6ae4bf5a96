// Lookup tables: what TensorFlow's answer, and what they refuse.
#include "ops/text/lookup_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/errors.hpp"
#include "ops/op_def.h"
#include "tensor/resource.h"

using namespace hornbeam;

namespace {

Tensor texts(const std::vector<std::string>& values) {
  return Tensor::from<std::string>({static_cast<std::int64_t>(values.size())}, values);
}
Tensor numbers(const std::vector<std::int64_t>& values) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}
std::vector<std::int64_t> values_of(const Tensor& t) {
  const auto data = t.data<std::int64_t>();
  return {data.begin(), data.end()};
}

Tensor made(const char* op) { return call_op1(op, {}, {{"key_dtype", DType::string}, {"value_dtype", DType::int64}}); }
Tensor found(const Tensor& table, const std::vector<std::string>& keys) {
  return call_op1("LookupTableFindV2", {table, texts(keys), Tensor::scalar(std::int64_t{-1})});
}

template <class F>
std::string refused(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(LookupTable, AStaticTableIsFilledOnceAndGivesTheDefaultForTheRest) {
  const auto table = made("HashTableV2");
  EXPECT_EQ(refused([&] { found(table, {"a"}); }), "Table not initialized.");
  call_op("LookupTableImportV2", {table, texts({"a", "b", "a"}), numbers({3, 4, 3})});
  EXPECT_EQ(values_of(found(table, {"b", "q", "a"})), (std::vector<std::int64_t>{4, -1, 3}));
  EXPECT_EQ(call_op1("LookupTableSizeV2", {table}).item<std::int64_t>(), 2);
  EXPECT_THAT(refused([&] {
                call_op("LookupTableImportV2", {table, texts({"a", "a"}), numbers({1, 2})});
              }),
              testing::StartsWith("HashTable has different value for same key."));
  EXPECT_THAT(refused([&] {
                call_op("LookupTableInsertV2", {table, texts({"c"}), numbers({1})});
              }),
              testing::HasSubstr("not a mutable one"));
}

TEST(LookupTable, AMutableTableTakesAndDropsKeys) {
  const auto table = made("MutableHashTableV2");
  call_op("LookupTableInsertV2", {table, texts({"a", "b"}), numbers({1, 2})});
  call_op("LookupTableInsertV2", {table, texts({"b", "c"}), numbers({5, 6})});
  call_op("LookupTableRemoveV2", {table, texts({"a", "zz"})});
  EXPECT_EQ(values_of(found(table, {"a", "b", "c"})), (std::vector<std::int64_t>{-1, 5, 6}));
  const auto all = call_op("LookupTableExportV2", {table}, {{"Tkeys", DType::string}, {"Tvalues", DType::int64}});
  EXPECT_EQ(all[0].num_elements(), 2);
  EXPECT_EQ(values_of(found(table, {all[0].data<std::string>()[0]}))[0], values_of(all[1])[0]);
}

TEST(LookupTable, WhatDoesNotFitIsRefused) {
  const auto table = made("MutableHashTableV2");
  EXPECT_NE(refused([&] {
              call_op("LookupTableImportV2", {table, texts({"a"}), texts({"b"})});
            }),
            "nothing was thrown");
  EXPECT_NE(refused([&] {
              call_op("LookupTableImportV2", {table, texts({"a"}), numbers({1, 2})});
            }),
            "nothing was thrown");
  EXPECT_NE(refused([&] {
              call_op1("LookupTableFindV2", {table, numbers({1}), Tensor::scalar(std::int64_t{0})});
            }),
            "nothing was thrown");
  EXPECT_NE(refused([] { LookupTable("t", DType::float32, DType::int64, true); }), "nothing was thrown");
  const auto variable = std::make_shared<VariableNode>("v", Tensor::scalar(1.0F), false);
  EXPECT_THAT(refused([&] { call_op1("LookupTableSizeV2", {resource_tensor(variable)}); }),
              testing::HasSubstr("a lookup table was expected"));
}

}  // namespace
