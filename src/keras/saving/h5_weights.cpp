#include "keras/saving/h5_weights.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/deflate.h"
#include "hornbeam/ops.hpp"
#include "keras/saving/cudnn_conversions.h"
#include "keras/saving/file_value.h"
#include "keras/saving/legacy_weights.h"
#include "keras/saving/old_kernels.h"
#include "keras/saving/sized_weights.h"

namespace hornbeam {
namespace {

namespace hdf5 = formats::hdf5;

struct FileLayer {
  std::string name;
  std::vector<std::string> weight_names;
};

struct Assignment {
  Variable variable;
  FileValue value;
  std::vector<KernelStep> steps;  // from an older layout
  CuDNNConversion cudnn;
  SizableWeights sizable = {};  // of a weight that takes the value's shape
};

// What a sound file lists lies there once: layers have groups of their own, and a name takes a byte at least.
std::vector<FileLayer> read_layer_names(const hdf5::Group& group) {
  const auto refuse = [&](const char* what, std::string expected, std::string found) {
    throw FormatError(group.file_name(), std::string(what) + " of " + group.path(), std::move(expected),
                      std::move(found));
  };
  std::vector<FileLayer> layers;
  std::set<std::uint64_t> seen;
  std::uint64_t names = 0;
  for (const auto& name : hdf5::load_attribute_strings(group, "layer_names")) {
    // A name is one link (or, with slashes, nested ones) below this group, never a path elsewhere.
    if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) {
      refuse("attribute 'layer_names'", "a layer's name", "'" + name + "'");
    }
    const auto of_layer = group.group(name);
    if (!seen.insert(of_layer.id()).second) {
      refuse("attribute 'layer_names'", "a group for each layer", "one again as '" + name + "'");
    }
    layers.push_back({name, hdf5::load_attribute_strings(of_layer, "weight_names")});
    names += layers.back().weight_names.size();
    if (names > group.file_size()) {
      refuse("attributes 'weight_names'", "names that the file's bytes can hold", std::to_string(names));
    }
  }
  return layers;
}

std::vector<NamedDataset> datasets_of(const hdf5::Group& group, const FileLayer& layer) {
  std::vector<NamedDataset> datasets;
  for (const auto& weight : layer.weight_names) datasets.push_back({weight, group.group(layer.name).dataset(weight)});
  return datasets;
}

Tensor read_value(const Assignment& a, bool map) {
  auto value = read_file_value(a.value, map, a.variable->dtype());
  value = stepped(std::move(value), a.steps);
  if (a.cudnn.convert) value = a.cudnn.convert(value);
  return ops::cast(value, a.variable->dtype());
}

// Values never written, or written once and named many times, cost memory that the file does not account for. Keras
// writes each weight once, so all together may be what the file can hold; deflate makes at most 1032 bytes of one.
void check_held(const std::vector<Assignment>& assignments) {
  std::vector<hdf5::Dataset> datasets;
  for (const auto& a : assignments) datasets.insert(datasets.end(), a.value.parts.begin(), a.value.parts.end());
  check_held_by_file(datasets);
}

void assign_all(const std::vector<Assignment>& assignments, bool map, LoadReport& report) {
  check_held(assignments);
  // Read everything before anything is assigned: a damaged chunk leaves the model as it was.
  std::vector<Tensor> values;
  values.reserve(assignments.size());
  for (const auto& a : assignments) values.push_back(read_value(a, map));
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    const auto& [variable, value, steps, cudnn, sizable] = assignments[i];
    (sizable.empty() ? variable : sized_weight(sizable, variable, values[i].shape()))->assign(values[i]);
    report.matched.push_back(variable->path());
  }
}

// Where the values of a file go, checked before one is read.
struct LoadPlan {
  FileOrigin origin;
  LoadReport& report;
  std::vector<Assignment> assignments = {};

