// CSV files as arrays and batches, and training on them.
#include "hornbeam/csv.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::TempDir;
using testing_support::write_file;

constexpr const char* kCsvTable =
    "id,a,b,y,w\n"
    "one,1,10,2,0.5\n"
    "two,2,nan,4,1\n"
    "three,3,30,6,1.5\n"
    "four,-4,inf,8,2\n"
    "five,5,50,10,2.5\n";

std::vector<float> floats_of(const Values& values) {
  const auto t = values.tensor();
  return {t.data<float>().begin(), t.data<float>().end()};
}

std::string csv_words(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.report();
  }
  return "";
}

class CsvFile : public testing::Test {
 protected:
  std::string written(const std::string& text) const {
    write_file(dir_.file("t.csv"), text);
    return dir_.file("t.csv");
  }
  TempDir dir_;
};

ModelRef csv_model() {
  const auto x = Input({2}, {.name = "x"});
  const ModelRef model(Functional(x, Dense(1, {.kernel_initializer = "ones", .name = "o"})(x)));
  model->compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

TEST_F(CsvFile, ColumnsBecomeArrays) {
  const auto all = load_csv(written(kCsvTable), {.x = {"b", "a"}, .y = {"y"}, .sample_weight = "w"});
  EXPECT_EQ(all.x.tensor().shape(), Shape({5, 2}));
  EXPECT_EQ(all.y.tensor().shape(), Shape({5, 1}));
  EXPECT_EQ(all.sample_weight.tensor().shape(), Shape({5}));
  EXPECT_EQ(floats_of(all.y), (std::vector<float>{2, 4, 6, 8, 10}));
  EXPECT_EQ(floats_of(all.sample_weight), (std::vector<float>{0.5, 1, 1.5, 2, 2.5}));
  const auto x = floats_of(all.x);
  EXPECT_EQ(x[0], 10);
  EXPECT_EQ(x[1], 1);
  EXPECT_TRUE(std::isnan(x[2]));
  EXPECT_EQ(x[6], std::numeric_limits<float>::infinity());
}

// As NumPy prints it: a little more than it is.
TEST_F(CsvFile, TheGreatestFloatIsOne) {
  const auto all = load_csv(written("x\n3.4028235e+38\n-3.4028235e+38\n"));
  EXPECT_EQ(floats_of(all.x), (std::vector{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()}));
  EXPECT_NE(csv_words([&] { load_csv(written("x\n3.4028236e+38\n")); }), "");
}

TEST_F(CsvFile, NumbersQuotesAndLinesAreMadeOfNoSeparator) {
  for (const char separator : {'"', '\n', '\r', '.', '-', '1', 'e', '\0'}) {
    EXPECT_NE(csv_words([&] { load_csv(written(kCsvTable), {.separator = separator}); }).find("the separator"),
              std::string::npos);
  }
}

TEST_F(CsvFile, XIsWhatIsLeft) {
  const auto all = load_csv(written("a,y,b\n1,2,3\n4,5,6\n"), {.y = {"y"}});
  EXPECT_EQ(floats_of(all.x), (std::vector<float>{1, 3, 4, 6}));
  const auto plain = load_csv(written("1,2,3\n4,5,6\n"), {.y = {"2", "0"}});
  EXPECT_EQ(floats_of(plain.x), (std::vector<float>{2, 5}));
  EXPECT_EQ(floats_of(plain.y), (std::vector<float>{3, 1, 6, 4}));
  EXPECT_TRUE(load_csv(written("a;b\n1;2\n"), {.separator = ';'}).y.is_none());
  EXPECT_EQ(load_csv(written("a,b\n"), {}).x.tensor().shape(), Shape({0, 2}));
}

TEST_F(CsvFile, ArraysByTheNamesOfInputsAndOutputs) {
  const auto all =
      load_csv(written(kCsvTable), {.inputs = {{"left", {"a"}}, {"right", {"y", "a"}}}, .outputs = {{"o", {"w"}}}});
  EXPECT_EQ(floats_of(all.x.dict().at("left")), (std::vector<float>{1, 2, 3, -4, 5}));
  EXPECT_EQ(floats_of(all.x.dict().at("right")), (std::vector<float>{2, 1, 4, 2, 6, 3, 8, -4, 10, 5}));
  EXPECT_EQ(floats_of(all.y.dict().at("o")), (std::vector<float>{0.5, 1, 1.5, 2, 2.5}));
}

TEST_F(CsvFile, IsReadBatchByBatchAndAnewForEachPass) {
  const auto data = csv_dataset(written(kCsvTable), {.x = {"a"}, .y = {"y"}, .batch_size = 2});
  for (int pass = 0; pass < 2; ++pass) {
    const auto next = data.begin();
    EXPECT_EQ(floats_of(next()->x), (std::vector<float>{1, 2}));
    EXPECT_EQ(floats_of(next()->y), (std::vector<float>{6, 8}));
    EXPECT_EQ(floats_of(next()->x), (std::vector<float>{5}));
    EXPECT_FALSE(next());
  }
}

TEST_F(CsvFile, TrainsAsTheArraysDo) {
  std::string text = "a,b,y\n";
  std::vector<float> x, y;
  for (int i = 0; i < 11; ++i) {
    const auto a = static_cast<float>(i) * 0.25F, b = 1 - static_cast<float>(i) * 0.125F;
    x.insert(x.end(), {a, b});
    y.push_back(a - b);
    text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(a - b) + "\n";
  }
  const auto path = written(text);
  const auto arrays = csv_model(), lines = csv_model();
  const auto wanted = arrays->fit(Tensor::from<float>({11, 2}, x), Tensor::from<float>({11, 1}, y),
                                  {.batch_size = 4, .epochs = 3, .verbose = 0, .shuffle = false});
  const auto data = csv_dataset(path, {.y = {"y"}, .batch_size = 4});
  const auto got = lines->fit(data.prefetch(), {.epochs = 3, .verbose = 0});
  EXPECT_EQ(got.at("loss"), wanted.at("loss"));
  EXPECT_EQ(
      lines->evaluate(data, {.verbose = 0}).at("loss"),
      arrays->evaluate(load_csv(path, {.y = {"y"}}).x, load_csv(path, {.y = {"y"}}).y, {.batch_size = 4, .verbose = 0})
          .at("loss"));
}

TEST_F(CsvFile, WhatIsWrongIsSaid) {
  const auto path = written(kCsvTable);
  const auto load = [&](const CSVOptions& options) { return csv_words([&] { load_csv(path, options); }); };
  EXPECT_EQ(load({.x = {"c"}}),
            "ValueError: " + path + ": no column named 'c'; the columns are 'id', 'a', 'b', 'y', 'w'");
  EXPECT_EQ(load({}), "ValueError: " + path + " (line 2, column 'id'): expected a number, found 'one'");
  EXPECT_EQ(load({.x = {"a"}, .inputs = {{"a", {"a"}}}}),
            "ValueError: CSVOptions: columns are given as `x` or as `inputs`, as `y` or as `outputs`, not as both");
  EXPECT_EQ(load({.y = {"id", "a", "b", "y", "w"}}),
            "ValueError: " + path + ": no column is left for x; the columns are 'id', 'a', 'b', 'y', 'w'");
  EXPECT_EQ(csv_words([&] { csv_dataset(path, {.x = {"a"}, .batch_size = 0}); }),
            "ValueError: `batch_size` must be a positive integer. Received: 0");
  EXPECT_EQ(csv_words([&] { csv_dataset("/nowhere.csv"); }).substr(0, 45),
            "OSError: Unable to open file /nowhere.csv: No");
  const auto twice = written("a,a\n1,2\n");
  EXPECT_EQ(csv_words([&] { load_csv(twice, {.x = {"a"}}); }),
            "ValueError: " + twice + ": 2 columns named 'a'; the columns are 'a', 'a'");
  const auto great = written("a,y\n1,1\n1e39,1\n");
  EXPECT_EQ(csv_words([&] { load_csv(great); }),
            "ValueError: " + great + " (line 3, column 'a'): expected a number that float32 holds, found 1e+39");
}

// Of a line that a later pass or batch comes to; what was trained until then is there.
TEST_F(CsvFile, AWrongLineIsFoundWhenItIsRead) {
  const auto path = written("a,b,y\n1,2,3\n4,5,6\n7,8\n");
  const auto model = csv_model();
  EXPECT_EQ(csv_words([&] { model->fit(csv_dataset(path, {.y = {"y"}, .batch_size = 2}), {.verbose = 0}); }),
            "ValueError: " + path + " (line 4): expected 3 fields, found 2");
  EXPECT_NE(model->get_weights().at(0).data<float>()[0], 1.0F);
}

}  // namespace
}  // namespace hornbeam
