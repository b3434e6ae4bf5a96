// Target: whose conventions are meant where the generations of Keras differ: tf.keras 2.2 (and what came before it),
// tf.keras 2.15, Keras 3. It decides the dialect of configs, an optimizer's layout, and some arithmetic.
//
// Thread-safety: the current target is of its thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace hornbeam {

enum class Target { tf22, tf215, keras3 };
constexpr std::size_t kTargets = 3;
// "tf2.2", "tf2.15", "keras3". Throws ValueError.
Target target_named(std::string_view name);
const char* name_of(Target target);

// Whose arithmetic losses and metrics follow on this thread, and what new models and optimizers are meant for: tf.keras
// 2.15 unless a scope says otherwise. A compiled model's steps are traced under the model's own target.
Target current_target();
class TargetScope {
 public:
  explicit TargetScope(Target target);
  ~TargetScope();
  TargetScope(const TargetScope&) = delete;
  TargetScope& operator=(const TargetScope&) = delete;

 private:
  Target saved_;
};

}  // namespace hornbeam
