#include "cli/options.h"

#include <algorithm>
#include <charconv>

#include "hornbeam/errors.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam::cli {
namespace {

// A validator whose error says what is wanted and what was found; `good` is told a number.
template <class T, class Good>
CLI::Validator number(const std::string& wanted, Good good) {
  return CLI::Validator(
      [wanted, good](std::string& text) {
        T value{};
        const auto* const end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data(), end, value);
        return error == std::errc() && at == end && good(value) ? std::string()
                                                                : "expected " + wanted + ", found " + text;
      },
      "");  // the help texts say it
}

// The name of a target.
CLI::Validator keras() {
  return CLI::Validator(
      [](std::string& text) {
        try {
          target_named(text);
          return std::string();
        } catch (const ValueError& error) {
          return std::string(error.what());
        }
      },
      "");
}

}  // namespace

CLI::Validator count() {
  return number<std::int64_t>("a whole number of at least 1", [](std::int64_t n) { return n >= 1; });
}

CLI::Validator share() {
  return number<double>("a number of at least 0 and below 1", [](double v) { return v >= 0 && v < 1; });
}

void add_model(CLI::App& verb, std::string& model) {
  verb.add_option("MODEL", model, "an H5 file, a .keras archive, a SavedModel folder or a JSON config")->required();
}

void add_compiled_model(CLI::App& verb, std::string& model) {
  verb.add_option("MODEL", model, "a compiled model: an H5 file, a .keras archive or a SavedModel folder")->required();
}

void add_batch_size(CLI::App& verb, std::int64_t& batch_size) {
  verb.add_option("--batch-size", batch_size, "samples per step")->check(count())->capture_default_str();
}

void add_target(CLI::App& verb, std::string& target) {
  verb.add_option("--target", target, "the Keras that shall open it: tf2.2, tf2.15 or keras3; default: the model's")
      ->check(keras());
}

void add_no_optimizer(CLI::App& verb, bool& no_optimizer) {
  verb.add_flag("--no-optimizer", no_optimizer, "save without the optimizer and the training configuration");
}

void add_no_date(CLI::App& verb, bool& no_date) {
  verb.add_flag("--no-date", no_date, "of .keras archives: the same model gives the same bytes");
}

void add_weights(CLI::App& verb, std::string& weights) {
  verb.add_option("--weights", weights, "weights for a MODEL that is a JSON config: an H5 file or a checkpoint");
}

void add_json(CLI::App& verb, bool& json) { verb.add_flag("--json", json, "print the result as one JSON object"); }

CLI::Option* add_arrays(CLI::App& verb, const std::string& name, std::vector<std::string>& arrays,
                        const std::string& help) {
  return verb.add_option(name, arrays, help)->allow_extra_args(false);
}

void require_suffix(const std::string& option, const std::string& path, std::initializer_list<const char*> suffixes,
                    const std::string& writes) {
  const auto fits = [&](const char* suffix) { return path.ends_with(suffix); };
  if (path.empty() || std::any_of(suffixes.begin(), suffixes.end(), fits)) return;
  throw ValueError(option + " writes " + writes + ", which the name must end in. Received: " + path);
}

}  // namespace hornbeam::cli
