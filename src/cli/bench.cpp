// hornbeam bench MODEL: how long it takes to load, and to predict one batch of the model's inputs.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>

#include "cli/verbs.h"
#include "graph/executor.h"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam::cli {
namespace {

double now_ms() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

// Random floats in [0, 1); small whole numbers for integer inputs. The batch as asked for, other unknown dims 32.
Values random_inputs(const Model& model, std::int64_t batch) {
  const auto symbolic = model.symbolic_inputs();
  if (symbolic.is_none())
    throw ValueError("bench needs a model whose inputs are known (functional or built Sequential)");
  std::vector<Tensor> inputs;
  for (const auto& t : symbolic.flatten()) {
    auto shape = t.shape();
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] < 0) shape[i] = i == 0 ? batch : 32;
    }
    if (shape.rank() > 0) shape[0] = batch;
    inputs.push_back(
        is_floating(t.dtype())
            ? ops::cast(ops::random_uniform(ops::shape(Tensor::zeros(DType::boolean, shape)), DType::float32, 1),
                        t.dtype())
            : Tensor::zeros(t.dtype(), shape));
  }
  return symbolic.pack_like(inputs);
}

}  // namespace

void add_bench(CLI::App& app) {
  struct Options {
    std::string model;
    std::int64_t batch_size = 1;
    int runs = 30;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("bench", "Times loading and prediction");
  verb->add_option("MODEL", o->model)->required();
  verb->add_option("--batch-size", o->batch_size)->check(CLI::PositiveNumber);
  verb->add_option("--runs", o->runs)->check(CLI::PositiveNumber);
  verb->add_flag("--json", o->json);
  verb->callback([o] {
    const double started = now_ms();
    LoadReport report;
    const auto model = open_model(o->model, "", report);
    const double loaded = now_ms();
    const auto inputs = random_inputs(*model, o->batch_size);
    const double before_first = now_ms();
    const auto function = model->predict_function(inputs);
    const auto x = inputs.flatten();
    auto outputs = function->run(x);
    const double first = now_ms() - before_first;
    // Warm: threads, caches and the processor's clock have settled.
    const double warm = now_ms() + 300;
    for (int i = 0; i < 5 || now_ms() < warm; ++i) function->run_into(x, outputs);
    std::vector<double> times;
    for (int i = 0; i < o->runs; ++i) {
      const double start = now_ms();
      function->run_into(x, outputs);
      times.push_back(now_ms() - start);
    }
    std::sort(times.begin(), times.end());
    const Config result{{"load_ms", loaded - started},
                        {"first_predict_ms", first},
                        {"median_ms", times[times.size() / 2]},
                        {"min_ms", times[0]},
                        {"batch_size", o->batch_size}};
    if (o->json) {
      std::cout << result.dump() << "\n";
    } else {
      for (const auto& [key, value] : result.as_dict()) std::cout << key << ": " << value.dump() << "\n";
    }
  });
}

}  // namespace hornbeam::cli
