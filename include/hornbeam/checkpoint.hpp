// TensorFlow's checkpoints: tf.train.Checkpoint, CheckpointManager, load_checkpoint, list_variables.
//
//   train::Checkpoint checkpoint({{"model", model}, {"optimizer", model->optimizer()}, {"step", step}});
//   const std::string path = checkpoint.save("folder/ckpt");            // "folder/ckpt-1"
//   checkpoint.restore(train::latest_checkpoint("folder").value()).assert_consumed();
//   train::Checkpoint whole({{"step", step}}, {.root = model});         // the model's keys begin without a name
//
// A value's key is the path of attribute names that leads to it, the shortest one. Restoring fills the objects that are
// there; values of those that are still to come (weights of a layer that has not been called, slots of an optimizer
// that has not stepped) follow when they are made. Both TensorFlow's optimizer layouts are read and written; which one,
// is the optimizer's own generation. Files are replaced whole or not at all.
// Thread-safety: as for the objects: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"
#include "hornbeam/tensor.hpp"
#include "hornbeam/trackable.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {
namespace track {
class Restoration;
}
namespace formats::tensor_bundle {
class Bundle;
}

namespace train {

// What became of a restore. Copies share; the asserts look at the objects as they are when they are called.
class CheckpointStatus {
 public:
  CheckpointStatus() = default;  // of an HDF5 file, which has none: the asserts throw AttributeError
  explicit CheckpointStatus(std::shared_ptr<track::Restoration> restoration);
  // Every value of the checkpoint went into an object, and every object got its values. Throws AssertionError in
  // Keras's words.
  const CheckpointStatus& assert_consumed() const;
  // Every object there is got its values. What the checkpoint has beside them does not count.
  const CheckpointStatus& assert_existing_objects_matched() const;
  // Something beside the root was found.
  const CheckpointStatus& assert_nontrivial_match() const;
  // Keras's: no warnings about the rest. Nothing is printed here anyway: `unused` tells.
  const CheckpointStatus& expect_partial() const { return *this; }

  std::vector<std::string> restored() const;   // keys whose values were assigned, in that order
  std::vector<std::string> unused() const;     // keys of the checkpoint that no object has taken (yet)
  std::vector<Variable> missing() const;       // variables that are there and got no value
  std::vector<std::string> unmatched() const;  // their names

 private:
  void need_restoration() const;
  std::shared_ptr<track::Restoration> restoration_;
};

// What may be tracked: layers, models, variables, optimizers, metrics, lists and dicts of them.
class AnyTrackable {
 public:
  template <class T>
  requires std::is_convertible_v<T*, Trackable*> AnyTrackable(std::shared_ptr<T> object) : object_(std::move(object)) {}
  template <class Handle>
  requires requires(const Handle& h) { Trackable::Ptr(h.ptr()); }
  AnyTrackable(const Handle& handle) : object_(handle.ptr()) {}
  template <class T>
  requires std::is_convertible_v<const T&, AnyTrackable> AnyTrackable(const std::vector<T>& list)
      : object_(std::make_shared<TrackableChildren>()) {
    for (std::size_t i = 0; i < list.size(); ++i) object_->add_edge(std::to_string(i), AnyTrackable(list[i]).ptr());
  }
  template <class T>
  requires std::is_convertible_v<const T&, AnyTrackable> AnyTrackable(const std::map<std::string, T>& dict)
      : object_(std::make_shared<TrackableChildren>()) {
    for (const auto& [key, item] : dict) object_->add_edge(key, AnyTrackable(item).ptr());
  }
  const Trackable::Ptr& ptr() const { return object_; }

 private:
  Trackable::Ptr object_;
};

struct CheckpointOptions {
  // Whose dialect of the object graph is written: "tf2.2", "tf2.15", "keras3". Every Keras 2 reads the first two.
  std::string target = "tf2.15";
  // TensorFlow's `root`, which 2.2 does not have: the object whose children come first, by their own names. It gets no
  // children by this; its own "save_counter" is the counter, where there is one. Not a list or dict.
  std::optional<AnyTrackable> root = {};
};
struct RestoreOptions {
  // Values stay mapped from the file until assigned to: restoring reads none of 64 KiB or more that can be used where
  // it lies (its place in the file is a multiple of its dtype's size), and damage to these is found (FormatError) when
  // the first of them is used. Another process that truncates the file ends this one.
  bool map = false;
};

class Checkpoint {
 public:
  using Items = std::vector<std::pair<std::string, AnyTrackable>>;
  // Throws ValueError in TensorFlow's words for what cannot be tracked and for a name under which the root has another
  // object, AttributeError for "save_counter", which is the checkpoint's own.
  explicit Checkpoint(const Items& items = {}, const CheckpointOptions& options = {});

