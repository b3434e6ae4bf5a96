// Reads hostile and damaged bundles in one process and tells how each ended. What models make of them is not asked
// here.
//
//   bundle_mutations recipes RECIPES.jsonl BASES   each recipe for an index or data file, applied to the file it names
//   bundle_mutations cases MANIFEST.json ROOT      the manifest's cases of checkpoints
//   bundle_mutations random COUNT SEED PREFIX...   COUNT fresh mutations of the index and the data of each
//
// Exit status 1: one that should be an error was not, another value came of it, or it took over a second of processor
// time.
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <random>
#include <set>

#include "../../fuzz/bundle_walk.h"
#include "../attacks/recipes.h"
#include "base/mapped_file.h"
#include "formats/tensor_bundle/checkpoint_state.h"

namespace {

namespace tb = hornbeam::formats::tensor_bundle;
using hornbeam::base::MappedFile;
using hornbeam::base::read_file;
using hornbeam::fuzz::BundleWalk;

// Errors of these are for those who know the model.
const std::set<std::string> kOfModels = {"ck_shape_transposed", "ck_missing_var", "ck_og_bad_keys"};

BundleWalk walk(const std::string& index, const std::vector<std::string>& shards) {
  BundleWalk result;
  std::vector<std::shared_ptr<const MappedFile>> files;
  const auto mapped = [](const std::string& bytes) {
    return MappedFile::borrow(std::as_bytes(std::span(bytes)), "file");
  };
  for (const auto& bytes : shards) files.push_back(mapped(bytes));
  result.attempt([&] { result.walk(*tb::Bundle::from_files(mapped(index), files)); });
  return result;
}

struct Totals {
  int right = 0, wrong = 0, errors = 0, left = 0;
  double slowest = 0;
  std::string slowest_id;

  template <class F>
  void judge(const std::string& id, const std::string& expect, const std::map<std::string, std::string>& sound,
             F&& run) {
    const auto start = std::clock();
    const BundleWalk result = run();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (seconds > slowest) slowest = seconds, slowest_id = id;
    const bool error = result.errors != 0;
    errors += error;
    std::string problem;
    if (expect == "error" && !error) problem = "no error";
    if (expect == "ok" && error) problem = result.first_error;
    if (expect == "error_or_same" && !error && result.values != sound) problem = "other values";
    if (seconds > 1) problem = std::to_string(seconds) + " s";
    ++(problem.empty() ? right : wrong);
    if (!problem.empty()) std::cout << "failed: " << id << ": " << problem << ", expected " << expect << '\n';
  }

  int report() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << errors << " errors, " << left << " left to models; slowest " << slowest << " s (" << slowest_id
              << "), peak memory " << usage.ru_maxrss / 1024 << " MB\n";
    std::cout << "bundles: " << right << " passed, " << wrong << " failed\n";
    return wrong == 0 ? 0 : 1;
  }
};

struct Files {
  std::string index, data;
  explicit Files(const std::string& prefix)
      : index(read_file(prefix + ".index")), data(read_file(prefix + ".data-00000-of-00001")) {}
};

void recipes(Totals& totals, const std::string& list, const std::string& bases) {
  for (const auto& recipe : hornbeam::attacks::read_recipes(list)) {
    const auto& file = recipe.at("file").as_string();
    const bool of_index = file.ends_with(".index");
    if (!of_index && file.find(".data-") == std::string::npos) continue;
    Files files(bases + "/" + file.substr(0, file.rfind(of_index ? ".index" : ".data-")));
    const auto sound = walk(files.index, {files.data}).values;
    for (const auto& op : recipe.at("ops").as_list()) hornbeam::attacks::apply(of_index ? files.index : files.data, op);
    totals.judge(recipe.at("id").as_string(), recipe.at("expect").as_string(), sound,
                 [&] { return walk(files.index, {files.data}); });
  }
}

void cases(Totals& totals, const std::string& manifest, const std::string& root) {
  const auto all = hornbeam::Config::parse(read_file(manifest), manifest);
  for (const auto& one : all.as_list()) {
    if (one.at("format").as_string() != "tf_checkpoint") continue;
    const auto& id = one.at("id").as_string();
    const auto path = root + "/" + one.at("file").as_string();
    auto expect = one.at("expected").at("outcome").as_string();
    if (kOfModels.contains(id)) {
      ++totals.left;
      expect = "any";
    }
    totals.judge(id, expect, {}, [&] {
      BundleWalk result;
      try {
        result.attempt([&] {
          if (one.at("how").as_string() != "latest_checkpoint") return result.walk(*tb::Bundle::open(path));
          if (const auto latest = tb::latest_checkpoint(path.substr(0, path.rfind('/')))) {
            result.walk(*tb::Bundle::open(*latest));
          }
        });
      } catch (const hornbeam::OSError& e) {
        ++result.errors;
        result.first_error = e.what();
      }
      if (result.errors == 0) return result;
      bool named = one.at("expected").at("mentions").size() == 0;
      std::string said = result.first_error;
      for (auto& c : said) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      for (const auto& word : one.at("expected").at("mentions").as_list()) {
        std::string lower = word.as_string();
        for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        named = named || said.find(lower) != std::string::npos;
      }
      if (!named) std::cout << "not named: " << id << ": " << result.first_error << '\n';
      return result;
    });
  }
}

void random(Totals& totals, int count, std::uint64_t seed, const std::vector<std::string>& prefixes) {
  std::mt19937_64 random(seed);
  for (const auto& prefix : prefixes) {
    const Files sound(prefix);
    for (int i = 0; i < count; ++i) {
      Files files = sound;
      auto& bytes = random() % 4 == 0 ? files.data : files.index;
      for (auto n = 1 + random() % 4; n != 0 && !bytes.empty(); --n) {
        const auto at = random() % bytes.size();
        if (random() % 8 == 0) {
          bytes.resize(at);
        } else {
          bytes[at] = static_cast<char>(
              random() % 2 == 0 ? random() : (static_cast<unsigned char>(bytes[at]) ^ (1u << random() % 8)));
        }
      }
      totals.judge(prefix + " #" + std::to_string(i), "error_or_ok", {},
                   [&] { return walk(files.index, {files.data}); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  Totals totals;
  try {
    if (args.size() == 3 && args[0] == "recipes") {
      recipes(totals, args[1], args[2]);
    } else if (args.size() == 3 && args[0] == "cases") {
      cases(totals, args[1], args[2]);
    } else if (args.size() >= 4 && args[0] == "random") {
      random(totals, std::stoi(args[1]), std::stoull(args[2]), {args.begin() + 3, args.end()});
    } else {
      std::cerr << "usage: bundle_mutations recipes RECIPES.jsonl BASES | cases MANIFEST.json ROOT | random COUNT SEED "
                   "PREFIX...\n";
      return 2;
    }
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
  return totals.report();
}
