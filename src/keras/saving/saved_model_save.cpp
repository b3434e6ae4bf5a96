#include "keras/saving/saved_model_save.h"

#include <algorithm>
#include <filesystem>

#include "base/atomic_folder.h"
#include "base/writable.h"
#include "formats/saved_model/serialize.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/training.hpp"
#include "keras/saving/call_arguments.h"
#include "keras/saving/saved_objects.h"
#include "keras/saving/training_state.h"
#include "keras/saving/weight_forms.h"

namespace hornbeam {
namespace {

namespace sm = formats::saved_model;
namespace tb = formats::tensor_bundle;

const char* tensorflow_version(Target target) { return target == Target::tf22 ? "2.2.0" : "2.15.0"; }

void write_variables(const std::string& prefix, const SavedObjects& objects, const WeightForms& forms) {
  tb::Writer writer(prefix);
  for (const auto& [key, variable] : objects.variables) writer.add(key, forms.value(*variable));
  for (const auto& [key, value] : objects.tables) writer.add(key, value);
  writer.add(std::string(tb::kObjectGraphKey), Tensor::scalar(tb::serialize(objects.checkpoint)));
  writer.commit();
}

// All that can be refused is refused here, before there is a folder.
SavedObjects saved_contents(Model& model, Target target, const WeightForms& forms, const SaveOptions& options,
                            SaveReport& report) {
  if (target == Target::keras3) {
    throw ValueError("Keras 3 does not load SavedModels: choose target \"tf2.2\" or \"tf2.15\", or save as H5.");
  }
  SavedObjectsOptions what;
  what.dialect = dialect_for(name_of(target), report.keras_version);
  what.dialect.v3_objects = false;
  what.save_traces = options.save_traces;
  what.signatures = options.signatures;
  Trackable::Ptr own, theirs;
  if (model.is_compiled()) {
    own = model.optimizer().ptr();
    if (options.include_optimizer) {
      what.training_config = training_config_for(model, target, report);
      SaveReport told;  // mostly what the config's optimizer has told
      theirs = optimizer_for(model, target, told).ptr();
      for (auto& line : told.converted) {
        if (std::ranges::find(report.converted, line) == report.converted.end()) report.converted.push_back(line);
      }
    }
  }
  const auto stand_in = [&](const Trackable::Ptr& object) -> Trackable::Ptr {
    if (object != own || !own) return object;
    return theirs ? theirs : std::make_shared<TrackableChildren>();
  };
  const auto walk = track::walk(model.shared_from_this(), target, stand_in);
  return saved_objects(model, walk, forms, what, report);
}

}  // namespace

void check_saved_model(Model& model, const std::string& folder, base::IfExists if_exists, Target target,
                       const SaveOptions& options, SaveReport& report) {
  const TargetScope scope(target);
  // Of a model that was never called, the training is to tell what its inputs are like.
  if (arguments_of(model)) saved_contents(model, target, WeightForms(model, target), options, report);
  base::check_can_fill(folder);
  std::error_code ignored;
  if (std::filesystem::exists(folder, ignored)) const base::AtomicFolder tried(folder, sm::folder_entries(), if_exists);
}

void save_saved_model(Model& model, const std::string& folder, base::IfExists if_exists, Target target,
                      const SaveOptions& options, SaveReport& report) {
  const TargetScope scope(target);
  const WeightForms forms(model, target);
  const auto objects = saved_contents(model, target, forms, options, report);
  sm::SavedModelParts parts;
  parts.graph = sm::serialize(sm::GraphDef{objects.serving.nodes, objects.functions});
  parts.objects = sm::serialize(objects.graph);
  parts.signatures = objects.signatures;
  parts.saver = objects.serving.saver;
  parts.init_op = objects.serving.init_op;
  parts.tensorflow_version = tensorflow_version(target);

  base::make_folder_of(folder);
  base::AtomicFolder out(folder, sm::folder_entries(), if_exists);
  out.make_folder("assets");
  write_variables(out.make_folder("variables") + "/variables", objects, forms);
  base::replace_file(out.temporary() + "/keras_metadata.pb", sm::serialize_keras_metadata(objects.keras));
  base::replace_file(out.temporary() + "/saved_model.pb", sm::serialize(parts));
  out.commit();
  report.written.emplace_back("saved_model.pb");
  report.written.emplace_back("keras_metadata.pb");
  for (const auto& [key, variable] : objects.variables) report.written.push_back(key);
}

}  // namespace hornbeam
