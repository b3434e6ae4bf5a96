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
//
// Files without objects, as Estimators and tf.compat.v1.saved_model write them, have signatures and variables, too:
// variables are restored and the initialising operation is run once, when the file is loaded. Of an input or output
// "x" that is sparse there are three: "x_indices", "x_values", "x_dense_shape".
// Thread-safety: calls that assign to no variable may run on several threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {
class LoadedSavedModel;  // the engine's own
}

namespace hornbeam::saved_model {

// Tensors, or what Python would take as it stands: null, a bool, a number, a text.
using Argument = std::variant<Values, Config>;
using Keywords = std::map<std::string, Argument>;

class Object {
 public:
  explicit Object(std::shared_ptr<const LoadedSavedModel> loaded);

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
  // What is between tensors of a graph that was saved without objects, as a function: prune({"x:0"}, {"logits:0"})
  // takes a tensor for each of `feeds` and gives one for each of `fetches`. Operations ("init") may be fetched too:
  // they are run, and give nothing. Throws AttributeError where the file has objects, ValueError in TensorFlow's words
  // for names that are not there and placeholders that are needed and not fed. Mirrors prune of TensorFlow 2, and
  // Session.run.
  using Pruned = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;
  Pruned prune(const std::vector<std::string>& feeds, const std::vector<std::string>& fetches) const;
  // Variables that can be reached from the root by names, each under the first path to it, shortest paths first:
  // "layer-1.kernel". Of a file without objects those of its collections, by their own names: "dense/kernel".
  std::vector<std::pair<std::string, Variable>> variables() const;
  // As the file says: "2.15.1".
  const std::string& tensorflow_version() const;

 private:
  std::shared_ptr<const LoadedSavedModel> loaded_;
};

// `tags`: those of the one graph to take, of a file that has several; by default the lone one, or the one to "serve".
// Throws OSError when there is no SavedModel in the folder, RuntimeError when none has these tags, FormatError on
// damage.
std::shared_ptr<const Object> load(const std::string& folder,
                                   const std::optional<std::vector<std::string>>& tags = std::nullopt);

}  // namespace hornbeam::saved_model
