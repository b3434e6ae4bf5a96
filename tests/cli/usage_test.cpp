// How the command-line tool is called: help, version, and what is no right call.
#include <gmock/gmock.h>

#include "cli/cli.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;
using ::testing::MatchesRegex;

class CliUsage : public Cli {
 protected:
  // Each verb of the help, in its order.
  std::vector<std::string> verbs() const {
    std::vector<std::string> names;
    for (const auto& entry : entries_of(good("--help").out, "Subcommands:")) {
      names.push_back(entry.substr(2, entry.find(' ', 2) - 2));
    }
    return names;
  }
  // The entries of help texts: a line with two blanks before it, and those below that are further in.
  static std::vector<std::string> entries_of(const std::string& help, const std::string& section = "") {
    std::vector<std::string> entries;
    std::istringstream lines(help);
    bool inside = section.empty();
    for (std::string line; std::getline(lines, line);) {
      if (!section.empty() && !line.starts_with(" ")) inside = line == section;
      if (!inside || !line.starts_with("  ")) continue;
      if (line[2] != ' ') {
        entries.push_back(line);
      } else if (!entries.empty()) {
        entries.back() += "\n" + line;
      }
    }
    return entries;
  }
};

TEST_F(CliUsage, WrongUsageIsCode2AndNamesWhatIsWrong) {
  const auto predict = "predict " + kDemo + "model.h5 ";
  const std::pair<std::string, std::string> kCases[] = {
      {"", "A subcommand is required"},
      {"dance",
       "Unknown verb: dance. The verbs are summary, inspect, predict, convert, migrate, diff, ckpt, bench, evaluate, "
       "fit.\n"},
      {"dance model.h5 --input x.npy", "Unknown verb: dance. "},
      {"--nonsense", "Unknown option: --nonsense. "},
      {"--nonsense summary x.h5", "--nonsense"},
      {"summary", "MODEL is required"},
      {"summary --nonsense x.h5", "--nonsense"},
      {"summary x.h5 y.h5", "y.h5"},
      {predict, "--input is required"},
      {predict + "--input x.npy --output y.npy --output-dir y", "--output"},
      {predict + "--input x.npy --batch-size 0", "--batch-size: expected a whole number of at least 1, found 0\n"},
      {predict + "--input x.npy --batch-size=-2", "--batch-size: expected a whole number of at least 1, found -2\n"},
      {predict + "--input x.npy --batch-size 2.5", "--batch-size: expected a whole number of at least 1, found 2.5\n"},
      {predict + "--input x.npy --batch-size 99999999999999999999", "expected a whole number of at least 1, found 999"},
      {"bench x.h5 --runs none", "--runs: expected a whole number of at least 1, found none\n"},
      {"fit x.h5 --x x.npy --save t.h5 --epochs 0", "--epochs: expected a whole number of at least 1, found 0\n"},
      {"fit x.h5 --x x.npy --save t.h5 --validation-split 1",
       "--validation-split: expected a number of at least 0 and below 1, found 1\n"},
      {"fit x.h5 --x x.npy", "--save is required"},
      {"fit x.h5 --x x.npy --save t.h5 --target tf9",
       "--target: target must be one of 'tf2.2', 'tf2.15', 'keras3'. Received: tf9\n"},
      {"convert x.h5 t.h5 --format h5 --target tf9", "--target: target must be one of"},
  };
  for (const auto& [arguments, words] : kCases) misused(arguments, words);
}

TEST_F(CliUsage, HelpAndVersionAreNoErrors) {
  EXPECT_THAT(good("--version").out, MatchesRegex("hornbeam [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_NE(good("predict --help").out.find("--output-dir"), std::string::npos);
}

TEST_F(CliUsage, EveryOptionHasAHelpText) {
  const auto all = verbs();
  ASSERT_EQ(all.size(), 10U);
  for (const auto& verb : all) {
    const auto entries = entries_of(good(verb + " --help").out);
    EXPECT_GE(entries.size(), 3U) << verb;  // --help, the model, --json
    // What it is called, and after two blanks or on the next line what it is for.
    for (const auto& entry : entries) {
      EXPECT_THAT(entry, MatchesRegex("  [^ ][^\n]*(  +|\n +)[^ \n].*")) << verb;
    }
  }
}

TEST_F(CliUsage, WhatFollowsAnArrayMayBeTheModel) {
  good("predict --input " + kDemo + "x.npy " + kDemo + "model.h5 --output " + file("y.npy"));
  expect_equal(load_npy(file("y.npy")), load_npy(kDemo + "y.npy"), 1e-6);
}

}  // namespace
