#include <algorithm>
#include <chrono>
#include <filesystem>

#include "formats/tensor_bundle/checkpoint_state.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam::train {
namespace {

namespace fs = std::filesystem;
namespace tb = formats::tensor_bundle;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

void remove_checkpoint(const std::string& prefix) {
  std::error_code ignored;
  const auto index = tb::index_path(prefix);
  const auto folder = fs::path(prefix).parent_path();
  const auto start = fs::path(prefix).filename().string() + ".data-";
  fs::remove(index, ignored);  // first: without it the rest is no checkpoint
  std::vector<fs::path> data;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? fs::path(".") : folder, ignored)) {
    if (entry.path().filename().string().starts_with(start)) data.push_back(entry.path());
  }
  for (const auto& path : data) fs::remove(path, ignored);
}

}  // namespace

std::optional<std::string> latest_checkpoint(const std::string& directory) { return tb::latest_checkpoint(directory); }

CheckpointManager::CheckpointManager(Checkpoint& checkpoint, std::string directory,
                                     const CheckpointManagerOptions& options)
    : checkpoint_(checkpoint), directory_(std::move(directory)), options_(options) {
  if (options.max_to_keep && *options.max_to_keep <= 0) {
    throw ValueError("Expected a positive integer or `None` for `max_to_keep`, got " +
                     std::to_string(*options.max_to_keep) + ".");
  }
  const auto state = tb::read_checkpoint_state(directory_);
  last_preserved_ = state && state->last_preserved != 0 ? state->last_preserved : now();
  if (!state) return;
  for (std::size_t i = 0; i < state->all.size(); ++i) {
    std::error_code ignored;
    if (!fs::exists(tb::index_path(state->all[i]), ignored)) continue;
    tb::check_within(state->all[i], directory_);
    kept_.push_back(state->all[i]);
    times_.push_back(i < state->timestamps.size() ? state->timestamps[i] : now());
  }
}

std::optional<std::string> CheckpointManager::latest_checkpoint() const {
  if (kept_.empty()) return std::nullopt;
  return kept_.back();
}

std::string CheckpointManager::save(std::optional<std::int64_t> checkpoint_number) {
  auto path = checkpoint_.save_numbered((fs::path(directory_) / options_.checkpoint_name).string(), checkpoint_number);
  if (const auto known = std::ranges::find(kept_, path); known != kept_.end()) {
    times_.erase(times_.begin() + (known - kept_.begin()));
    kept_.erase(known);
  }
  kept_.push_back(path);
  times_.push_back(now());
  sweep();
  return path;
}

// The file `checkpoint` no longer names what is then removed.
void CheckpointManager::sweep() {
  std::vector<std::string> doomed;
  if (options_.max_to_keep) {
    while (static_cast<std::int64_t>(kept_.size()) > *options_.max_to_keep) {
      const auto path = kept_.front();
      const auto time = times_.front();
      kept_.erase(kept_.begin());
      times_.erase(times_.begin());
      const auto hours = options_.keep_checkpoint_every_n_hours;
      if (hours && time - 3600 * *hours >= last_preserved_) {
        last_preserved_ = time;
      } else {
        doomed.push_back(path);
      }
    }
  }
  note();
  for (const auto& path : doomed) remove_checkpoint(path);
}

void CheckpointManager::note() const {
  tb::write_checkpoint_state(
      directory_, {.latest = kept_.back(), .all = kept_, .timestamps = times_, .last_preserved = last_preserved_});
}

std::optional<std::string> CheckpointManager::restore_or_initialize() {
  const auto latest = latest_checkpoint();
  if (latest) checkpoint_.restore(*latest);
  return latest;
}

}  // namespace hornbeam::train
