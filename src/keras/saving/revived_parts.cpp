#include "keras/saving/revived_parts.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hornbeam {
namespace {

using formats::saved_model::SavedObject;
using formats::saved_model::StructuredValue;

// A layer or another object in what is revived: only its variables count.
class RevivedPart final : public Trackable {};

// What Keras adds to the attributes of an object that it saves; an optimizer comes back by itself.
bool added_by_keras(std::string_view name) {
  constexpr std::array kAdded = {"keras_api",
                                 "layer_metrics",
                                 "layer_regularization_losses",
                                 "layers",
                                 "losses",
                                 "metrics",
                                 "non_trainable_variables",
                                 "optimizer",
                                 "regularization_losses",
                                 "signatures",
                                 "trainable_variables",
                                 "variables"};
  return std::ranges::find(kAdded, name) != kAdded.end();
}

std::optional<Values> specs_of(const StructuredValue& value, int depth = 0) {
  if (depth > 32) return std::nullopt;
  switch (value.kind) {
    case StructuredValue::Kind::tensor:
      return Values(Tensor(std::make_shared<TensorImpl>(value.dtype, value.shape)));
    case StructuredValue::Kind::list:
    case StructuredValue::Kind::tuple: {
      Values::List items;
      for (const auto& [name, item] : value.items) {
        auto specs = specs_of(item, depth + 1);
        if (!specs) return std::nullopt;
        items.push_back(std::move(*specs));
      }
      return Values(std::move(items));
    }
    case StructuredValue::Kind::dict: {
      Values::Dict items;
      for (const auto& [name, item] : value.items) {
        auto specs = specs_of(item, depth + 1);
        if (!specs) return std::nullopt;
        items.emplace(name, std::move(*specs));
      }
      return Values(std::move(items));
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<Trackable::Edge> SavedParts::of(std::int32_t node) {
  std::vector<Trackable::Edge> edges;
  const bool keras = objects_.objects().child(node, "keras_api").has_value();
  for (const auto& child : objects_.objects().node(node).children) {
    if (keras && added_by_keras(child.name)) continue;
    if (auto part = part_of(child.node)) edges.push_back({child.name, std::move(part)});
  }
  return edges;
}

// Null for what is no layer and holds no variable.
Trackable::Ptr SavedParts::part_of(std::int32_t id) {
  if (const auto known = made_.find(id); known != made_.end()) return known->second;
  const auto& object = objects_.objects().node(id);
  if (object.variable()) return made_[id] = objects_.variable(id);
  made_[id] = nullptr;  // while it is looked at: a cycle leads no further
  if (!object.user_object() || depth_ == kMaxDepth) return nullptr;
  ++depth_;
  Trackable::Ptr part = make_layer_(id);
  if (!part) {
    const auto edges = of(id);
    if (object.is("trackable_list_wrapper") || object.is("trackable_dict_wrapper")) {
      part = std::make_shared<TrackableChildren>();
    } else {
      part = std::make_shared<RevivedPart>();
    }
    for (const auto& edge : edges) part->add_edge(edge.name, edge.child);
    if (edges.empty()) part = nullptr;
  }
  --depth_;
  return made_[id] = part;
}

std::optional<SavedCall> call_of_saved(const RestoredObjects& objects, std::int32_t node) {
  const auto child = [&](std::int32_t parent, const char* name) {
    const auto id = objects.objects().child(parent, name);
    const auto* function = id ? objects.objects().node(*id).function() : nullptr;
    return function && !function->concrete_functions.empty() ? id : std::nullopt;
  };
  if (const auto all = child(node, "call_and_return_all_conditional_losses")) return SavedCall{*all};
  if (const auto api = objects.objects().child(node, "keras_api")) {
    if (const auto some = child(*api, "call_and_return_conditional_losses")) return SavedCall{*some};
  }
  if (const auto plain = child(node, "__call__")) return SavedCall{*plain, false};
  return std::nullopt;
}

namespace {

// What its functions were saved for as their first argument.
std::vector<const formats::saved_model::StructuredValue*> first_arguments(const RestoredObjects& objects,
                                                                          std::int32_t node) {
  std::vector<const formats::saved_model::StructuredValue*> found;
  const auto* function = objects.objects().node(node).function();
  if (!function) return found;
  for (const auto& name : function->concrete_functions) {
    const auto it = objects.objects().concrete_functions.find(name);
    if (it == objects.objects().concrete_functions.end() || it->second.inputs.items.empty()) continue;
    const auto& positional = it->second.inputs.items[0].second;
    if (!positional.items.empty()) found.push_back(&positional.items[0].second);
  }
  return found;
}

}  // namespace

Values inputs_of_saved(const RestoredObjects& objects, std::int32_t node) {
  for (const auto* argument : first_arguments(objects, node)) {
    if (auto specs = specs_of(*argument)) return std::move(*specs);
  }
  return {};
}

bool takes_saved_tuple(const RestoredObjects& objects, std::int32_t node) {
  const auto arguments = first_arguments(objects, node);
  return !arguments.empty() && arguments[0]->kind == formats::saved_model::StructuredValue::Kind::tuple;
}

}  // namespace hornbeam
