#include "keras/saving/v3_weights.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "hornbeam/layers/lora.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"
#include "hornbeam/target.hpp"
#include "keras/saving/compile_config.h"
#include "keras/saving/h5_weights.h"
#include "keras/saving/sized_weights.h"
#include "keras/saving/v3_vocabularies.h"
#include "ops/kernels/parallel.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

constexpr const char* kOptimizer = "optimizer";

std::string count_text(const V3Found& found, bool keras3) {
  const auto& holder = found.holder;
  const auto place = " (group '" + holder.path + "/vars')";
  const auto count = std::to_string(found.datasets.size());
  if (holder.variables.empty() && !holder.layer->built()) {
    return "Layer '" + holder.layer->name() +
           "' was never built and thus it doesn't have any variables. However the weights file lists " + count +
           " variables for this layer." + place + " Call the model once, then load its weights.";
  }
  std::string names;
  for (const auto& v : holder.variables) {
    const auto& path = v->path();
    names += (names.empty() ? "'" : ", '") + (keras3 ? path.substr(path.rfind('/') + 1) : v->name()) + "'";
  }
  return "Layer '" + holder.layer->name() + "' expected " + std::to_string(holder.variables.size()) +
         " variables, but received " + count + " variables during loading. Expected: [" + names + "]" + place;
}

std::string shape_text(const Variable& variable, const hdf5::Dataset& dataset, bool keras3) {
  const auto wanted = variable->shape().to_string(), found = Shape(dataset.shape()).to_string();
  const auto place = " (dataset '" + dataset.path() + "')";
  if (keras3) {
    return "The shape of the target variable and the shape of the target value in `variable.assign(value)` must match. "
           "variable.shape=" +
           wanted + ", Received: value.shape=" + found + ". Target variable: " + variable->path() + place;
  }
  return "Cannot assign value to variable '" + variable->name() + "': Shape mismatch. The variable shape " + wanted +
         ", and the assigned value shape " + found + " are incompatible." + place;
}

// Several at a time: what takes time is the copying.
std::vector<Tensor> read_all(const std::vector<hdf5::Dataset>& datasets, bool map) {
  std::vector<Tensor> values(datasets.size());
  kernels::parallel_for(std::ssize(datasets), 1, [&](std::int64_t first, std::int64_t last) {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
      values[i] = read_v3_tensor(datasets[i], map);
    }
  });
  return values;
}

// The values that variables are to get.
using NewValues = std::map<const VariableNode*, Tensor>;

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

bool holds_the_same(const hdf5::Dataset& dataset, const Variable& variable, const NewValues& values) {
  const auto own = values.find(variable.get());
  if (own == values.end() || Shape(dataset.shape()) != own->second.shape()) return false;
  return same_bytes(ops::cast(read_v3_tensor(dataset, false), variable->dtype()), own->second);
}

bool holds_the_same(const hdf5::Dataset& a, const std::optional<hdf5::Dataset>& b) {
  return b && a.shape() == b->shape() && same_bytes(read_v3_tensor(a, false), read_v3_tensor(*b, false));
}

// Copies of layers that stand in several models, for Kerases that read each place as a layer of its own; those with
// other values than their layer gets are told as unused.
void check_copies(const V3Store& store, const Model& model, const V3Places& places, const NewValues& values,
                  std::set<std::string>& used, LoadReport& report) {
  if (places.copied.empty()) return;
  const auto check = [&](const Layer& layer, const hdf5::Dataset& dataset, const auto& same) {
    const auto path = dataset.path().substr(1);
    if (used.insert(path).second && !same()) note_other_copy(layer, path, report);  // else the layer's own
  };
  std::map<const Layer*, std::string> first;
  for (const auto& holder : v3_holders(model, places.layout, places.copied)) {
    const auto datasets = store.variables(holder.path);
    check_held_by_file(datasets);
    for (std::size_t i = 0; i < datasets.size(); ++i) {
      check(*holder.layer, datasets[i],
            [&] { return i < holder.variables.size() && holds_the_same(datasets[i], holder.variables[i], values); });
    }
    const auto [own, is_first] = first.emplace(holder.layer, holder.path);
    const auto weights = is_first ? std::nullopt : store.named(holder.path, kIdfWeights);
    if (!weights) continue;
    check_held_by_file({*weights});
    const auto& first_place = own->second;
    check(*holder.layer, *weights, [&] { return holds_the_same(*weights, store.named(first_place, kIdfWeights)); });
  }
}

// The kernels of such a file have in them what LoRA's matrices had added, which begin anew.
std::vector<Variable> lora_variables_of(const std::vector<V3Holder>& holders) {
  std::vector<Variable> variables;
  for (const auto& holder : holders) {
    const auto* lora = dynamic_cast<const LoraLayer*>(holder.layer);
    if (!lora) continue;
    for (const auto& variable : lora->lora_variables()) variables.push_back(variable);
  }
  return variables;
}

