// conformance DIR [--json] [--part C] [--format F] [--producer P] [--case NAME] [--tenth] [--list] [--minimums FILE]
//
// Walks the corpus of files made by real Keras and checks every array a case carries. Prints one table, producer x
// format: a case passed when all it carries in the format was compared; in part when what it trained to is not
// supported yet (its predictions are right, so "passed" and "in part" together are the cases that predict). The row
// "files" counts cases: passed when each file of the case was opened by a check of some format, in part when some were
// not. Exit code 1 when anything failed, fewer checks passed than the minimums ask for, or there was nothing to check;
// 2 for wrong usage.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <tuple>

#include "conformance/checks.h"

namespace {

using conformance::Verdict;

struct Cell {
  int passed = 0, in_part = 0, failed = 0, unsupported = 0, comparisons = 0;
  std::map<std::string, int> in_part_because, unsupported_because;
  std::vector<std::string> failures;
};
using Table = std::map<std::pair<std::string, std::string>, Cell>;

void count(Cell& cell, const conformance::Case& c, const conformance::Outcome& outcome) {
  cell.comparisons += outcome.comparisons;
  switch (outcome.verdict) {
    case Verdict::passed:
      ++cell.passed;
      break;
    case Verdict::in_part:
      ++cell.in_part;
      ++cell.in_part_because[outcome.reason];
      break;
    case Verdict::failed:
      ++cell.failed;
      cell.failures.push_back(c.name + ": " + outcome.reason);
      break;
    case Verdict::unsupported:
      ++cell.unsupported;
      ++cell.unsupported_because[outcome.reason];
      break;
  }
}

void print_reasons(const char* what, const std::pair<std::string, std::string>& key,
                   const std::map<std::string, int>& reasons) {
  for (const auto& [reason, count] : reasons) {
    std::printf("%s (%d): %s %s: %s\n", what, count, key.first.c_str(), key.second.c_str(), reason.c_str());
  }
}

void print_table(const Table& table, bool list) {
  std::printf("%-16s %-12s %7s %7s %7s %14s %12s\n", "producer", "format", "passed", "in part", "failed",
              "not supported", "comparisons");
  for (const auto& [key, cell] : table) {
    std::printf("%-16s %-12s %7d %7d %7d %14d %12d\n", key.first.c_str(), key.second.c_str(), cell.passed, cell.in_part,
                cell.failed, cell.unsupported, cell.comparisons);
  }
  for (const auto& [key, cell] : table) {
    for (const auto& failure : cell.failures) {
      std::printf("failed: %s %s %s\n", key.first.c_str(), key.second.c_str(), failure.c_str());
    }
    if (!list) continue;
    print_reasons("in part", key, cell.in_part_because);
    print_reasons("not yet supported", key, cell.unsupported_because);
  }
}

hornbeam::Config counted(const std::map<std::string, int>& reasons) {
  auto result = hornbeam::Config::dict();
  for (const auto& [reason, count] : reasons) result.set(reason, count);
  return result;
}

hornbeam::Config to_config(const Table& table) {
  auto rows = hornbeam::Config::list();
  for (const auto& [key, cell] : table) {
    rows.push_back(hornbeam::Config{{"producer", key.first},
                                    {"format", key.second},
                                    {"passed", cell.passed},
                                    {"in_part", cell.in_part},
                                    {"failed", cell.failed},
                                    {"not_yet_supported", cell.unsupported},
                                    {"comparisons", cell.comparisons},
                                    {"failures", hornbeam::Config(cell.failures)},
                                    {"in_part_because", counted(cell.in_part_because)},
                                    {"not_yet_supported_because", counted(cell.unsupported_because)}});
  }
  return rows;
}

// Lines "producer format passed [passed or in part]"; '#' starts a comment.
int below_minimums(const Table& table, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::string line;
  int below = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string producer, format;
    int passed = 0, right = 0;
    if (!(words >> producer) || producer.starts_with("#")) continue;
    if (!(words >> format >> passed)) throw std::runtime_error(path + ": no minimum in the line: " + line);
    words >> right;  // 0 where it is not said
    const auto it = table.find({producer, format});
    const auto cell = it == table.end() ? Cell() : it->second;
    for (const auto& [what, got, wanted] : {std::tuple("passed", cell.passed, passed),
                                            std::tuple("passed or in part", cell.passed + cell.in_part, right)}) {
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
  auto* of_part =
      app.add_option("--part", part, "cases whose name begins with this letter (b: layers, c: topology, ...)");
  auto* of_format = app.add_option("--format", format, "h5, weights_h5, json, ...: as the folders of cases are named");
  auto* of_producer = app.add_option("--producer", producer, "cases of this folder of DIR, or of its versions");
  auto* of_name = app.add_option("--case", name, "cases whose name contains this");
  auto* least = app.add_option("--minimums", minimums,
                               "file of lines: producer, format, how many pass, how many do at least in part; of the "
                               "whole corpus");
  app.add_flag("--json", json, "print the table as JSON");
  app.add_flag("--list", list, "say what is not yet supported");
  auto* some = app.add_flag("--tenth", tenth, "a fixed tenth of the cases, by the hash of their names");
  for (auto* selection : {of_part, of_format, of_producer, of_name, some}) least->excludes(selection);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // as the command-line tool's: 2 for usage
  }

  const auto corpus = conformance::read_corpus(root);
  if (corpus.empty()) {
    std::cerr << root << ": no corpus: expected PRODUCER/CASE/case.json, found none\n";
    return 1;
  }
  Table table;
  for (const auto& c : corpus) {
    if (!producer.empty() && c.producer != producer && !c.producer.starts_with(producer + "-")) continue;
    if (!part.empty() && !c.name.starts_with(part)) continue;
    if (!name.empty() && c.name.find(name) == std::string::npos) continue;
    if (tenth && !conformance::in_tenth(c)) continue;
    for (const auto& f : conformance::formats_of(c)) {
      if (format.empty() || f == format) count(table[{c.producer, f}], c, conformance::check(c, f));
    }
    if (format.empty()) count(table[{c.producer, "files"}], c, conformance::check_all_opened(c));
  }
  if (table.empty()) {
    std::cerr << root << ": " << corpus.size() << " cases, none of them chosen by these options\n";
    return 1;
  }
  int failed = 0;
  for (const auto& [key, cell] : table) failed += cell.failed;
  if (json) {
    std::cout << to_config(table).dump(1) << "\n";
  } else {
    print_table(table, list);
  }
  try {
    const int below = minimums.empty() ? 0 : below_minimums(table, minimums);
    return failed == 0 && below == 0 ? 0 : 1;
  } catch (const std::runtime_error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
