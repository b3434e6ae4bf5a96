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
    return;
  }
  edges_.push_back({name, std::move(child)});
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

}  // namespace hornbeam
