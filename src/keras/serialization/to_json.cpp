// Model::to_json in the legacy dialect, which every tf.keras from 2.2 to 2.15 reads.
#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"

namespace hornbeam {

std::string Model::to_json(const std::string& wanted) const {
  const auto& dialect = wanted.empty() ? target_ : wanted;
  if (dialect == "keras3") {
    throw NotImplementedError("to_json in Keras 3's dialect is not yet supported; the target may be tf2.2 or tf2.15");
  }
  if (dialect != "tf2.2" && dialect != "tf2.15") {
    throw ValueError("target must be one of 'tf2.2', 'tf2.15', 'keras3'. Received: " + dialect);
  }
  auto class_name_written = class_name();
  auto config = get_config();
  if (dialect == "tf2.2" && class_name_written == "Functional") {
    class_name_written = "Model";
    config.erase("trainable");
  }
  return Config{{"class_name", class_name_written},
                {"config", std::move(config)},
                {"keras_version", dialect == "tf2.2" ? "2.3.0-tf" : "2.15.0"},
                {"backend", "tensorflow"}}
      .dump();
}

}  // namespace hornbeam
