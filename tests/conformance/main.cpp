// conformance DIR [--json] [--part C] [--format F] [--producer P] [--case NAME] [--tenth] [--list] [--minimums FILE]
//
// Walks the corpus of files made by real Keras and checks every array a case carries. Prints one table, producer x
// format. Exit code 1 when anything failed or fewer checks passed than the minimums ask for.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <tuple>

#include "conformance/checks.h"

namespace {

using conformance::Verdict;

struct Cell {
  int passed = 0, failed = 0, unsupported = 0, whole = 0, comparisons = 0;
  std::map<std::string, int> reasons;
  std::vector<std::string> failures;
};
using Table = std::map<std::pair<std::string, std::string>, Cell>;

void print_table(const Table& table, bool list) {
  std::printf("%-16s %-12s %7s %7s %14s %7s %12s\n", "producer", "format", "passed", "failed", "not supported", "whole",
              "comparisons");
  for (const auto& [key, cell] : table) {
    std::printf("%-16s %-12s %7d %7d %14d %7d %12d\n", key.first.c_str(), key.second.c_str(), cell.passed, cell.failed,
                cell.unsupported, cell.whole, cell.comparisons);
  }
  for (const auto& [key, cell] : table) {
    for (const auto& failure : cell.failures) {
      std::printf("failed: %s %s %s\n", key.first.c_str(), key.second.c_str(), failure.c_str());
    }
    if (!list) continue;
    for (const auto& [reason, count] : cell.reasons) {
      std::printf("not yet supported (%d): %s %s: %s\n", count, key.first.c_str(), key.second.c_str(), reason.c_str());
    }
  }
}

hornbeam::Config to_config(const Table& table) {
  auto rows = hornbeam::Config::list();
  for (const auto& [key, cell] : table) {
    auto reasons = hornbeam::Config::dict();
    for (const auto& [reason, count] : cell.reasons) reasons.set(reason, count);
    rows.push_back(hornbeam::Config{{"producer", key.first},
                                    {"format", key.second},
                                    {"passed", cell.passed},
                                    {"failed", cell.failed},
                                    {"not_yet_supported", cell.unsupported},
                                    {"whole", cell.whole},
                                    {"comparisons", cell.comparisons},
                                    {"failures", hornbeam::Config(cell.failures)},
                                    {"reasons", reasons}});
  }
  return rows;
}

// Lines "producer format passed [whole]"; '#' starts a comment.
int below_minimums(const Table& table, const std::string& path) {
  std::ifstream file(path);
  std::string line;
  int below = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string producer, format;
    int passed = 0, whole = 0;
    if (!(words >> producer) || producer.starts_with("#") || !(words >> format >> passed)) continue;
    words >> whole;  // 0 where it is not said
    const auto it = table.find({producer, format});
    const auto cell = it == table.end() ? Cell() : it->second;
    for (const auto& [what, got, wanted] :
         {std::tuple("passed", cell.passed, passed), std::tuple("passed wholly", cell.whole, whole)}) {
      if (got >= wanted) continue;
      std::printf("below the minimum: %s %s %s %d of at least %d\n", producer.c_str(), format.c_str(), what, got,
                  wanted);
      ++below;
    }
  }
  return below;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Checks the project against files made by real Keras"};
  std::string root, part, format, producer, name, minimums;
  bool json = false, list = false, tenth = false;
  app.add_option("DIR", root, "the corpus")->required()->check(CLI::ExistingDirectory);
  app.add_option("--part", part, "cases whose name begins with this letter (b: layers, c: topology, ...)");
  app.add_option("--format", format);
  app.add_option("--producer", producer);
  app.add_option("--case", name, "cases whose name contains this");
  app.add_option("--minimums", minimums, "file of lines: producer, format, how many pass, how many of them wholly");
  app.add_flag("--json", json);
  app.add_flag("--list", list, "say what is not yet supported");
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases, by the hash of their names");
  CLI11_PARSE(app, argc, argv);

  Table table;
  for (const auto& c : conformance::read_corpus(root)) {
    if (!producer.empty() && c.producer != producer && !c.producer.starts_with(producer + "-")) continue;
    if (!part.empty() && !c.name.starts_with(part)) continue;
    if (!name.empty() && c.name.find(name) == std::string::npos) continue;
    if (tenth && !conformance::in_tenth(c)) continue;
    for (const auto& f : conformance::formats_of(c)) {
      if (!format.empty() && f != format) continue;
      const auto outcome = conformance::check(c, f);
      auto& cell = table[{c.producer, f}];
      cell.comparisons += outcome.comparisons;
      cell.whole += outcome.whole && outcome.verdict == Verdict::passed;
      if (outcome.verdict == Verdict::passed) {
        ++cell.passed;
        if (!outcome.whole && !outcome.reason.empty()) ++cell.reasons[outcome.reason];
      } else if (outcome.verdict == Verdict::failed) {
        ++cell.failed;
        cell.failures.push_back(c.name + ": " + outcome.reason);
      } else {
        ++cell.unsupported;
        ++cell.reasons[outcome.reason];
      }
    }
  }
  int failed = 0;
  for (const auto& [key, cell] : table) failed += cell.failed;
  if (json) {
    std::cout << to_config(table).dump(1) << "\n";
  } else {
    print_table(table, list);
  }
  const int below = minimums.empty() ? 0 : below_minimums(table, minimums);
  return failed == 0 && below == 0 ? 0 : 1;
}
