// SavedModels as objects that are called, without any class of theirs. Mirrors tf.saved_model.load.
//
//   const auto model = hb::saved_model::load("my_model");
//   const auto y = model->run("serving_default", {{"x", x}}).at("output_0");
//   const auto z = (*model)(x);                       // the root's __call__
//   const auto p = model->call("power", {x, Tensor::scalar(3)});
//
// Functions replay the graphs that were saved on the variables' present values; they may assign to them. The first call
// goes op by op; later ones, unless somebody traces or a tape watches, are compiled where they can be. Ops that
// Hornbeam has not are errors where they are needed. models::load_model gives models that fit and predict.
// Thread-safety: calls that assign to no variable may run on several threads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {
class RestoredObjects;  // the engine's own
}

namespace hornbeam::saved_model {

// Tensors, or what Python would take as it stands: null, a bool, a number, a text.
using Argument = std::variant<Values, Config>;
using Keywords = std::map<std::string, Argument>;

class Object {
 public:
  explicit Object(std::shared_ptr<const RestoredObjects> objects);

  // The root's __call__. Throws ValueError in TensorFlow's words when nothing was saved for such arguments.
  Values operator()(const Values& inputs, const Keywords& keywords = {}) const;
  // A function by its path from the root: "power", "encoder.__call__". Throws AttributeError when there is none.
  Values call(const std::string& function, const std::vector<Argument>& arguments, const Keywords& keywords = {}) const;
  // Names of the root's functions, and of its signatures.
  std::vector<std::string> functions() const;
  std::vector<std::string> signatures() const;
  // The tensors a signature takes. Throws KeyError when there is none.
  std::vector<std::string> argument_names(const std::string& signature) const;
  // Calls a signature with tensors by name. Throws KeyError when there is no such signature, TypeError when other
  // tensors are asked for.
  std::map<std::string, Tensor> run(const std::string& signature, const std::map<std::string, Tensor>& inputs) const;
  // Variables that can be reached from the root by names, each under the first path to it, shortest paths first:
  // "layer-1.kernel".
  std::vector<std::pair<std::string, Variable>> variables() const;
  // As the file says: "2.15.1".
  const std::string& tensorflow_version() const;

 private:
  std::int32_t signature_node(const std::string& key) const;
  std::shared_ptr<const RestoredObjects> objects_;
};

// Throws OSError when there is no SavedModel in the folder, FormatError on damage.
std::shared_ptr<const Object> load(const std::string& folder);

}  // namespace hornbeam::saved_model
