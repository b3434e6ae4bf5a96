// hornbeam bench MODEL --train: what a step of fit takes.
#include <algorithm>

#include "cli/bench.h"
#include "cli/training.h"
#include "cli/verbs.h"
#include "hornbeam/training.hpp"
#include "keras/migration/sample_data.h"

namespace hornbeam::cli {
void bench_training(Model& model, const BenchOptions& o, Config& result) {
  constexpr double kEpoch = 100;  // ms, about
  constexpr std::int64_t kMostSteps = 50;
  constexpr int kFirst = 3;
  auto x = o.x.empty() ? random_arrays(model.symbolic_inputs(), o.batch_size) : read_inputs("--x", o.x);
  auto y = o.x.empty() ? random_labels(model, o.batch_size) : read_targets(model, o.y, "fit");
  // The first steps, on one batch: their losses tell whether two programs do the same work.
  std::vector<double> losses;
  double step = 0;
  const auto batch = first_rows("x", x, o.batch_size), labels = first_rows("y", y, o.batch_size);
  for (int i = 0; i < kFirst; ++i) {
    const double start = now_ms();
    losses.push_back(model.train_on_batch(batch, labels).at("loss"));
    step = now_ms() - start;
    if (i == 0) result.set("first_step_ms", step);
  }
  const auto wanted = std::clamp(static_cast<std::int64_t>(kEpoch / step), std::int64_t{1}, kMostSteps);
  if (o.x.empty() && wanted > 1) {
    x = random_arrays(model.symbolic_inputs(), o.batch_size * wanted);
    y = random_labels(model, o.batch_size * wanted);
  }
  const auto steps = std::min(wanted, rows_of(x) / o.batch_size);
  const FitOptions epoch{.batch_size = o.batch_size, .verbose = 0, .steps_per_epoch = steps};
  const double warm = now_ms() + 300;
  do model.fit(x, y, epoch);
  while (now_ms() < warm);
  std::vector<double> times;
  for (int i = 0; i < o.runs; ++i) {
    const double start = now_ms();
    model.fit(x, y, epoch);
    times.push_back((now_ms() - start) / static_cast<double>(steps));
  }
  add_times(result, std::move(times));
  result.set("steps_per_epoch", steps);
  result.set("losses", Config(losses));
}

}  // namespace hornbeam::cli
