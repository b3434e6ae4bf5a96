// A node of the object graph: something with identity and named edges to what it is made of. Checkpoint keys are paths
// of these names. Lives on the heap behind a shared handle; never copied or moved. Thread-safety: building edges needs
// external locking; reading does not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hornbeam {

enum class Target;  // target.hpp

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

  // ---- as checkpoints see it ----
  // The children by the names that this Keras gives them, in its order. Default: edges(). Lists and dicts are children
  // made for the call; everything else is the object itself.
  virtual std::vector<Edge> checkpoint_children(Target target) const;
  // Of optimizers that keep values beside the variables of others (".OPTIMIZER_SLOT"): all of one name, then of the
  // next.
  struct Slot {
    std::string name;
    Ptr variable;
    Ptr value;
  };
  virtual std::vector<Slot> checkpoint_slots() const { return {}; }
  // Throws ValueError in Keras's words when values of slots cannot be restored into this object.
  virtual void check_takes_slots() const {}
  // A checkpoint that is being restored has a child of this name, which has slots or children of these names: the last
  // moment to make that child such as can take them.
  virtual void prepare_checkpoint_child(const std::string& name, bool has_slots,
                                        const std::vector<std::string>& its_children);

  // Told when the object has got children: a restored checkpoint that has values for children which are still to come.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void children_changed(Trackable& object) = 0;
  };
  void add_watcher(std::shared_ptr<Watcher> watcher);
  void remove_watcher(const Watcher* watcher);
  // The number of the latest restoration that reached this object: an earlier one, whose values were still to come, is
  // not heeded any more. 0: none.
  std::uint64_t restored_by() const { return restored_by_; }
  void set_restored_by(std::uint64_t restoration) { restored_by_ = restoration; }

 protected:
  // For classes whose checkpoint_children are not the edges.
  void note_children_changed();

 private:
  std::vector<Edge> edges_;
  std::vector<std::shared_ptr<Watcher>> watchers_;  // newest first
  std::uint64_t restored_by_ = 0;
};

// What Python's lists, tuples and dicts are in the object graph: children by number or by key.
class TrackableChildren final : public Trackable {};

}  // namespace hornbeam
