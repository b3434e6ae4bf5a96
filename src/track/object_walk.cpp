#include "track/object_walk.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "ops/text/lookup_table.h"

namespace hornbeam::track {

Variable WalkedObject::variable() const { return table() ? nullptr : std::dynamic_pointer_cast<VariableNode>(object); }
std::shared_ptr<LookupTable> WalkedObject::table() const { return std::dynamic_pointer_cast<LookupTable>(object); }

namespace {

class Walk {
 public:
  Walk(Target target, const StandIn& stand_in, const std::vector<Trackable::Edge>& attached)
      : target_(target), stand_in_(stand_in), attached_(attached) {}

  std::vector<WalkedObject> run(const Trackable::Ptr& root) {
    visit(root, "");
    for (std::size_t at = 0; at < objects_.size(); ++at) expand(at);
    const auto reached = objects_.size();
    for (std::size_t at = 0; at < reached; ++at) add_slots(at);
    return std::move(objects_);
  }

 private:
  std::size_t visit(const Trackable::Ptr& given, const std::string& path) {
    if (const auto known = seen_.find(given.get()); known != seen_.end()) return known->second;
    auto object = stand_in_ ? stand_in_(given) : given;
    const auto index = objects_.size();
    seen_.emplace(given.get(), index);
    if (object != given) originals_.push_back(given);  // its address stays taken
    seen_.emplace(object.get(), index);
    objects_.push_back({std::move(object), path, {}, {}});
    return index;
  }

  void expand(std::size_t at) {
    const auto object = objects_[at].object;
    const auto path = objects_[at].path;
    std::vector<WalkedObject::Child> children;
    auto edges = object->checkpoint_children(target_);
    if (at == 0) add_attached(edges);
    for (const auto& [name, child] : edges) {
      if (!child) continue;
      const auto escaped = escaped_name(name);
      children.push_back({name, visit(child, path.empty() ? escaped : path + "/" + escaped)});
    }
    objects_[at].children = std::move(children);
  }

  // An object that the root has under the same name is listed once.
  void add_attached(std::vector<Trackable::Edge>& edges) const {
    for (const auto& edge : attached_) {
      if (std::ranges::find(edges, edge.name, &Trackable::Edge::name) == edges.end()) edges.push_back(edge);
    }
  }

  void add_slots(std::size_t at) {
    const auto optimizer_path = objects_[at].path;
    auto slots = objects_[at].object->checkpoint_slots();
    std::vector<std::string> names;
    for (const auto& slot : slots) {
      if (std::ranges::find(names, slot.name) == names.end()) names.push_back(slot.name);
    }
    std::erase_if(slots, [&](const auto& slot) { return !seen_.contains(slot.variable.get()); });
    const auto place = [&](const Trackable::Slot& slot) {
      return std::pair(std::ranges::find(names, slot.name) - names.begin(), seen_.at(slot.variable.get()));
    };
    std::ranges::stable_sort(slots, {}, place);
    for (const auto& slot : slots) {
      const auto variable = seen_.at(slot.variable.get());
      const auto path = objects_[variable].path + "/.OPTIMIZER_SLOT/" + optimizer_path + "/" + escaped_name(slot.name);
      const auto count = objects_.size();
      const auto value = visit(slot.value, path);
      if (value == count) objects_[value].is_slot_variable = true;
      objects_[at].slots.push_back({variable, slot.name, value});
    }
  }

  Target target_;
  const StandIn& stand_in_;
  const std::vector<Trackable::Edge>& attached_;
  std::vector<WalkedObject> objects_;
  std::vector<Trackable::Ptr> originals_;
  std::unordered_map<const Trackable*, std::size_t> seen_;
};

}  // namespace

std::vector<WalkedObject> walk(const Trackable::Ptr& root, Target target, const StandIn& stand_in,
                               const std::vector<Trackable::Edge>& attached) {
  return Walk(target, stand_in, attached).run(root);
}

formats::tensor_bundle::ObjectGraph::Node graph_node(const WalkedObject& object) {
  formats::tensor_bundle::ObjectGraph::Node node;
  for (const auto& child : object.children) {
    node.children.push_back({static_cast<std::int32_t>(child.index), child.name});
  }
  for (const auto& slot : object.slots) {
    node.slots.push_back({static_cast<std::int32_t>(slot.variable), slot.name, static_cast<std::int32_t>(slot.value)});
  }
  return node;
}

std::string escaped_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '.') {
      out += "..";
    } else if (c == '/') {
      out += ".S";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace hornbeam::track
