#include "hornbeam/checkpoint.hpp"

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

}  // namespace

Checkpoint::Checkpoint(const Items& items, const CheckpointOptions& options)
    : root_(std::make_shared<Root>()), options_(options) {
  target_named(options.target);  // refuses unknown ones now
  for (const auto& [name, object] : items) {
    if (!object.ptr()) {
      throw ValueError("`Checkpoint` was expecting " + name + " to be a trackable object, got None.");
    }
    root_->add_edge(name, object.ptr());
  }
}

const Variable& Checkpoint::save_counter() {
  if (!save_counter_) {
    save_counter_ = std::make_shared<VariableNode>("save_counter", Tensor::scalar(std::int64_t{0}), false);
    root_->add_edge("save_counter", save_counter_);
  }
  return save_counter_;
}

std::string Checkpoint::write(const std::string& path) {
  base::make_folder_of(path);
  track::write_checkpoint(path, root_, {.target = target_named(options_.target)});
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
  return CheckpointStatus(track::restore(path, root_, options.map));
}

CheckpointStatus Checkpoint::restore(const std::string& path, const RestoreOptions& options) {
  track::open_bundle(path);  // an absent one changes nothing
  save_counter();
  return read(path, options);
}

}  // namespace hornbeam::train
