// hornbeam bench MODEL: how long it takes to load, and to predict one batch of the model's inputs, to train on one, or
// to save.
#include "cli/bench.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/writable.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "graph/profile.h"
#include "keras/migration/sample_data.h"
#include "ops/ragged/ragged.h"

namespace hornbeam::cli {

double now_ms() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

void add_times(Config& result, std::vector<double> times, const std::string& prefix) {
  std::sort(times.begin(), times.end());
  result.set(prefix + "median_ms", times[times.size() / 2]);
  result.set(prefix + "min_ms", times[0]);
}

std::int64_t rows_of(const Values& arrays) { return arrays.flatten().at(0).shape()[0]; }

Values first_rows(const std::string& name, const Values& arrays, std::int64_t rows) {
  if (rows_of(arrays) < rows) {
    throw ValueError("bench: " + name + " has " + std::to_string(rows_of(arrays)) + " rows, fewer than a batch of " +
                     std::to_string(rows));
  }
  auto leaves = arrays.flatten();
  for (auto& t : leaves) t = some_rows(t, 0, rows);
  return arrays.pack_like(leaves);
}

namespace {

void bench_prediction(Model& model, const BenchOptions& o, Config& result) {
  const auto x = o.x.empty() ? random_arrays(model.symbolic_inputs(), o.batch_size)
                             : first_rows("x", read_inputs("--x", o.x), o.batch_size);
  const auto predict = [&] {
    const double start = now_ms();
    model.predict(x, {.batch_size = o.batch_size});
    return now_ms() - start;
  };
  result.set("first_predict_ms", predict());
  // Warm: threads, caches and the processor's clock have settled.
  const double warm = now_ms() + 300;
  for (int i = 0; i < 5 || now_ms() < warm; ++i) predict();
  std::vector<double> times;
  for (int i = 0; i < o.runs; ++i) times.push_back(predict());
  add_times(result, std::move(times));
}

Config rows_of(const std::vector<graph::Profile::Entry>& entries, int runs) {
  Config::List rows;
  for (const auto& e : entries) {
    Config row{{"op", e.op}, {"calls", e.calls / runs}, {"ms", e.ms / runs}};
    if (!e.node.empty()) row.set("node", e.node);
    if (!e.form.empty()) row.set("shapes", e.form);
    rows.push_back(row);
  }
  return Config(rows);
}

void print_rows(const Config& rows, std::size_t most) {
  for (const auto& row : rows.as_list()) {
    if (most-- == 0) break;
    fmt::print("{:10.4f} ms {:4d} x {}", row.at("ms").as_double(), row.at("calls").as_int(), row.at("op").as_string());
    if (const auto* node = row.find("node")) {
      fmt::print("  {}  {}", node->as_string(), row.at("shapes").as_string());
    }
    fmt::print("\n");
  }
}

void print(const Config& result) {
  for (const auto& [key, value] : result.as_dict()) {
    if (key == "ops" || key == "nodes") {
      fmt::print("{}:\n", key);
      print_rows(value, key == "ops" ? 1000 : 40);
    } else {
      fmt::print("{}: {}\n", key, value.dump());
    }
  }
}

void show(const BenchOptions& o, const Config& result) {
  o.json ? void(std::cout << result.dump() << "\n") : print(result);
}

void bench(const BenchOptions& o) {
  if (!o.save.empty()) {
    std::filesystem::is_directory(o.save) ? base::check_can_fill(o.save) : base::check_can_write(o.save);
  }
  const double started = now_ms();
  LoadReport report;
  const auto model = open_model(o.model, "", report);
  Config result{{"load_ms", now_ms() - started}};
  if (!o.save.empty()) {
    bench_saving(*model, o, result);
    return show(o, result);
  }
  if (model->symbolic_inputs().is_none()) {
    throw ValueError("bench needs a model whose inputs are known (functional or built Sequential)");
  }
  const auto measure = [&](Config& found) {
    o.train ? bench_training(*model, o, found) : bench_prediction(*model, o, found);
  };
  measure(result);
  if (o.profile) {
    graph::Profile profile;
    {
      const graph::ProfileScope scope(profile);
      auto slower = Config::dict();
      measure(slower);
    }
    const auto nodes = profile.by_node();
    const auto most =
        std::max_element(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.calls < b.calls; });
    const auto runs = static_cast<int>(most == nodes.end() ? 1 : most->calls);
    result.set("ops", rows_of(profile.by_op(), runs));
    result.set("nodes", rows_of(nodes, runs));
  }
  result.set("batch_size", o.batch_size);
  show(o, result);
}

}  // namespace

void add_bench(CLI::App& app) {
  auto o = std::make_shared<BenchOptions>();
  auto* verb = app.add_subcommand(
      "bench",
      "Times loading, and prediction, training or saving. Arrays are random numbers between 0 and 1; those of integers "
      "are zeros, which every Embedding has a row for: lookups are all of one row. Dims the model leaves open are 32.");
  add_model(*verb, o->model);
  add_batch_size(*verb, o->batch_size);
  verb->add_option("--runs", o->runs, "what the median is taken of")->check(count())->capture_default_str();
  auto* train = verb->add_flag("--train", o->train, "steps of fit instead of predictions");
  add_arrays(*verb, "--x", o->x, "[NAME=]x.npy to predict or train on; default: made up, as said above");
  add_arrays(*verb, "--y", o->y, "[NAME=]y.npy, with --x")->needs(train);
  verb->add_option("--save", o->save,
                   "times saving to this H5 file or SavedModel folder, beside a plain write of its bytes")
      ->excludes(train);
  verb->add_flag("--profile", o->profile, "also where the time goes, op by op and node by node");
  add_json(*verb, o->json);
  verb->callback([o] { bench(*o); });
}

}  // namespace hornbeam::cli
