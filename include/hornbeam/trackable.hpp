// A node of the object graph: something with identity and named edges to what it is made of. Checkpoint keys are paths
// of these names. Lives on the heap behind a shared handle; never copied or moved. Thread-safety: building edges needs
// external locking; reading does not.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hornbeam {

class Trackable {
 public:
  using Ptr = std::shared_ptr<Trackable>;
  struct Edge {
    std::string name;
    Ptr child;
  };

  Trackable() = default;
  Trackable(const Trackable&) = delete;
  Trackable& operator=(const Trackable&) = delete;
  virtual ~Trackable() = default;

  // In order of creation, as TensorFlow keeps them.
  const std::vector<Edge>& edges() const { return edges_; }
  // Naming the same child twice by one name is no error; another child is, unless `overwrite`. Throws ValueError.
  void add_edge(const std::string& name, Ptr child, bool overwrite = false);
  // The child under `name`, or null.
  Ptr find_edge(const std::string& name) const;
  void remove_edge(const std::string& name);

 private:
  std::vector<Edge> edges_;
};

}  // namespace hornbeam