  // "<prefix>-<n>", n counting from 1 in `save_counter`, which is saved too; notes it as the latest in the folder's
  // file `checkpoint`. Missing folders are made. Gives the path. Throws OSError.
  std::string save(const std::string& prefix);
  // "<path>" as it is: no counter, no note.
  std::string write(const std::string& path);
  // Throws OSError in TensorFlow's words when there is no such checkpoint, FormatError when it is damaged, ValueError
  // when shapes differ; then nothing was assigned. restore() also makes the counter, which read() leaves alone.
  CheckpointStatus restore(const std::string& path, const RestoreOptions& options = {});
  CheckpointStatus read(const std::string& path, const RestoreOptions& options = {});
  // int64; made by the first save or restore.
  const Variable& save_counter();
  const Trackable::Ptr& root() const { return root_; }

 private:
  friend class CheckpointManager;
  std::string save_numbered(const std::string& prefix, std::optional<std::int64_t> number);
  void add(const std::string& name, Trackable::Ptr object);
  Trackable::Ptr root_;
  std::vector<Trackable::Edge> attached_;  // what this checkpoint has beside a root that is the user's
  bool own_root_ = false;
  Variable save_counter_;
  CheckpointOptions options_;
};

struct CheckpointManagerOptions {
  std::optional<std::int64_t> max_to_keep = {};  // none: all
  std::optional<double> keep_checkpoint_every_n_hours = {};
  std::string checkpoint_name = "ckpt";
};

// Keeps the last checkpoints of a folder and removes older ones.
class CheckpointManager {
 public:
  // Reads what is there already. Throws ValueError in TensorFlow's words when max_to_keep is not positive.
  CheckpointManager(Checkpoint& checkpoint, std::string directory, const CheckpointManagerOptions& options = {});
  std::string save(std::optional<std::int64_t> checkpoint_number = {});
  const std::vector<std::string>& checkpoints() const { return kept_; }  // oldest first
  std::optional<std::string> latest_checkpoint() const;
  const std::string& directory() const { return directory_; }
  // Restores the latest one; gives its path, or none.
  std::optional<std::string> restore_or_initialize();

 private:
  void sweep();
  void note() const;
  Checkpoint& checkpoint_;
  std::string directory_;
  CheckpointManagerOptions options_;
  std::vector<std::string> kept_;
  std::vector<double> times_;
  double last_preserved_ = 0;
};

// tf.train.load_checkpoint: the values by their keys, without objects.
class CheckpointReader {
 public:
  explicit CheckpointReader(std::shared_ptr<const formats::tensor_bundle::Bundle> bundle);
  std::map<std::string, Shape> get_variable_to_shape_map() const;
  // As TensorFlow names them ("float32"), also those that Hornbeam has not.
  std::map<std::string, std::string> get_variable_to_dtype_map() const;
  bool has_tensor(const std::string& key) const;
  // Throws KeyError in TensorFlow's words.
  Tensor get_tensor(const std::string& key) const;

 private:
  std::shared_ptr<const formats::tensor_bundle::Bundle> bundle_;
};
// A prefix, or a folder whose latest checkpoint is meant. Throws OSError, ValueError in TensorFlow's words.
CheckpointReader load_checkpoint(const std::string& prefix_or_directory);
// Keys and shapes, sorted.
std::vector<std::pair<std::string, Shape>> list_variables(const std::string& prefix_or_directory);
Tensor load_variable(const std::string& prefix_or_directory, const std::string& key);
// The latest checkpoint's prefix as the folder's file `checkpoint` has it, if it is there.
std::optional<std::string> latest_checkpoint(const std::string& directory);

}  // namespace train
}  // namespace hornbeam
