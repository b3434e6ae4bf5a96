#include "hornbeam/trackable.hpp"

#include <algorithm>

#include "hornbeam/errors.hpp"

namespace hornbeam {

void Trackable::add_edge(const std::string& name, Ptr child, bool overwrite) {
  for (auto& edge : edges_) {
    if (edge.name != name) continue;
    if (edge.child == child) return;
    if (!overwrite) {
      throw ValueError("Unable to create a new dependency named '" + name +
                       "' because another object is already tracked by that name; track it under a name of its own.");
    }
    edge.child = std::move(child);
    return note_children_changed();
  }
  edges_.push_back({name, std::move(child)});
  note_children_changed();
}

Trackable::Ptr Trackable::find_edge(const std::string& name) const {
  for (const auto& edge : edges_) {
    if (edge.name == name) return edge.child;
  }
  return nullptr;
}

void Trackable::remove_edge(const std::string& name) {
  std::erase_if(edges_, [&](const Edge& edge) { return edge.name == name; });
}

std::vector<Trackable::Edge> Trackable::checkpoint_children(Target) const { return edges_; }
void Trackable::prepare_checkpoint_child(const std::string&, bool, const std::vector<std::string>&) {}

void Trackable::add_watcher(std::shared_ptr<Watcher> watcher) {
  watchers_.insert(watchers_.begin(), std::move(watcher));
}

void Trackable::remove_watcher(const Watcher* watcher) {
  std::erase_if(watchers_, [&](const auto& known) { return known.get() == watcher; });
}

void Trackable::note_children_changed() {
  if (watchers_.empty()) return;
  const auto told = watchers_;  // they may take themselves off
  for (const auto& watcher : told) watcher->children_changed(*this);
}

}  // namespace hornbeam