  // Weights of a layer and the file's values, as many. `misfit` hears the number of each whose shapes differ, which is
  // left out.
  void add_all(const Layer& layer, const std::vector<Variable>& variables, const std::vector<FileValue>& values,
               const std::function<void(std::size_t)>& misfit) {
    std::vector<Shape> found;
    for (const auto& value : values) found.push_back(value.shape);
    auto cudnn = cudnn_conversions(layer, variables, found);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (cudnn[i].convert) {
        report.converted.push_back(variables[i]->path() + ": from " + cudnn[i].from);
        assignments.push_back({variables[i], values[i], {}, std::move(cudnn[i])});
      } else if (!add(layer, variables[i], values[i]) && !add_sized(layer, variables[i], values[i])) {
        misfit(i);
      }
    }
  }

  // Of a weight that takes the file's shape, when it is assigned.
  bool add_sized(const Layer& layer, const Variable& variable, const FileValue& value) {
    auto sizable = sizable_weights(const_cast<Layer&>(layer));  // the model's, which is not const
    if (!can_be_sized(sizable, variable, value.shape)) return false;
    assignments.push_back({variable, value, {}, {}, std::move(sizable)});
    return true;
  }

  // False when the shapes differ.
  bool add(const Layer& layer, const Variable& variable, const FileValue& value) {
    auto steps = kernel_steps(layer, variable, value.shape, origin);
    if (!steps) return false;
    if (value.parts.size() > 1) {
      report.converted.push_back(variable->path() + ": from the arrays of " + std::to_string(value.parts.size()) +
                                 " gates");
    } else if (!steps->empty()) {
      report.converted.push_back(variable->path() + ": from an older layout, " + value.shape.to_string());
    }
    assignments.push_back({variable, value, std::move(*steps), {}});
    return true;
  }
};

FileOrigin origin_of(const hdf5::Group& group) {
  FileOrigin origin;
  if (group.has_attribute("keras_version")) origin.keras_version = group.attribute("keras_version").as_string();
  if (group.has_attribute("backend")) origin.backend = group.attribute("backend").as_string();
  return origin;
}

void load_by_order(const hdf5::Group& group, Model& model, const std::vector<FileLayer>& file,
                   const LoadWeightsOptions& options, LoadReport& report) {
  std::vector<std::shared_ptr<Layer>> layers;
  for (const auto& layer : model.layers()) {
    if (!layer->weights().empty()) layers.push_back(layer);
  }
  std::vector<FileLayer> with_weights;
  std::copy_if(file.begin(), file.end(), std::back_inserter(with_weights),
               [](const FileLayer& l) { return !l.weight_names.empty(); });
  if (layers.size() != with_weights.size()) {
    throw ValueError("You are trying to load a weight file containing " + std::to_string(with_weights.size()) +
                     " layers into a model with " + std::to_string(layers.size()) + " layers." +
                     (layers.empty() ? " A subclassed Model makes its variables when it is first called: call it, then "
                                       "load the weights."
                                     : ""));
  }
  LoadPlan plan{origin_of(group), report};
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto variables = legacy_weights(*layers[k]);
    const auto values = file_values(*layers[k], datasets_of(group, with_weights[k]), plan.origin);
    if (values.size() != variables.size()) {
      throw ValueError("Layer #" + std::to_string(k) + " (named \"" + layers[k]->name() +
                       "\" in the current model) was found to correspond to layer " + with_weights[k].name +
                       " in the save file. However the new layer " + layers[k]->name() + " expects " +
                       std::to_string(variables.size()) + " weights, but the saved weights have " +
                       std::to_string(values.size()) + " elements.");
    }
    plan.add_all(*layers[k], variables, values, [&](std::size_t i) {
      const auto wanted = variables[i]->shape().to_string(), found = values[i].shape.to_string();
      throw ValueError("Shapes " + wanted + " and " + found + " are incompatible: weight #" + std::to_string(i) + " (" +
                       values[i].name + ") of layer #" + std::to_string(k) + " (named \"" + layers[k]->name() +
                       "\") expects " + wanted + ", the file holds " + found);
    });
  }
  // Weights the model itself holds (Keras 2.6 and later).
  if (const char* top = "top_level_model_weights"; group.has(top)) {
    const auto names = hdf5::load_attribute_strings(group.group(top), "weight_names");
    const auto own = top_level_weights(model);
    if (names.size() != own.size()) {
      throw ValueError("Weight count mismatch for top-level weights when loading weights from file. Model expects " +
                       std::to_string(own.size()) + " top-level weight(s). Received " + std::to_string(names.size()) +
                       " saved top-level weight(s)");
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto dataset = group.group(top).dataset(names[i]);
      if (!plan.add(model, own[i], {names[i], {dataset}, Shape(dataset.shape())})) {
        throw ValueError("Shape mismatch in top-level weight " + names[i] + ": expected " +
                         own[i]->shape().to_string() + ", found " + Shape(dataset.shape()).to_string());
      }
    }
  }
  assign_all(plan.assignments, options.map, report);
}

