#include "keras/callbacks/callback_list.h"

#include <algorithm>

#include "keras/callbacks/backup.h"
#include "keras/callbacks/progbar_logger.h"

namespace hornbeam::callbacks {

CallbackList::CallbackList(const std::vector<std::shared_ptr<Callback>>& given, Model& model,
                           const CallbackParams& params)
    : all_(given), given_(given.size()) {
  const auto is_bar = [](const auto& callback) { return dynamic_cast<const Progbar*>(callback.get()) != nullptr; };
  if (params.verbose != 0 && std::ranges::none_of(all_, is_bar)) all_.push_back(ProgbarLogger());
  for (const auto& callback : all_) {
    if (!callback) throw ValueError("`callbacks` holds an empty pointer: each must be a callback.");
    callback->set_model(model);
    callback->set_params(params);
    if (auto* backup = dynamic_cast<BackupCallback*>(callback.get())) backup_ = backup;
  }
}

void CallbackList::show_epoch(std::int64_t epoch) const {
  for (const auto& callback : all_) {
    if (auto* bar = dynamic_cast<Progbar*>(callback.get())) bar->show_epoch(epoch);
  }
}

}  // namespace hornbeam::callbacks
