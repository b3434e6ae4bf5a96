// migrate_corpus CORPUS [--tenth] [--case NAME] [--minimums FILE]
//
// Brings every whole model of the corpus (H5, .keras, SavedModel, of each Keras) to keras3 and tf2.15 (.keras) and to
// tf2.2 (H5) by models::migrate, with its proof. Prints a table, producer, format and target: proved; refused, by name,
// before anything was written; not loaded (the source names a class of its user's, say); unproved (neither model can be
// asked); lost: the report names
// what the target does not carry, the optimizer's state say, and but for training there is no difference; and failed:
// the proof found another difference. Reasons are grouped. The file of minimums says how many must be proved, of a
// tenth and of all, a line for each row of the table; and which differences are the Kerases' own, with the reason: any
// other is an error, and so is such a line whose difference is no more.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "conformance/corpus.h"
#include "conformance/custom_objects.h"
#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace {

using namespace hornbeam;
using conformance::Case;

struct Row {
  int proved = 0, refused = 0, not_loaded = 0, unproved = 0, lost = 0, failed = 0;
};

// One reason for many: names of layers and numbers left out.
std::string grouped(std::string text) {
  text = std::regex_replace(text, std::regex("'[^']*'"), "'...'");
  text = std::regex_replace(text, std::regex("/[^ :]*"), "...");
  return text.substr(0, text.find(". "));
}

bool is_lost(const MigrationReport& report) {
  if (report.saved.dropped.empty() || !report.proof->not_compared.empty()) return false;
  // A loss that is left out is in the gradients; a lost state of the optimizer is seen in what it makes of them.
  const bool loss =
      std::ranges::any_of(report.saved.dropped, [](const auto& line) { return line.starts_with("add_loss"); });
  static const std::set<std::string> kOfLoss = {"gradients", "loss and metrics"};
  static const std::set<std::string> kOfOptimizer = {"optimizer", "trained weights"};
  return std::ranges::all_of(report.proof->arrays, [&](const auto& part) {
    const bool may = kOfOptimizer.contains(part.part) || (loss && kOfLoss.contains(part.part));
    return may || part.within(report.proof->tolerance);
  });
}

class Migrations {
 public:
  explicit Migrations(std::string folder) : folder_(std::move(folder)) {}

  void add(const Case& c, const std::string& format, const std::string& target) {
    const auto in = c.model_file(format);
    if (!conformance::fs::exists(in)) return;
    const auto key = c.producer + " " + format + " " + target;
    auto& row = rows_[key];
    const auto out = folder_ + "/out" + (target == "tf2.2" ? ".h5" : ".keras");
    backend::clear_session();
    bool loaded = false;
    try {
      models::load_model(in, {.custom_objects = conformance::custom_objects()});
      loaded = true;
      backend::clear_session();
      const auto report = models::migrate(in, out, {.target = target, .custom_objects = conformance::custom_objects()});
      const auto& proof = *report.proof;
      if (proof.equal()) {
        ++row.proved;
        for (const auto& line : proof.explained)
          tell("explained", line.substr(0, line.find(": ", line.find(": ") + 1)));
      } else if (proof.equal_but_unproved()) {
        ++row.unproved;
        for (const auto& line : proof.unproved) tell("unproved", key + " " + c.name + ": " + line);
      } else if (is_lost(report)) {
        ++row.lost;
        for (const auto& line : report.saved.dropped) tell("lost", grouped(line));
      } else {
        ++row.failed;
        differs_.emplace(key + " " + c.name, report.to_string());
      }
    } catch (const RuntimeError& error) {  // what was written cannot be read, and is not kept
      const std::string why = error.what();
      const auto at = why.find("Unknown layer: ");
      if (at != why.npos && format == "saved_model") {
        ++row.refused;  // a class of the user's own, which the SavedModel has functions of and an archive has not
        return tell("refused", why.substr(at, why.find('.', at) - at));
      }
      ++row.failed;
      differs_.emplace(key + " " + c.name, error.report() + "\n");
    } catch (const Error& error) {
      ++(loaded ? row.refused : row.not_loaded);
      tell(loaded ? "refused" : "not loaded", grouped(error.report()));
    }
  }

