// Reads many damaged HDF5 files in one process and tells how each ended.
//
//   hdf5_mutations recipes RECIPES.jsonl BASES    each recipe of the file, applied to the file of BASES it names
//   hdf5_mutations random COUNT SEED FILE...      COUNT fresh mutations of each file
//   hdf5_mutations plain FILE...                  files as they are
//
// Exit status 1: one that should be an error was not, or took over a second of processor time. What whole models make
// of damaged files is in tools/attacks.
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <map>
#include <random>
#include <span>
#include <string>

#include "../../fuzz/hdf5_walk.h"
#include "../attacks/recipes.h"
#include "base/mapped_file.h"

namespace {

using hornbeam::base::read_file;
using hornbeam::fuzz::Hdf5Walk;

// Metadata lies early in a file and in small integers; most mutations go there.
void mutate(std::string& b, std::mt19937_64& random) {
  static const std::vector<std::string> kIntegers = {std::string(1, '\0'),
                                                     "\xff",
                                                     "\x7f",
                                                     "\x80",
                                                     std::string(2, '\0'),
                                                     "\xff\xff",
                                                     std::string(4, '\0'),
                                                     "\xff\xff\xff\xff",
                                                     "\xff\xff\xff\x7f",
                                                     std::string(8, '\0'),
                                                     std::string(8, '\xff'),
                                                     std::string("\0\0\0\x01", 4),
                                                     std::string("\0\0\0\0\0\0\0\x80", 8)};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (std::size_t n = 1 + below(4); n != 0 && !b.empty(); --n) {
    const std::size_t at = below(below(3) == 0 ? b.size() : std::min<std::size_t>(b.size(), 6000));
    switch (below(6)) {
      case 0:
        b[at] = static_cast<char>(b[at] ^ (1 << below(8)));
        break;
      case 1: {
        const std::string& value = kIntegers[below(kIntegers.size())];
        b.replace(at, value.size(), value);
        break;
      }
      case 2:
        b[at] = static_cast<char>(random());
        break;
      case 3: {  // an address or length of somewhere else
        const std::size_t from = below(b.size());
        b.replace(at, 8, b.substr(from, 8));
        break;
      }
      case 4:
        b[at] = static_cast<char>(b[at] + (below(2) == 0 ? 1 : -1));
        break;
      default:
        if (below(8) == 0) b.resize(at);
        break;
    }
  }
}

struct Totals {
  std::map<std::string, int> outcomes;
  double slowest = 0;
  std::string slowest_id;
  int right = 0, wrong = 0;

  void run(const std::string& id, const std::string& bytes, const std::string& expect, bool verbose = false) {
    Hdf5Walk walk;
    const auto start = std::clock();
    walk.attempt([&] {
      walk.walk(*hornbeam::formats::hdf5::File::from_bytes(std::as_bytes(std::span(bytes.data(), bytes.size())), id));
    });
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (seconds > slowest) slowest = seconds, slowest_id = id;
    const std::string outcome = walk.errors != 0 ? "error" : "ok";
    ++outcomes[outcome];
    if ((expect == "error" && outcome == "ok") || seconds > 1) {
      ++wrong;
      std::cout << "failed: " << id << ": " << outcome << " after " << seconds << " s, expected " << expect << '\n';
    } else {
      ++right;
    }
    if (verbose) {
      std::cout << id << ": " << walk.groups << " groups, " << walk.datasets << " datasets, " << walk.attributes
                << " attributes; " << (walk.errors == 0 ? "ok" : walk.first_error) << '\n';
    }
  }

  int report() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    for (const auto& [outcome, count] : outcomes) std::cout << outcome << ' ' << count << '\n';
    std::cout << "slowest " << slowest << " s (" << slowest_id << "), peak memory " << usage.ru_maxrss / 1024
              << " MB\n";
    std::cout << "files: " << right << " passed, " << wrong << " failed\n";
    return wrong == 0 ? 0 : 1;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  Totals totals;
  try {
    if (args.size() == 3 && args[0] == "recipes") {
      for (const auto& recipe : hornbeam::attacks::read_recipes(args[1])) {
        const auto& file = recipe.at("file").as_string();
        if (!file.ends_with(".h5")) continue;
        std::string bytes = read_file(args[2] + "/" + file);
        for (const auto& op : recipe.at("ops").as_list()) hornbeam::attacks::apply(bytes, op);
        totals.run(recipe.at("id").as_string(), bytes, recipe.at("expect").as_string());
      }
    } else if (args.size() >= 4 && args[0] == "random") {
      std::mt19937_64 random(std::stoull(args[2]));
      for (std::size_t i = 3; i < args.size(); ++i) {
        const std::string original = read_file(args[i]);
        for (int n = 0; n < std::stoi(args[1]); ++n) {
          std::string bytes = original;
          mutate(bytes, random);
          totals.run(args[i] + " #" + std::to_string(n), bytes, "error_or_ok");
        }
      }
    } else if (args.size() >= 2 && args[0] == "plain") {
      for (std::size_t i = 1; i < args.size(); ++i) totals.run(args[i], read_file(args[i]), "error_or_ok", true);
    } else {
      std::cerr << "usage: hdf5_mutations recipes RECIPES.jsonl BASES | random COUNT SEED FILE... | plain FILE...\n";
      return 2;
    }
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
  return totals.report();
}
