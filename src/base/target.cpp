#include "hornbeam/target.hpp"

#include <array>
#include <string>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

thread_local Target target_of_thread = Target::tf215;

}  // namespace

Target target_named(std::string_view name) {
  for (const auto target : {Target::tf22, Target::tf215, Target::keras3}) {
    if (name == name_of(target)) return target;
  }
  throw ValueError("target must be one of 'tf2.2', 'tf2.15', 'keras3'. Received: " + std::string(name));
}

const char* name_of(Target target) {
  constexpr std::array<const char*, kTargets> kTargetNames = {"tf2.2", "tf2.15", "keras3"};
  return kTargetNames[static_cast<std::size_t>(target)];
}

Target current_target() { return target_of_thread; }
TargetScope::TargetScope(Target target) : saved_(target_of_thread) { target_of_thread = target; }
TargetScope::~TargetScope() { target_of_thread = saved_; }

}  // namespace hornbeam
