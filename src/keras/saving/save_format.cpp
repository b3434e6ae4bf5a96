#include "keras/saving/save_format.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr const char* kV3Weights = ".weights.h5";

bool has_suffix(const std::string& path, std::initializer_list<const char*> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](const char* s) { return path.ends_with(s); });
}
bool is_h5_name(const std::string& path, Target target) {
  return has_suffix(path, {".h5", ".hdf5"}) || (target == Target::tf22 && path.ends_with(".keras"));
}

enum class Said { h5, tf, keras };
std::optional<Said> read_format(const std::string& save_format) {
  if (save_format.empty()) return {};
  std::string name;
  for (const char c : save_format) {
    if (!std::isspace(static_cast<unsigned char>(c))) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  if (name == "h5" || name == "hdf5") return Said::h5;
  if (name == "tf" || name == "tensorflow") return Said::tf;
  if (name == "keras" || name == "keras_v3") return Said::keras;
  throw ValueError("Unknown format \"" + save_format + "\". Was expecting one of {\"tf\", \"h5\", \"keras\"}.");
}

}  // namespace

Artifact model_artifact(const std::string& path, const std::string& save_format, Target target) {
  const auto said = read_format(save_format);
  if (said == Said::tf && is_h5_name(path, target)) {
    throw ValueError("save got save_format=\"tf\"/\"tensorflow\", but the filepath (\"" + path +
                     "\") looks like an HDF5 file. Omit the \".h5\"/\".keras\" when saving in TensorFlow format.");
  }
  // Keras 2 opens what is H5 by its bytes, Keras 3 by its name.
  const bool readable = target != Target::keras3 || is_h5_name(path, target);
  // In 2.2 "keras" is another name of H5.
  if ((said == Said::h5 && readable) || (said == Said::keras && target == Target::tf22)) return Artifact::h5;
  if (said == Said::keras && !path.ends_with(".keras")) {
    throw ValueError("Invalid `filepath` argument: expected a `.keras` extension. Received: filepath=" + path);
  }
  if (said == Said::keras || (!said && path.ends_with(".keras") && target != Target::tf22)) return Artifact::keras_v3;
  if (!said && is_h5_name(path, target)) return Artifact::h5;
  if (target == Target::keras3) {
    throw ValueError(
        "Invalid filepath extension for saving. Please add either a `.keras` extension for the native Keras format "
        "(recommended) or a `.h5` extension. Use `model.export(filepath)` if you want to export a SavedModel for use "
        "with TFLite/TFServing/etc. Received: filepath=" +
        path + ".");
  }
  return Artifact::saved_model;
}

Artifact weights_artifact(const std::string& path, const std::string& save_format, Target target) {
  const auto said = read_format(save_format);
  const bool h5 = has_suffix(path, {".h5", ".hdf5", ".keras"});
  if (said == Said::tf && h5) {
    throw ValueError("save_weights got save_format=\"tf\"/\"tensorflow\", but the filepath (\"" + path +
                     "\") looks like an HDF5 file. Omit the \".h5\"/\".keras\" when saving in TensorFlow format.");
  }
  // 2.12 and later read such a name as v3, whatever was meant when it was written.
  if (target != Target::tf22 && path.ends_with(kV3Weights)) return Artifact::weights_v3;
  // Keras 3 no longer writes the legacy layout, but loads it; what is called .keras it takes for an archive.
  const bool readable = target != Target::keras3 || !path.ends_with(".keras");
  if ((said == Said::h5 || said == Said::keras || (!said && h5)) && readable) return Artifact::weights_h5;
  if (target == Target::keras3) {
    throw ValueError("The filename must end in `.weights.h5`. Received: filepath=" + path);
  }
  return Artifact::checkpoint;
}

}  // namespace hornbeam
