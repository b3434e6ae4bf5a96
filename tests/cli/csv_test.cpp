// --csv: a table's columns instead of arrays.
#include "cli/cli.h"

namespace hornbeam::testing_support {
namespace {

class CsvCli : public Cli {
 protected:
  // The data of line(), with a column that is no number and one of weights.
  void SetUp() override {
    line();
    std::string text = "who,x,y,w\n", tabs;
    for (int i = 0; i < 8; ++i) {
      const auto x = std::to_string(i), y = std::to_string(2 * i);
      text += "n" + x + "," + x + "," + y + ",1\n";
      tabs.append(x).append("\t").append(y).append("\n");
    }
    write_file(file("t.csv"), text);
    write_file(file("tabs.csv"), tabs);
    write_file(file("x.csv"), "x\n0\n1\n2\n3\n4\n5\n6\n7\n");
  }
};

TEST_F(CsvCli, TrainsAndEvaluatesAsOnArrays) {
  const auto wanted =
      good(at("fit @line.h5 --x @x.npy --y @y.npy --epochs 2 --batch-size 3 --no-shuffle --save @a.h5 --json")).json();
  const std::string fit = "fit @line.h5 --epochs 2 --batch-size 3 --json --save @b.h5 ",
                    columns = "--csv @t.csv --x x --y y ";
  for (const auto& data : {columns + "--no-shuffle", columns + "--stream", columns + "--no-shuffle --sample-weight w",
                           std::string("--csv @tabs.csv --separator \\\\t --y 1 --stream"),
                           std::string("--x @x.csv --y @y.npy --no-shuffle")}) {
    EXPECT_EQ(good(at(fit + data)).json().at("history"), wanted.at("history")) << data;
  }
  const auto results = good(at("evaluate @b.h5 --x @x.npy --y @y.npy --json")).json().at("results");
  EXPECT_EQ(good(at("evaluate @b.h5 --csv @t.csv --x x --y y --json")).json().at("results"), results);
  EXPECT_EQ(good(at("evaluate @b.h5 --csv @t.csv --x x --y y --stream --json")).json().at("results"), results);
  EXPECT_EQ(good(at("predict @b.h5 --input @x.csv")).out, good(at("predict @b.h5 --input @x.npy")).out);
}

TEST_F(CsvCli, ColumnsByTheNamesOfInputs) {
  const auto a = Input({2}, {.name = "a"}), b = Input({1}, {.name = "b"});
  const Functional model({a, b}, Dense(1, {.name = "sum"})(Concatenate()({a, b})), {.name = "two"});
  model->compile({.optimizer = "sgd", .loss = "mse"});
  model->save(file("two.h5"));
  const auto at_once = good(at("evaluate @two.h5 --csv @t.csv --x a=x,w --x b=y --y x --json")).json();
  EXPECT_EQ(good(at("evaluate @two.h5 --csv @t.csv --x b=y --x a=x,w --y sum=x --stream --json")).json().at("results"),
            at_once.at("results"));
}

TEST_F(CsvCli, WhatIsWrongIsSaid) {
  const auto fit = at("fit @line.h5 --save @b.h5 ");
  refused(fit + at("--csv @t.csv --x z --y y"),
          at("ValueError: @t.csv: no column named 'z'; the columns are 'who', 'x', 'y', 'w'"));
  refused(fit + at("--csv @t.csv --y y"),
          at("ValueError: @t.csv (line 2, column 'who'): expected a number, found 'n0'"));
  refused(fit + at("--csv @t.csv --x x"), "ValueError: Target data is missing.");
  refused(fit + at("--csv @t.csv --x x --stream"), "ValueError: Target data is missing.");
  refused(fit + at("--csv @none.csv --y y"), at("OSError: Unable to open file @none.csv"));
  refused(fit + at("--csv @t.csv --x x --y y --stream --validation-split 0.5"),
          "ValueError: `validation_split` is only supported");
  refused(fit + at("--csv @t.csv --x x --x w --y y"),
          "ValueError: --x: columns of several arrays are named: NAME=COLUMN,COLUMN");
  misused(fit, "--x or --csv is required");
  misused(fit + at("--x @x.npy --y @y.npy --stream"), "--stream requires --csv");
  misused(fit + at("--csv @t.csv --separator ab"), "expected one character, found ab");
  EXPECT_FALSE(std::filesystem::exists(file("b.h5")));
}

}  // namespace
}  // namespace hornbeam::testing_support
