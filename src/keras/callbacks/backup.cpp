#include "keras/callbacks/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/writable.h"
#include "hornbeam/model.hpp"
#include "hornbeam/npy.hpp"

namespace hornbeam::callbacks {
namespace {

constexpr const char* kBackupFile = "/training.npz";
constexpr const char* kBackupValues = "state";

}  // namespace

BackupCallback::BackupCallback(const std::string& folder, const BackupAndRestoreOptions& options)
    : folder_(folder), path_(folder + kBackupFile), o_(options) {}

std::optional<training::SourceState> BackupCallback::load() const {
  struct stat there {};
  if (::stat(path_.c_str(), &there) != 0) return std::nullopt;
  training::SourceState state;
  for (auto& [name, tensor] : load_npz(path_)) {
    if (name != kBackupValues) {
      state.tensors.emplace_back(name, std::move(tensor));
    } else if (tensor.dtype() == DType::string && tensor.num_elements() == 1) {
      state.values = Config::parse(tensor.data<std::string>()[0], path_);
    }
  }
  const auto* version = state.values.find("version");
  if (!version || *version != Config(kBackupVersion)) {
    throw FormatError(path_, kBackupValues, "the state of a training, version " + std::to_string(kBackupVersion),
                      version ? version->dump() : "none");
  }
  return state;
}

void BackupCallback::save(const training::SourceState& state) const {
  base::make_folder_of(path_);
  auto tensors = state.tensors;
  const auto text = state.values.dump();
  tensors.emplace_back(kBackupValues, Tensor::from<std::string>({}, {text}));
  save_npz(path_, tensors);
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
  ::unlink(path_.c_str());
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
