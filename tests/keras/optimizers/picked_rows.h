// Steps on rows that were picked from a table, as an Embedding's are.
#pragma once

#include "graph/executor.h"
#include "hornbeam/gradient_tape.hpp"
#include "keras/optimizers/recorded_optimizers.h"

namespace hornbeam::testing_support {

// The recorded steps of `row`, each in a function of its own, as training traces them.
inline void expect_picked_steps(const Recorded& r, const Optimizer& optimizer, const Config& row) {
  const auto table = std::make_shared<VariableNode>("table", r.arrays.at(row.at("variable").as_string()), true);
  optimizer->build({table});  // not in the first trace, which some do otherwise
  for (const auto& step : row.at("steps").as_list()) {
    const auto ids = step.at("indices").as_ints();
    const auto indices = Tensor::from<std::int64_t>({static_cast<std::int64_t>(ids.size())}, ids);
    const auto values = r.arrays.at(step.at("values").as_string());
    const TensorSpec argument{DType::int64, {None}};
    const graph::Executable train(graph::trace("train", {&argument, 1}, [&](std::span<const Tensor> in) {
      GradientTape tape;
      const auto loss = ops::reduce_sum(ops::gather(Tensor(table), in[0]) * values);
      const auto gradients = tape.gradient(loss, std::vector<Variable>{table});
      optimizer->apply_gradients(optimizer->get_unscaled_gradients(gradients), {table});
      return std::vector<Tensor>{loss};
    }));
    train.run(std::vector<Tensor>{indices});
    expect_close(table->value(), r.arrays.at(step.at("variable").as_string()), 1e-6, 1e-7, "table " + step.dump());
    expect_all_close(optimizer->get_weights(), arrays(r, step.at("state")), "state " + step.dump());
  }
}

// All rows of "sparse"; how many there are.
inline int expect_picked_rows(const Recorded& r) {
  int rows = 0;
  for (const auto& row : r.json.at("sparse").as_list()) {
    SCOPED_TRACE(r.producer + " " + row.at("class_name").as_string() + " " + row.at("generation").as_string() + " " +
                 row.at("config").dump());
    auto config = row.at("config");
    if (row.at("generation").as_string() == "legacy") config.set("is_legacy_optimizer", true);
    const auto optimizer = Optimizer::from_config(Config{{"class_name", row.at("class_name")}, {"config", config}});
    expect_picked_steps(r, optimizer, row);
    ++rows;
  }
  return rows;
}

}  // namespace hornbeam::testing_support
