#include "reverse/continuation.h"

#include <fmt/core.h>

#include "conformance/custom_objects.h"
#include "conformance/training_data.h"
#include "hornbeam/hornbeam.hpp"

namespace reverse {

using namespace hornbeam;

namespace {

void add(NamedTensors& arrays, char kind, const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) arrays.emplace_back(fmt::format("{}{:03}", kind, i), tensors[i]);
}

}  // namespace

Config continuation(const conformance::Case& c, const std::string& file, std::int64_t first,
                    const std::string& arrays) {
  const auto model = models::load_model(file, {.custom_objects = conformance::custom_objects()});
  if (!model->is_compiled()) throw NotImplementedError(model->not_compiled_because());
  const conformance::TrainingData data(c);
  NamedTensors state;
  add(state, 'b', model->get_weights());
  auto logs = Config::list();
  std::vector<std::string> names;
  for (auto batch = first; batch < kSteps; ++batch) {
    const auto step = data.train(*model, batch);
    names = step.names();
    auto results = Config::list();
    for (const auto& result : step.values()) results.push_back(result.number());
    logs.push_back(results);
  }
  add(state, 'w', model->get_weights());
  add(state, 'o', model->optimizer()->get_weights());
  save_npz(arrays, state);
  return Config{{"first", first}, {"logs", logs}, {"names", Config(names)}, {"arrays", arrays}};
}

}  // namespace reverse
