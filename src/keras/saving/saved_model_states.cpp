#include "keras/saving/kept_states.h"
#include "keras/saving/saved_model_objects.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedObjectGraph;

class StateReader {
 public:
  StateReader(const SavedKerasModel& saved, LoadReport& report) : saved_(saved), report_(report) {}

  void read(const StateTree& states, std::int32_t node) {
    if (states.variable) return assign(*states.variable, node);
    for (std::size_t i = 0; i < states.items.size(); ++i) {
      if (const auto child = saved_.objects().child(node, std::to_string(i))) read(states.items[i], *child);
    }
  }

 private:
  void assign(VariableNode& state, std::int32_t node) {
    const auto* variable = saved_.objects().node(node).variable();
    if (!variable || variable->shape != state.shape() || variable->dtype != state.dtype()) {
      report_.mismatched.push_back(state.path());
      return;
    }
    state.assign(saved_.variables.read(node, false));
    report_.matched.push_back(state.path());
  }

  const SavedKerasModel& saved_;
  LoadReport& report_;
};

}  // namespace

void load_saved_states(const SavedKerasModel& saved, Model& model, LoadReport& report) {
  const auto& objects = saved.objects();
  StateReader reader(saved, report);
  for (const auto& [object, node] : nodes_by_names(objects, model)) {
    const auto* layer = dynamic_cast<const Layer*>(object.get());
    // What a layer without its class keeps are variables of the file itself.
    if (!layer || dynamic_cast<const KeepsStates*>(layer)) continue;
    const auto states = kept_states(*layer);
    const auto api = states.items.empty() ? std::nullopt : objects.child(node, "keras_api");
    const auto saved_states = api ? objects.child(*api, "states") : std::nullopt;
    if (saved_states) reader.read(states, *saved_states);
  }
}

}  // namespace hornbeam
