// attacks SET [--tenth] [--only TEXT] [--verbose]: the H5, JSON, SavedModel and checkpoint cases and mutations of a set
// of hostile files. --only: those with TEXT in their id or, mutations, in the name of the file they change.
//
// SET holds MANIFEST.json (cases: what to do with which file, and what must come of it), mutations.jsonl and base/.
// Of each is checked: the outcome, that an error names its cause, time, memory, no crash, no hang, and that nothing was
// read from or written to the folder the files point at. Exit status 1: one failed.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <set>

#include "base/mapped_file.h"
#include "base/utf8.h"
#include "batch.h"
#include "recipes.h"
#include "support/fnv1a.h"
#include "support/temp_dir.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::attacks;
namespace fs = std::filesystem;

struct Options {
  std::string set, only;
  bool tenth = false, verbose = false;
  bool wants(const std::string& id, const std::string& file = "") const {
    return (!tenth || testing_support::fnv1a(id) % 10 == 0) &&
           (id.find(only) != std::string::npos || file.find(only) != std::string::npos);
  }
};

// The files that hostile ones point at. Their contents are looked for in what a model holds and predicts.
class Canary {
 public:
  explicit Canary(const std::string& set) {
    fs::create_directories(folder_);
    const std::vector<float> secret(1024, 1234.5F);
    std::ofstream(folder_ / "secret.bin", std::ios::binary)
        .write(reinterpret_cast<const char*>(secret.data()), 4 * 1024);
    std::ofstream vocabulary(folder_ / "vocab.txt");
    for (int i = 0; i < 20; ++i) vocabulary << "CANARYWORD\n";
    fs::copy_file(set + "/base/canary_secret.hdf5", folder_ / "secret.h5", fs::copy_options::overwrite_existing);
  }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;
  ~Canary() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  // Names of files that were not put there.
  std::string strangers() const {
    std::string names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const auto name = entry.path().filename().string();
      if (name != "secret.bin" && name != "vocab.txt" && name != "secret.h5") names += " " + name;
    }
    return names;
  }

 private:
  fs::path folder_ = "/tmp/attack_canary";  // the set's files name it
};

// What may come of it, by the manifest's word; with warnings or without.
bool allowed(const std::string& wanted, const std::string& status, bool warned) {
  if (wanted == "error") return status == "error";
  if (wanted == "ok" || wanted == "ok_or_warn" || wanted == "warn_or_ok") return status == "ok";
  if (wanted == "warn") return status == "ok" && warned;
  if (wanted == "error_or_none") return status == "error" || status == "none";
  if (wanted == "error_or_warn") return status == "error" || warned;
  return wanted == "error_or_ok" || wanted == "error_or_same";
}

bool names_any(const Config& outcome, const Config& mentions) {
  std::string text = outcome.at("message").as_string();
  for (const auto& w : outcome.at("warnings").as_list()) text += " " + w.as_string();
  const auto lower = [](std::string s) {
    for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return s;
  };
  const auto& list = mentions.as_list();
  return list.empty() || std::any_of(list.begin(), list.end(), [&](const Config& m) {
           return lower(text).find(lower(m.as_string())) != std::string::npos;
         });
}

std::string judge(const Result& r, const std::string& wanted, const Config& mentions) {
  if (!r.failure.empty()) return r.failure;
  const auto& status = r.outcome.at("status").as_string();
  if (r.outcome.at("leaked").as_bool()) return "a value from outside the file";
  if (r.outcome.dump().find("CANARYWORD") != std::string::npos) return "a word from outside the file";
  const bool warned = r.outcome.at("warnings").size() > 0;
  if (!allowed(wanted, status, warned)) return status + ", wanted " + wanted;
  const bool warning_wanted = wanted.find("warn") != std::string::npos && warned;
  if ((status == "error" || warning_wanted) && !names_any(r.outcome, mentions))
    return "the message names none of " + mentions.dump();
  if (r.outcome.at("worst").as_double() > 1e-4) return "predicts otherwise than Keras";
  return "";
}

struct Totals {
  int passed = 0, failed = 0, not_judged = 0;
  double slowest = 0;
  std::map<std::string, int> statuses;

  void add(const Options& o, const std::string& id, const Result& r, const std::string& failure,
           bool mistaken = false) {
    slowest = std::max(slowest, r.seconds);
    if (!r.outcome.is_null()) ++statuses[r.outcome.at("status").as_string()];
    const auto message = r.outcome.is_null() ? "" : r.outcome.at("message").as_string();
    if (failure.empty()) {
      ++(mistaken ? not_judged : passed);
    } else {
      ++failed;
      std::cout << "failed: " << id << ": " << failure << ": " << message << '\n';
    }
    if (o.verbose && failure.empty()) std::cout << "passed: " << id << ": " << message << '\n';
  }
  void report(const std::string& what) const {
    std::cout << what << ": " << passed << " passed, " << failed << " failed";
    if (not_judged > 0) std::cout << ", " << not_judged << " not judged";
    for (const auto& [status, count] : statuses) std::cout << "; " << status << ' ' << count;
    std::cout << "; slowest " << slowest << " s\n";
  }
};

// Cases whose file is not what the set says of it: they must load or be refused, as any other file; then they are
// named, and counted neither as passed nor as failed.
const std::map<std::string, std::string> kMistaken = {
    {"kz_overlap", "a sound archive, mlpnew.keras with other times: its entries point at members of their own"}};

