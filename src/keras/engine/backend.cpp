// Process-wide settings: floatx, epsilon, image_data_format, default names.
#include <map>
#include <mutex>

#include "hornbeam/mixed_precision.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"
#include "keras/engine/names.h"
#include "keras/initializers/seeds.h"
#include "ops/random_state.h"

namespace hornbeam {
namespace {

struct Settings {
  std::mutex mutex;
  std::string floatx = "float32";
  std::string policy;  // of mixed precision; empty: floatx
  double epsilon = 1e-7;
  std::string image_data_format = "channels_last";
  std::map<std::string, int> counters;
};
Settings& settings() {
  static Settings s;
  return s;
}

// Keras's two regular expressions: "(.)([A-Z][a-z]+)" -> "\1_\2", then "([a-z])([A-Z])" -> "\1_\2". In 2.2 digits
// count as small letters in the first: "ConvLSTM2D" is "conv_lst_m2d" there.
std::string snake_case(const std::string& name, bool digits_are_small) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto small = [&](char c) { return (c >= 'a' && c <= 'z') || (digits_are_small && c >= '0' && c <= '9'); };
  std::string first;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && upper(name[i]) && i + 1 < name.size() && small(name[i + 1])) first += '_';
    first += name[i];
  }
  std::string out;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i > 0 && upper(first[i]) && first[i - 1] >= 'a' && first[i - 1] <= 'z') out += '_';
    out += upper(first[i]) ? static_cast<char>(first[i] - 'A' + 'a') : first[i];
  }
  // A private class starts with an underscore; a scope name may not.
  return !out.empty() && out[0] == '_' ? "private" + out : out;
}

}  // namespace

std::string to_snake_case(const std::string& name) { return snake_case(name, false); }

namespace mixed_precision {

std::string global_policy() {
  const std::lock_guard lock(settings().mutex);
  return settings().policy.empty() ? settings().floatx : settings().policy;
}

void set_global_policy(const std::string& name) {
  if (!name.empty() && !name.starts_with("mixed_")) (void)dtype_from_name(name);
  if (name.starts_with("mixed_") && name != "mixed_float16" && name != "mixed_bfloat16") {
    throw ValueError("Cannot convert value " + name +
                     " to a mixed precision Policy. Valid policies include 'mixed_float16', 'mixed_bfloat16', and the "
                     "name of any dtype such as 'float32'.");
  }
  const std::lock_guard lock(settings().mutex);
  settings().policy = name;
}

}  // namespace mixed_precision

namespace backend {

std::string floatx() {
  const std::lock_guard lock(settings().mutex);
  return settings().floatx;
}

void set_floatx(const std::string& dtype) {
  if (dtype != "float16" && dtype != "float32" && dtype != "float64" && dtype != "bfloat16") {
    throw ValueError("Unknown floatx type: " + dtype +
                     ". Expected one of {'float16', 'float32', 'float64', 'bfloat16'}");
  }
  const std::lock_guard lock(settings().mutex);
  settings().floatx = dtype;
}

double epsilon() {
  const std::lock_guard lock(settings().mutex);
  return settings().epsilon;
}

void set_epsilon(double value) {
  const std::lock_guard lock(settings().mutex);
  settings().epsilon = value;
}

std::string image_data_format() {
  const std::lock_guard lock(settings().mutex);
  return settings().image_data_format;
}

void set_image_data_format(const std::string& data_format) {
  if (data_format != "channels_last" && data_format != "channels_first") {
    throw ValueError("Unknown data_format: " + data_format + ". Expected one of {'channels_first', 'channels_last'}");
  }
  const std::lock_guard lock(settings().mutex);
  settings().image_data_format = data_format;
}

void clear_session() {
  const std::lock_guard lock(settings().mutex);
  settings().counters.clear();
}

std::string unique_layer_name(const std::string& class_name) {
  const auto base = snake_case(class_name, current_target() == Target::tf22);
  const std::lock_guard lock(settings().mutex);
  const int n = settings().counters[base]++;
  return n == 0 ? base : base + "_" + std::to_string(n);
}

}  // namespace backend

int next_input_number() {
  const std::lock_guard lock(settings().mutex);
  return ++settings().counters["input"];
}

void utils::set_random_seed(std::int64_t seed) {
  random::set_global_seed(static_cast<std::uint64_t>(seed));
  reset_layer_seeds(seed);
}

}  // namespace hornbeam
