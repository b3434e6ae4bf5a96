#include "hornbeam/checkpoint.hpp"

#include <algorithm>

#include "base/folder.h"
#include "base/writable.h"
#include "formats/tensor_bundle/checkpoint_state.h"
#include "hornbeam/errors.hpp"
#include "track/open.h"
#include "track/write.h"

namespace hornbeam::train {
namespace {

namespace tb = formats::tensor_bundle;

class Root final : public Trackable {};

std::string expected(const std::string& name) {
  return "`Checkpoint` was expecting " + name + " to be a trackable object (an object derived from `Trackable`), got ";
}

void check_trackable(const std::string& name, const Trackable::Ptr& object) {
  if (!object) throw ValueError(expected(name) + "None.");
}

}  // namespace

Checkpoint::Checkpoint(const Items& items, const CheckpointOptions& options)
    : root_(options.root ? options.root->ptr() : std::make_shared<Root>()),
      own_root_(!options.root),
      options_(options) {
  const auto target = target_named(options.target);  // refuses unknown ones now
  check_trackable("root", root_);
  if (dynamic_cast<const TrackableChildren*>(root_.get())) {
    throw ValueError(expected("root") + "a list or dict. Name it: Checkpoint({{\"items\", list}}).");
  }
  const auto children = own_root_ ? std::vector<Trackable::Edge>() : root_->checkpoint_children(target);
  for (const auto& [name, object] : items) {
    check_trackable(name, object.ptr());
    if (name == "save_counter") {
      throw AttributeError("can't set attribute: save_counter is what a Checkpoint counts its saves in");
    }
    const auto known = std::ranges::find(children, name, &Trackable::Edge::name);
    if (known != children.end() && known->child != object.ptr()) {
      throw ValueError("Cannot create a Checkpoint with keyword argument " + name + " if root." + name +
                       " already exists.");
    }
    add(name, object.ptr());
  }
  // As 2.15 writes it.
  if (!own_root_ && target == Target::tf215) add("root", root_);
}

// The children of a root that is the user's are its own affair.
void Checkpoint::add(const std::string& name, Trackable::Ptr object) {
  if (own_root_) {
    root_->add_edge(name, std::move(object));
  } else {
    attached_.push_back({name, std::move(object)});
  }
}

const Variable& Checkpoint::save_counter() {
  if (!save_counter_) save_counter_ = std::dynamic_pointer_cast<VariableNode>(root_->find_edge("save_counter"));
  if (!save_counter_) {
    save_counter_ = std::make_shared<VariableNode>("save_counter", Tensor::scalar(std::int64_t{0}), false);
    add("save_counter", save_counter_);
  }
  return save_counter_;
}

std::string Checkpoint::write(const std::string& path) {
  base::make_folder_of(path);
  track::write_checkpoint(path, root_, {.target = target_named(options_.target), .attached = attached_});
  return path;
}

std::string Checkpoint::save_numbered(const std::string& prefix, std::optional<std::int64_t> number) {
  const auto before = save_counter()->value();
  const auto next = before.item<std::int64_t>() + 1;
  save_counter_->assign(Tensor::scalar(next));
  try {
    return write(prefix + "-" + std::to_string(number.value_or(next)));
  } catch (...) {
    save_counter_->assign(before);
    throw;
  }
}

std::string Checkpoint::save(const std::string& prefix) {
  auto path = save_numbered(prefix, {});
  tb::CheckpointState state;
  state.latest = path;
  tb::write_checkpoint_state(base::folder_of(path), std::move(state));
  return path;
}

CheckpointStatus Checkpoint::read(const std::string& path, const RestoreOptions& options) {
  return CheckpointStatus(track::restore(track::open_bundle(path), root_, options.map, attached_));
}

CheckpointStatus Checkpoint::restore(const std::string& path, const RestoreOptions& options) {
  const auto bundle = track::open_bundle(path);  // an absent one changes nothing
  save_counter();
  return CheckpointStatus(track::restore(bundle, root_, options.map, attached_));
}

}  // namespace hornbeam::train
