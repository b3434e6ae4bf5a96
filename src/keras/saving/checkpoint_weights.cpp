#include "keras/saving/checkpoint_weights.h"

#include <filesystem>

#include "base/folder.h"
#include "base/writable.h"
#include "formats/tensor_bundle/checkpoint_state.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/training.hpp"
#include "keras/saving/training_state.h"
#include "keras/saving/weight_forms.h"
#include "track/open.h"
#include "track/write.h"

namespace hornbeam {
namespace {

namespace fs = std::filesystem;
namespace tb = formats::tensor_bundle;

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Trackable::Ptr pointer_to(const Model& model) {
  return const_cast<Model&>(model).shared_from_this();  // only read when it is const
}

// Keras keeps the learning rate in the floatx() of its process: as in the file, while nothing has been trained here.
void follow_learning_rate(Model& model, const tb::Bundle& bundle) {
  if (!model.is_compiled() || as_multi(model.optimizer())) return;
  if (model.optimizer()->iterations()->value().item<std::int64_t>() != 0) return;
  for (const auto* name : {"learning_rate", "_learning_rate"}) {
    const auto key = tb::value_key(std::string("optimizer/") + name);
    if (!bundle.has(key)) continue;
    const auto dtype = bundle.entry(key).dtype();
    if (dtype != DType::invalid && is_floating(dtype)) model.optimizer()->set_learning_rate_dtype(dtype);
  }
}

std::shared_ptr<track::Restoration> restore(Model& model, const std::string& prefix, bool map) {
  const auto bundle = track::open_bundle(prefix);
  std::vector<std::pair<Optimizer, Tensor>> before;
  if (model.is_compiled()) {
    for (const auto& optimizer : with_learning_rates(model.optimizer())) {
      before.emplace_back(optimizer, optimizer->learning_rate()->value());
    }
  }
  follow_learning_rate(model, *bundle);
  try {
    auto restoration = track::restore(bundle, pointer_to(model), map);
    train::CheckpointStatus(restoration).assert_nontrivial_match();
    return restoration;
  } catch (...) {  // nothing was assigned
    for (const auto& [optimizer, rate] : before) {
      if (optimizer->learning_rate()->dtype() == rate.dtype()) continue;
      optimizer->set_learning_rate_dtype(rate.dtype());
      optimizer->learning_rate()->assign(rate);
    }
    throw;
  }
}

}  // namespace

bool is_checkpoint(const std::string& prefix) { return is_there(tb::index_path(prefix)); }

std::optional<std::string> checkpoint_prefix(const std::string& path) {
  std::error_code ignored;
  if (is_checkpoint(path)) return path;  // before a folder of that name, as Keras
  if (fs::is_directory(path, ignored)) {
    const auto variables = (fs::path(path) / "variables" / "variables").string();
    if (is_checkpoint(variables)) return variables;
    return std::nullopt;
  }
  // As Keras: what ends as HDF5 files do is one, and is missed as one.
  for (const auto* suffix : {".h5", ".hdf5", ".keras"}) {
    if (path.ends_with(suffix)) return std::nullopt;
  }
  if (is_there(path)) return std::nullopt;
  return path;
}

train::CheckpointStatus load_checkpoint(Model& model, const std::string& prefix, const LoadWeightsOptions& options,
                                        LoadReport& report) {
  if (options.by_name) {
    throw NotImplementedError(
        "Weights may only be loaded based on topology into Models when loading TensorFlow-formatted weights (got "
        "by_name=True to load_weights).");
  }
  if (options.skip_mismatch) {
    throw ValueError("When calling model.load_weights, skip_mismatch can only be set to True when by_name is True.");
  }
  const train::CheckpointStatus status(restore(model, prefix, options.map));
  report.matched = status.restored();
  report.unused = status.unused();
  for (const auto& variable : status.missing()) report.missing.push_back(variable->path());
  return status;
}

void save_checkpoint(const Model& model, const std::string& prefix, base::IfExists if_exists, Target target,
                     SaveReport& report) {
  if (prefix.empty() || prefix.back() == '/') {
    throw ValueError("Received an empty file name for a checkpoint: '" + prefix + "'");
  }
  track::WriteOptions options{.target = target, .root_edge = target == Target::tf215};
  Trackable::Ptr own, theirs;
  if (model.is_compiled()) {
    own = model.optimizer().ptr();
    theirs = optimizer_for(model, target, report).ptr();
  } else if (!model.training_config().is_null()) {
    report.dropped.push_back("optimizer: it could not be restored: " + model.not_compiled_because());
  }
  options.stand_in = [&](const Trackable::Ptr& object) { return object == own ? theirs : object; };
  const WeightForms forms(model, target);
  options.value = [&](const VariableNode& variable) { return forms.value(variable); };
  base::make_folder_of(prefix);
  base::check_can_write(tb::index_path(prefix), if_exists);
  report.written = track::write_checkpoint(prefix, pointer_to(model), options);
  tb::CheckpointState state;
  state.latest = prefix;
  tb::write_checkpoint_state(base::folder_of(prefix), std::move(state));
}

}  // namespace hornbeam