void note_unused(const V3Store& store, const std::set<std::string>& used, LoadReport& report) {
  // As Keras leaves them when it loads a model: its metrics are built by the first batch.
  std::size_t metrics = 0;
  for (const auto& path : store.dataset_paths()) {
    if (used.contains(path) || path.starts_with("optimizer/")) continue;
    if (path.starts_with("metrics/")) {
      ++metrics;
    } else {
      report.unused.push_back(path);
    }
  }
  if (metrics > 0) {
    report.notes.push_back("metrics: the sums of " + std::to_string(metrics) +
                           " variables are not restored; metrics begin anew");
  }
}

}  // namespace

V3Places read_v3_weights(const V3Store& store, const std::vector<std::string>& assets, Model& model,
                         const LoadWeightsOptions& options, LoadReport& report, Assignments& assignments) {
  if (options.by_name) {
    throw ValueError("`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: " + report.path +
                     ", which holds weights by their layers' places in the model");
  }
  const bool keras3 = target_named(model.target()) == Target::keras3;
  std::vector<Variable> variables;  // each with its dataset
  std::vector<hdf5::Dataset> datasets;
  std::set<std::string> used;
  const auto misfit = [&](const std::string& what, const std::string& text) {
    if (!options.skip_mismatch) throw ValueError(text);
    report.mismatched.push_back(what + ": " + text);
  };
  std::vector<V3Holder> holders;
  const auto sizable = sizable_weights(model);
  const auto [places, all] = find_v3(store, assets, model, sizable);
  for (const auto& found : all) {
    holders.push_back(found.holder);
    for (const auto& dataset : found.datasets) used.insert(dataset.path().substr(1));
    if (!found.fits()) {
      misfit(found.holder.layer->name(), count_text(found, keras3));
      continue;
    }
    for (std::size_t i = 0; i < found.datasets.size(); ++i) {
      const auto& variable = found.holder.variables[i];
      if (!fits_v3(sizable, variable, found.datasets[i])) {
        misfit(variable->path(), shape_text(variable, found.datasets[i], keras3));
        continue;
      }
      variables.push_back(variable);
      datasets.push_back(found.datasets[i]);
    }
  }
  check_held_by_file(datasets);
  auto values = read_all(datasets, options.map);
  NewValues of_variables;
  std::set<const VariableNode*> got;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = ops::cast(values[i], variables[i]->dtype());
    of_variables.emplace(variables[i].get(), values[i]);
    got.insert(variables[i].get());
  }
  check_copies(store, model, places, of_variables, used, report);
  const auto anew = lora_variables_of(holders);
  for (const auto& variable : anew) got.insert(variable.get());
  for (const auto& v : model.weights()) {
    if (!got.contains(v.get())) report.missing.push_back(v->path());
  }
  assignments.add([&report, anew, sizable, variables = std::move(variables), values = std::move(values)] {
    for (std::size_t i = 0; i < variables.size(); ++i) {
      auto variable = variables[i];
      if (variable->shape() != values[i].shape()) variable = sized_weight(sizable, variable, values[i].shape());
      variable->assign(values[i]);
      report.matched.push_back(variables[i]->path());
    }
    for (const auto& variable : anew) variable->assign(Tensor::zeros(variable->dtype(), variable->shape()));
  });
  read_v3_idf_weights(store, holders, used, report, assignments);
  note_unused(store, used, report);
  return places;
}

void read_v3_optimizer(const V3Store& store, Model& model, bool map, LoadReport& report, Assignments& assignments) {
  const auto datasets = store.variables(kOptimizer);
  // What a LossScaleOptimizer or a MultiOptimizer wraps is among its own once more.
  const bool wraps = model.is_compiled() && (as_loss_scale(model.optimizer()) || as_multi(model.optimizer()));
  for (const auto& path : store.dataset_paths()) {
    if (wraps || !path.starts_with("optimizer/") || path.starts_with("optimizer/vars/")) continue;
    report.unused.push_back(path);
  }
  std::vector<std::string> names;
  for (const auto& dataset : datasets) names.push_back(dataset.path().substr(1));
  if (!model.is_compiled()) {
    report.unused.insert(report.unused.end(), names.begin(), names.end());
    return;
  }
  if (datasets.empty()) return;
  for (const auto& dataset : datasets) {
    const auto dtype = v3_dtype(dataset);
    if (is_floating(dtype) || is_integer(dtype) || dtype == DType::boolean) continue;
    throw FormatError(dataset.file_name(), dataset.path(), "numbers", std::string(name_of(dtype)));
  }
  check_held_by_file(datasets);
  assignments.add([&model, &report, names = std::move(names), values = read_all(datasets, map)] {
    restore_optimizer(model, names, values, report);
  });
}

void load_v3_file(const V3Store& store, Model& model, const LoadWeightsOptions& options, LoadReport& report) {
  Assignments assignments;
  read_v3_weights(store, {}, model, options, report, assignments);
  read_v3_optimizer(store, model, options.map, report, assignments);
  assignments.run();
}

}  // namespace hornbeam