// What the case wants, but for mistaken ones.
std::string wanted_of(const Config& c) {
  const auto mistaken = kMistaken.find(c.at("id").as_string());
  if (mistaken == kMistaken.end()) return c.at("expected").at("outcome").as_string();
  std::cout << "not judged: " << mistaken->first << ": " << mistaken->second << '\n';
  return "error_or_ok";
}

bool run_cases(const Options& o) {
  const auto manifest = Config::parse(base::read_file(o.set + "/MANIFEST.json"), "MANIFEST.json");
  static const std::set<std::string> kFormats = {"h5",          "weights_h5",    "json",
                                                 "saved_model", "tf_checkpoint", "keras_zip"};
  std::vector<Task> tasks;
  std::vector<Config> cases;
  for (const auto& c : manifest.as_list()) {
    const auto& id = c.at("id").as_string();
    if (!kFormats.contains(c.at("format").as_string()) || !o.wants(id)) continue;
    Attempt a{c.at("how").as_string(), o.set + "/" + c.at("file").as_string(), "", {}, {}};
    if (const auto* model = c.find("model")) a.model = o.set + "/" + model->as_string();
    if (const auto* x = c.find("x")) a.x = *x;
    if (const auto* io = c.find("io")) {
      const auto recorded = Config::parse(base::read_file(o.set + "/base/" + io->as_string()), io->as_string());
      a.x = recorded.at("x");
      a.y = recorded.at("y");
    }
    const auto& expected = c.at("expected");
    tasks.push_back(
        {id, [a] { return attempt(a); }, {expected.at("max_seconds").as_double(), expected.at("max_rss_mb").as_int()}});
    cases.push_back(c);
  }
  const auto results = run_all(tasks, 1);
  Totals totals;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto& expected = cases[i].at("expected");
    totals.add(o, tasks[i].id, results[i], judge(results[i], wanted_of(cases[i]), expected.at("mentions")),
               kMistaken.contains(tasks[i].id));
  }
  totals.report("cases");
  return totals.failed == 0;
}

// Weights go into the model beside them: mlp22_weights.h5, mlp22_ckpt/w and mlpnew.weights.h5 into mlp22.json,
// mlp22.json, mlpnew.json.
std::string model_of(const std::string& base) { return base.substr(0, base.find_first_of("._")) + ".json"; }

// The attempt that a recipe asks for, on a copy of its base with one file of it changed, in the folder `temp`.
std::function<Outcome()> mutation(const std::string& set, const Config& recipe, const std::string& temp) {
  return [=] {
    const auto& base = recipe.at("base").as_string();
    const auto& how = recipe.at("how").as_string();
    const auto clean = set + "/base/" + base;
    fs::remove_all(temp);
    fs::create_directory(temp);
    fs::copy(clean, temp + "/" + base, fs::copy_options::recursive);
    const auto damaged = temp + "/" + recipe.at("file").as_string();
    auto bytes = base::read_file(damaged);
    for (const auto& op : recipe.at("ops").as_list()) apply(bytes, op);
    std::ofstream(damaged, std::ios::binary) << bytes;
    Attempt a{how, temp + "/" + base, "", {}, {}};
    if (how == "checkpoint") {
      a.how = "checkpoint+read";
      a.path += "/w";
    }
    if (how == "checkpoint" || how == "load_weights") {
      a.model = set + "/base/" + model_of(base);
      // A model that nobody recorded with the weights: whatever is found, nothing may come of it but an error.
      if (!fs::exists(a.model)) a.model = set + "/base/mlpnew.json";
    }
    if (fs::is_directory(clean)) {
      const auto io = Config::parse(base::read_file(clean + ".io.json"), "io.json");
      a.x = io.at("x");
      if (recipe.at("expect").as_string() == "error_or_same") a.y = io.at("y");
    }
    return attempt(a);
  };
}

bool run_mutations(const Options& o) {
  static const std::set<std::string> kReads = {"load_model", "load_weights", "from_json", "saved_model", "checkpoint"};
  const testing_support::TempDir temp;
  std::vector<Task> tasks;
  std::vector<std::string> expected;
  for (const auto& recipe : read_recipes(o.set + "/mutations.jsonl")) {
    const auto& id = recipe.at("id").as_string();
    if (!kReads.contains(recipe.at("how").as_string())) continue;
    if (!o.wants(id, recipe.at("file").as_string())) continue;
    tasks.push_back({id, mutation(o.set, recipe, temp.file("mutated")), {}});
    expected.push_back(recipe.at("expect").as_string());
  }
  const auto results = run_all(tasks, 64);
  Totals totals;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    totals.add(o, tasks[i].id, results[i], judge(results[i], expected[i], Config::list()));
  }
  totals.report("mutations");
  return totals.failed == 0;
}

}  // namespace

constexpr const char* kUsage = "usage: attacks SET [--tenth] [--only TEXT] [--verbose]\n";

int main(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--tenth") {
      o.tenth = true;
    } else if (arg == "--verbose") {
      o.verbose = true;
    } else if (arg == "--only" && i + 1 < argc) {
      o.only = argv[++i];
    } else if (arg == "--help") {
      std::cout << kUsage;
      return 0;
    } else if (arg.starts_with("--") || !o.set.empty()) {
      std::cerr << "not understood: " << arg << '\n' << kUsage;
      return 2;
    } else {
      o.set = arg;
    }
  }
  if (o.set.empty()) {
    std::cerr << kUsage;
    return 2;
  }
  try {
    const Canary canary(o.set);
    bool good = run_cases(o);
    good = run_mutations(o) && good;
    if (const auto names = canary.strangers(); !names.empty()) {
      std::cout << "failed: files were written:" << names << '\n';
      good = false;
    }
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