  void print() const {
    fmt::print("{:<16} {:<12} {:<8}{:>8}{:>9}{:>12}{:>10}{:>6}{:>8}\n", "producer", "format", "target", "proved",
               "refused", "not loaded", "unproved", "lost", "failed");
    for (const auto& [key, row] : rows_) {
      std::istringstream words(key);
      std::string producer, format, target;
      words >> producer >> format >> target;
      fmt::print("{:<16} {:<12} {:<8}{:>8}{:>9}{:>12}{:>10}{:>6}{:>8}\n", producer, format, target, row.proved,
                 row.refused, row.not_loaded, row.unproved, row.lost, row.failed);
    }
    for (const auto& [reason, count] : reasons_) fmt::print("{} ({})\n", reason, count);
    for (const auto& [what, how] : differs_) fmt::print("differs: {}\n{}", what, how);
  }

  // How many lines of the file are not kept.
  int below(const std::string& path, bool tenth) const {
    std::ifstream file(path);
    std::string line;
    std::set<std::string> listed, known;
    int bad = 0;
    const auto fail = [&](const std::string& text) {
      fmt::print("failed: {}\n", text);
      ++bad;
    };
    while (std::getline(file, line)) {
      line = line.substr(0, line.find('#'));
      std::istringstream words(line);
      std::string producer, format, target;
      int of_tenth = 0, of_all = 0;
      if (!(words >> producer)) continue;
      if (producer == "differs") {
        std::string name;
        if (!(words >> producer >> format >> target >> name)) fail("no case in the line: " + line);
        known.insert(producer + " " + format + " " + target + " " + name);
        continue;
      }
      if (!(words >> format >> target >> of_tenth >> of_all)) fail("no minimum in the line: " + line);
      const auto key = producer + " " + format + " " + target;
      listed.insert(key);
      const auto it = rows_.find(key);
      const int proved = it == rows_.end() ? 0 : it->second.proved, least = tenth ? of_tenth : of_all;
      if (proved < least) fail(fmt::format("below the minimum: {}: {} proved of at least {}", key, proved, least));
    }
    for (const auto& [key, row] : rows_) {
      if (!listed.contains(key)) fail("no minimum for " + key);
    }
    for (const auto& [what, how] : differs_) {
      if (!known.contains(what)) fail("the proof of " + what + "\n" + how);
    }
    for (const auto& what : known) {
      if (!tenth && !differs_.contains(what)) fail("listed as different, and is not: " + what);
    }
    return bad;
  }
  int proved() const {
    int count = 0;
    for (const auto& [key, row] : rows_) count += row.proved;
    return count;
  }
  int all() const {
    int count = 0;
    for (const auto& [key, row] : rows_)
      count += row.proved + row.refused + row.not_loaded + row.unproved + row.lost + row.failed;
    return count;
  }

 private:
  void tell(const std::string& what, const std::string& why) { ++reasons_[what + ": " + why]; }

  std::string folder_;
  std::map<std::string, Row> rows_;
  std::map<std::string, int> reasons_;
  std::multimap<std::string, std::string> differs_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Migrates the corpus's models to each Keras, with proof"};
  std::string corpus, minimums, name;
  bool tenth = false;
  app.add_option("CORPUS", corpus)->required()->check(CLI::ExistingDirectory);
  app.add_option("--case", name, "this alone");
  app.add_option("--minimums", minimums, "how many must be proved at least")->check(CLI::ExistingFile);
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases, by the hash of their names");
  CLI11_PARSE(app, argc, argv);

  const testing_support::TempDir folder;
  Migrations migrations(folder.file(""));
  for (const auto& c : conformance::read_corpus(corpus)) {
    if ((tenth && !conformance::in_tenth(c)) || (!name.empty() && c.name != name)) continue;
    for (const auto* format : {"h5", "keras_v3", "saved_model"}) {
      for (const auto* target : {"keras3", "tf2.15", "tf2.2"}) migrations.add(c, format, target);
    }
  }
  migrations.print();
  const int bad = minimums.empty() ? 0 : migrations.below(minimums, tenth);
  fmt::print("of {} these are proved:\nmigrations: {} passed, {} failed\n", migrations.all(), migrations.proved(), bad);
  return bad == 0 && migrations.proved() > 0 ? 0 : 1;
}
