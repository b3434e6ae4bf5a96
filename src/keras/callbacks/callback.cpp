#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/training/trainer.h"

namespace hornbeam {

Model& Callback::model() const {
  if (!model_) throw RuntimeError("This callback has no model yet: fit, evaluate and predict set it.");
  return *model_;
}

void Callback::warn(const std::string& text) const {
  if (model_ && model_->is_compiled()) model_->trainer().warn(text);
}

}  // namespace hornbeam
