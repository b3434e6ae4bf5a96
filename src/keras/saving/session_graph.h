// A SavedModel without objects, as TensorFlow 1 writes it: a graph with signatures, whose variables and tables live as
// long as it does. Mirrors what tf.saved_model.load of TensorFlow 2 makes of such a file.
//
// Thread-safety: calls that assign to no variable may run on several threads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/saved_model/saved_model.h"
#include "keras/saving/loaded_saved_model.h"
#include "keras/saving/session_state.h"

namespace hornbeam {

class SessionGraph final : public LoadedSavedModel {
 public:
  // Restores the variables and runs the initialising operation. Throws FormatError, OSError, what the ops throw.
  explicit SessionGraph(std::shared_ptr<const formats::saved_model::SavedModel> file);

  Values call(const std::string& function, const std::vector<saved_model::Argument>& arguments,
              const saved_model::Keywords& keywords) const override;
  Names functions() const override { return {}; }
  Names signatures() const override;
  Names argument_names(const std::string& signature) const override;
  std::map<std::string, Tensor> run(const std::string& signature, const Tensors& inputs) const override;
  saved_model::Object::Pruned prune(const Names& feeds, const Names& fetches) const override;
  std::vector<std::pair<std::string, Variable>> variables() const override;
  const std::string& tensorflow_version() const override { return file_->tensorflow_version(); }

 private:
  const formats::saved_model::Signature& signature(const std::string& key) const;
  void restore();
  void initialize();

  std::shared_ptr<const formats::saved_model::SavedModel> file_;
  std::shared_ptr<SessionState> state_;
};

}  // namespace hornbeam
