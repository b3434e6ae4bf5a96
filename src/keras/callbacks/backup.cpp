#include "keras/callbacks/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/folder.h"
#include "base/writable.h"
#include "hornbeam/model.hpp"
#include "hornbeam/npy.hpp"

namespace hornbeam::callbacks {
namespace {

constexpr const char* kBackupFile = "/training.npz";
constexpr const char* kBackupValues = "state";

// Throws OSError where that cannot be told: a training from the start would replace the backup that may be there.
bool is_there(const std::string& path) {
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw OSError("Unable to open file " + path + ": " + std::strerror(errno));
}

}  // namespace

BackupCallback::BackupCallback(const std::string& folder, const BackupAndRestoreOptions& options)
    : folder_(folder), path_(folder + kBackupFile), before_(path_ + ".bkp"), o_(options) {}

std::optional<training::SourceState> BackupCallback::load() const {
  if (!is_there(path_)) return is_there(before_) ? std::optional(read(before_)) : std::nullopt;
  try {
    return read(path_);
  } catch (const FormatError&) {
    if (!is_there(before_)) throw;
    auto state = read(before_);
    damaged_ = true;
    return state;
  }
}

training::SourceState BackupCallback::read(const std::string& path) {
  training::SourceState state;
  for (auto& [name, tensor] : load_npz(path)) {
    if (name != kBackupValues) {
      state.tensors.emplace_back(name, std::move(tensor));
    } else if (tensor.dtype() == DType::string && tensor.num_elements() == 1) {
      state.values = Config::parse(tensor.data<std::string>()[0], path);
    }
  }
  const auto* version = state.values.find("version");
  if (!version || *version != Config(kBackupVersion)) {
    throw FormatError(path, kBackupValues, "the state of a training, version " + std::to_string(kBackupVersion),
                      version ? version->dump() : "none");
  }
  return state;
}

void BackupCallback::save(const training::SourceState& state) const {
  base::make_folder_of(path_);
  // The one before stays while it is the only whole one.
  if (o_.double_checkpoint && !damaged_ && is_there(path_)) keep_before();
  auto tensors = state.tensors;
  const auto text = state.values.dump();
  tensors.emplace_back(kBackupValues, Tensor::from<std::string>({}, {text}));
  save_npz(path_, tensors);
  damaged_ = false;
}

// There is one of the name at each moment: a second link to the same file takes its place.
void BackupCallback::keep_before() const {
  const auto link = before_ + ".new";
  ::unlink(link.c_str());
  if (::link(path_.c_str(), link.c_str()) != 0 || ::rename(link.c_str(), before_.c_str()) != 0) {
    throw OSError("Unable to keep " + path_ + " as " + before_ + ": " + std::strerror(errno));
  }
}

void BackupCallback::on_train_begin(Logs&) {
  batches_ = 0;
  preempted_ = false;
}

bool BackupCallback::due_after_batch() {
  if (o_.preempted && o_.preempted()) preempted_ = true;
  if (preempted_) return true;
  if (o_.save_freq.by_epoch() || ++batches_ < o_.save_freq.batches()) return false;
  batches_ = 0;
  return true;
}

void BackupCallback::on_train_end(Logs&) {
  if (preempted_ || !o_.delete_checkpoint) return;
  for (const auto& path : {path_, before_}) ::unlink(path.c_str());
  ::rmdir(folder_.c_str());  // unless others put something there
}

std::shared_ptr<Callback> BackupAndRestore(const std::string& backup_dir, const BackupAndRestoreOptions& options) {
  if (backup_dir.empty()) throw ValueError("Empty `backup_dir` argument passed");
  if (!options.save_freq.valid()) {
    throw ValueError("Invalid value for argument `save_freq`. Received: save_freq=" + options.save_freq.to_string() +
                     ". Expected either 'epoch' or an integer value.");
  }
  return std::make_shared<BackupCallback>(backup_dir, options);
}

}  // namespace hornbeam::callbacks
