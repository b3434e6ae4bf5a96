// What Keras warns of while a step is traced.
#include <algorithm>

#include "hornbeam/target.hpp"
#include "keras/training/trainer.h"

namespace hornbeam::training {

void Trainer::warn(std::string text) {
  if (std::ranges::find(warnings_, text) == warnings_.end()) warnings_.push_back(std::move(text));
}

std::string ran_out(std::int64_t batches, Target target) {
  const bool keras3 = target == Target::keras3;
  return "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at "
         "least `steps_per_epoch * epochs` batches" +
         (keras3 ? "" : " (in this case, " + std::to_string(batches) + " batches)") + ". You may need to use the " +
         (keras3 ? "`.repeat()`" : "repeat()") + " function when building your dataset.";
}

// The optimizer leaves them as they are.
void Trainer::warn_of_missing(const std::vector<Tensor>& gradients, const std::vector<Variable>& variables) {
  const bool keras3 = current_target() == Target::keras3;
  std::string names;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined()) continue;
    names += (names.empty() ? "'" : ", '") + (keras3 ? variables[i]->path() : variables[i]->name()) + "'";
  }
  if (names.empty()) return;
  std::string text = "Gradients do not exist for variables [" + names + "] when minimizing the loss.";
  if (keras3) text += " If using `model.compile()`, did you forget to provide a `loss` argument?";
  if (current_target() == Target::tf215) {
    text += " If you're using `model.compile()`, did you forget to provide a `loss` argument?";
  }
  warn(std::move(text));
}

}  // namespace hornbeam::training
