// migrate_corpus CORPUS [--tenth] [--case NAME] [--bounds FILE]
//
// Brings every whole model of the corpus (H5, .keras, SavedModel, of each Keras) to keras3 and tf2.15 (.keras) and to
// tf2.2 (H5) by models::migrate, with its proof. Prints a table, producer, format and target: proved; refused, by name,
// with nothing written; not loaded (the source names a class of its user's, say); unproved (neither model can be
// asked); lost: the report names what the target does not carry, the optimizer's state say, and there is no difference
// but where that shows; and failed: the proof found another difference, an error is not of the documented types, or a
// file is there that should not be (or is not there). Reasons are grouped. The file of bounds has a line for each row
// of the table: how many must be proved at least, and how many may be refused and lost at most, of a tenth and of all;
// and which differences are the Kerases' own, with the reason: any other is an error, and so is such a line whose
// difference is no more.
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
#include "keras/serialization/keras_layer_names.h"
#include "support/temp_dir.h"

namespace {

using namespace hornbeam;
using conformance::Case;

struct Row {
  int proved = 0, refused = 0, not_loaded = 0, unproved = 0, lost = 0, failed = 0;
};

// Of a tenth of the cases, and of all.
struct Bounds {
  int of_tenth = 0, of_all = 0;
  int of(bool tenth) const { return tenth ? of_tenth : of_all; }
  friend std::istream& operator>>(std::istream& in, Bounds& bounds) { return in >> bounds.of_tenth >> bounds.of_all; }
};

// One reason for many: names of layers and numbers left out.
std::string grouped(std::string text) {
  text = std::regex_replace(text, std::regex("'[^']*'"), "'...'");
  text = std::regex_replace(text, std::regex("/[^ :]*"), "...");
  return text.substr(0, text.find(". "));
}

// The parts of the proof that what is not carried may change; none for what is no reason for any difference.
std::set<std::string> parts_of(const std::string& dropped) {
  if (dropped.starts_with("add_loss")) return {"gradients", "loss and metrics", "trained weights"};
  if (dropped.starts_with("add_metric")) return {"loss and metrics"};
  if (dropped.starts_with("optimizer: its state")) return {"optimizer", "trained weights"};
  return {};
}

// The class of the user's own that what was written cannot be read again for; empty when it is none.
std::string users_class(const Error& error) {
  const std::string why = error.what(), words = "Unknown layer: ";
  const auto at = why.find(words);
  if (at == why.npos || !dynamic_cast<const RuntimeError*>(&error)) return "";
  const auto name = why.substr(at + words.size(), why.find_first_of(". \n", at + words.size()) - at - words.size());
  return is_layer_of_keras(name) ? "" : name;
}

// Does it differ just where the report says that something is not carried?
bool is_lost(const MigrationReport& report) {
  const auto& proof = *report.proof;
  if (!proof.config.empty() || !proof.not_compared.empty() || !proof.unfit.empty()) return false;
  std::set<std::string> may;
  for (const auto& line : report.saved.dropped) may.merge(parts_of(line));
  return std::ranges::all_of(proof.arrays,
                             [&](const auto& part) { return may.contains(part.part) || part.within(proof.tolerance); });
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
    conformance::fs::remove_all(out);
    bool loaded = false;
    try {
      models::load_model(in, {.custom_objects = conformance::custom_objects()});
      loaded = true;
      backend::clear_session();
      const auto report = models::migrate(in, out, {.target = target, .custom_objects = conformance::custom_objects()});
      if (conformance::fs::exists(out) != report.proof->equal() || report.written != report.proof->equal())
        return fail(row, key + " " + c.name, "what is not proved is written, or what is proved is not\n");
      judge(c, key, report, row);
    } catch (const Error& error) {
      const auto name = key + " " + c.name;
      if (conformance::fs::exists(out)) return fail(row, name, "written in spite of " + error.report() + "\n");
      if (loaded && format == std::string("saved_model") && !users_class(error).empty()) {
        ++row.refused;  // the SavedModel has functions of it, which an archive has not
        return tell("refused", "Unknown layer: " + users_class(error));
      }
      const bool documented = dynamic_cast<const ValueError*>(&error) != nullptr ||
                              dynamic_cast<const NotImplementedError*>(&error) != nullptr;
      if (loaded && !documented) return fail(row, name, error.report() + "\n");
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
  int not_kept(const std::string& path, bool tenth) const {
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
      Bounds proved, refused, lost;
      if (!(words >> producer)) continue;
      if (producer == "differs") {
        std::string name;
        if (!(words >> producer >> format >> target >> name)) fail("no case in the line: " + line);
        known.insert(producer + " " + format + " " + target + " " + name);
        continue;
      }
      if (!(words >> format >> target >> proved >> refused >> lost)) fail("not all bounds are in the line: " + line);
      const auto key = producer + " " + format + " " + target;
      listed.insert(key);
      const auto it = rows_.find(key);
      const auto row = it == rows_.end() ? Row() : it->second;
      if (row.proved < proved.of(tenth))
        fail(fmt::format("below the minimum: {}: {} proved of at least {}", key, row.proved, proved.of(tenth)));
      if (row.refused > refused.of(tenth))
        fail(fmt::format("above the maximum: {}: {} refused of at most {}", key, row.refused, refused.of(tenth)));
      if (row.lost > lost.of(tenth))
        fail(fmt::format("above the maximum: {}: {} lost of at most {}", key, row.lost, lost.of(tenth)));
    }
    for (const auto& [key, row] : rows_) {
      if (!listed.contains(key)) fail("no bounds for " + key);
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
  void judge(const Case& c, const std::string& key, const MigrationReport& report, Row& row) {
    const auto& proof = *report.proof;
    if (proof.equal()) {
      ++row.proved;
      for (const auto& line : proof.explained) tell("explained", line.substr(0, line.find(": ", line.find(": ") + 1)));
    } else if (proof.equal_but_unproved()) {
      ++row.unproved;
      for (const auto& line : proof.unproved) tell("unproved", key + " " + c.name + ": " + line);
    } else if (is_lost(report)) {
      ++row.lost;
      for (const auto& line : report.saved.dropped) tell("lost", grouped(line));
    } else {
      fail(row, key + " " + c.name, report.to_string());
    }
  }
  void fail(Row& row, const std::string& what, const std::string& how) {
    ++row.failed;
    differs_.emplace(what, how);
  }
  void tell(const std::string& what, const std::string& why) { ++reasons_[what + ": " + why]; }

  std::string folder_;
  std::map<std::string, Row> rows_;
  std::map<std::string, int> reasons_;
  std::multimap<std::string, std::string> differs_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Migrates the corpus's models to each Keras, with proof"};
  std::string corpus, bounds, name;
  bool tenth = false;
  app.add_option("CORPUS", corpus)->required()->check(CLI::ExistingDirectory);
  app.add_option("--case", name, "this alone");
  app.add_option("--bounds", bounds, "how many must be proved at least, and may be refused and lost at most")
      ->check(CLI::ExistingFile);
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
  const int bad = bounds.empty() ? 0 : migrations.not_kept(bounds, tenth);
  fmt::print("of {} these are proved:\nmigrations: {} passed, {} failed\n", migrations.all(), migrations.proved(), bad);
  return bad == 0 && migrations.proved() > 0 ? 0 : 1;
}
