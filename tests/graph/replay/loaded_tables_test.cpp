// Tables that a loaded graph fills from files: only from those that it was allowed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "graph/replay/loaded_functions.h"
#include "hornbeam/errors.hpp"

using namespace hornbeam;
using formats::saved_model::FunctionDef;
using formats::saved_model::GraphDef;

namespace {

class LoadedTables : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(path_) << "red\ngreen\n"; }
  void TearDown() override { std::filesystem::remove(path_); }

  // Words' lines in the file whose name it is given: a table is made, filled and asked.
  static GraphDef graph() {
    const std::int64_t words = -2, lines = -1, all = -1;
    FunctionDef f{.name = "lines",
                  .inputs = {{"filename", 7}, {"words", 7}},
                  .outputs = {{"lines", 9}},
                  .nodes = {},
                  .ret = {{"lines", "find:values:0"}},
                  .control_ret = {},
                  .attrs = {}};
    f.nodes.push_back(
        {"none",
         "Const",
         {},
         {{"dtype", DType::int64}, {"value", std::make_shared<const Tensor>(Tensor::scalar(std::int64_t{-1}))}}});
    f.nodes.push_back({"table",
                       "HashTableV2",
                       {},
                       {{"key_dtype", DType::string},
                        {"value_dtype", DType::int64},
                        {"container", std::string()},
                        {"shared_name", std::string("t")},
                        {"use_node_name_sharing", false}}});
    f.nodes.push_back({"fill",
                       "InitializeTableFromTextFileV2",
                       {"table:table_handle:0", "filename"},
                       {{"key_index", words}, {"value_index", lines}, {"vocab_size", all}}});
    f.nodes.push_back({"find",
                       "LookupTableFindV2",
                       {"table:table_handle:0", "words", "none:output:0", "^fill"},
                       {{"Tin", DType::string}, {"Tout", DType::int64}}});
    return {{}, {f}};
  }

  static Tensor lines(const graph::LoadedFunctions& functions, const std::string& path) {
    const std::vector<Tensor> arguments{Tensor::from<std::string>({}, std::vector<std::string>{path}),
                                        Tensor::from<std::string>({3}, {"green", "red", "blue"})};
    return functions.call("lines", arguments)[0];
  }

  const std::string path_ = testing::TempDir() + "/loaded_tables_test.txt";
};

TEST_F(LoadedTables, FilledFromAnAllowedFile) {
  graph::LoadedFunctions functions(graph(), "saved_model.pb");
  functions.allow_files({path_});
  const auto found = lines(functions, path_);
  EXPECT_THAT(found.data<std::int64_t>(), testing::ElementsAre(1, 0, -1));
}

// The file is there and could be read.
TEST_F(LoadedTables, NoOtherFileIsOpened) {
  graph::LoadedFunctions functions(graph(), "saved_model.pb");
  const auto refusal = testing::ThrowsMessage<ValueError>(
      testing::HasSubstr("fills a table from '" + path_ + "', which is no asset of this model"));
  EXPECT_THAT([&] { lines(functions, path_); }, refusal);
  functions.allow_files({path_ + ".other", testing::TempDir()});
  EXPECT_THAT([&] { lines(functions, path_); }, refusal);
}

}  // namespace