void load_by_name(const hdf5::Group& group, Model& model, const std::vector<FileLayer>& file,
                  const LoadWeightsOptions& options, LoadReport& report) {
  LoadPlan plan{origin_of(group), report};
  const auto layers = model.layers();
  for (std::size_t k = 0; k < file.size(); ++k) {
    bool used = false;
    for (const auto& layer : layers) {
      if (layer->name() != file[k].name) continue;
      used = true;
      const auto variables = legacy_weights(*layer);
      const auto values = file_values(*layer, datasets_of(group, file[k]), plan.origin);
      if (variables.size() != values.size()) {
        if (!options.skip_mismatch) {
          throw ValueError("Layer #" + std::to_string(k) + " (named \"" + layer->name() + "\") expects " +
                           std::to_string(variables.size()) + " weight(s), but the saved weights have " +
                           std::to_string(values.size()) + " element(s).");
        }
        report.mismatched.push_back(layer->name() + ": " + std::to_string(variables.size()) +
                                    " weights expected, the file has " + std::to_string(values.size()));
        continue;
      }
      plan.add_all(*layer, variables, values, [&](std::size_t i) {
        const auto found = values[i].shape.to_string();
        if (!options.skip_mismatch) {
          throw ValueError("Layer #" + std::to_string(k) + " (named \"" + layer->name() + "\"), weight " +
                           variables[i]->name() + " has shape " + variables[i]->shape().to_string() +
                           ", but the saved weight has shape " + found + ".");
        }
        report.mismatched.push_back(variables[i]->path() + ": shape " + variables[i]->shape().to_string() +
                                    ", the file has " + found);
      });
    }
    if (!used && !file[k].weight_names.empty()) report.unused.push_back(file[k].name);
  }
  assign_all(plan.assignments, options.map, report);
}

// h5py writes bfloat16, a dtype that it does not know, as opaque elements of its two bytes.
DType h5_tensor_dtype(const hdf5::Dataset& dataset) {
  const auto dtype = dataset.dtype();
  if (dtype == DType::invalid && dataset.element_size() == 2) return DType::bfloat16;
  if (dtype != DType::invalid && dtype != DType::string) return dtype;
  throw FormatError(dataset.file_name(), dataset.path(), "numbers",
                    dtype == DType::string ? std::string("strings")
                                           : "opaque elements of " + std::to_string(dataset.element_size()) + " bytes");
}

}  // namespace

void load_h5_weights(const hdf5::Group& group, Model& model, const LoadWeightsOptions& options, LoadReport& report) {
  if (options.skip_mismatch && !options.by_name) {
    throw ValueError("When calling model.load_weights, skip_mismatch can only be set to True when by_name is True.");
  }
  const auto file = read_layer_names(group);
  if (options.by_name) {
    load_by_name(group, model, file, options, report);
  } else {
    load_by_order(group, model, file, options, report);
  }
  std::map<std::string, bool> got;
  for (const auto& name : report.matched) got[name] = true;
  for (const auto& v : model.weights()) {
    if (!got.contains(v->path())) report.missing.push_back(v->path());
  }
}

Tensor read_h5_tensor(const hdf5::Dataset& dataset, bool map) {
  const Shape shape(dataset.shape());
  const auto dtype = h5_tensor_dtype(dataset);
  const auto bytes = dataset.mapped();
  const auto aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % std::max<std::size_t>(size_of(dtype), 1) == 0;
  if (map && !bytes.empty() && aligned) {
    auto owner = std::const_pointer_cast<base::MappedFile>(dataset.mapping());
    return Tensor::borrow(dtype, shape, bytes.data(), owner);
  }
  auto value = Tensor::empty(dtype, shape);
  dataset.read({value.mutable_raw(), value.bytes()});
  return value;
}

void check_held_by_file(const std::vector<hdf5::Dataset>& datasets) {
  constexpr double kMostInflated = base::kMaxDeflateRatio, kFree = 1 << 20;
  double plain = 0, filtered = 0;
  for (const auto& dataset : datasets) {
    (dataset.has_filters() ? filtered : plain) += static_cast<double>(dataset.byte_size());
    const auto held = static_cast<double>(dataset.mapping()->bytes().size());
    if (plain > held + kFree || filtered > kMostInflated * held + kFree) {
      throw FormatError(dataset.file_name(), dataset.path(), "weights of shapes that the file's bytes can hold",
                        "shape " + Shape(dataset.shape()).to_string() + " in a file of " +
                            std::to_string(dataset.mapping()->bytes().size()) + " bytes");
    }
  }
}

}  // namespace hornbeam
