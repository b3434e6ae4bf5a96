#include "keras/saving/session_graph.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "keras/saving/session_restore.h"
#include "tensor/recorder.h"

namespace hornbeam {
namespace {

using formats::saved_model::SavedModel;
using formats::saved_model::Signature;
using formats::saved_model::TensorInfo;

std::string node_of(const std::string& tensor) { return tensor.substr(0, tensor.find(':')); }

// Names and tensors that a signature's entry stands for: three of a sparse one.
struct Leaf {
  std::string name, tensor;
  TensorSpec spec;
};
std::vector<Leaf> leaves_of(const std::vector<std::pair<std::string, TensorInfo>>& entries) {
  std::vector<Leaf> leaves;
  for (const auto& [name, info] : entries) {
    const auto dtype = formats::saved_model::dtype_of_number(info.type);
    if (info.sparse) {
      leaves.push_back({name + "_indices", info.sparse->indices, {DType::int64, Shape{None, None}}});
      leaves.push_back({name + "_values", info.sparse->values, {dtype, Shape{None}}});
      leaves.push_back({name + "_dense_shape", info.sparse->dense_shape, {DType::int64, Shape{None}}});
    } else if (info.is_composite) {
      throw NotImplementedError("not yet supported: a signature's '" + name +
                                "', which is neither a tensor nor sparse");
    } else {
      leaves.push_back({name, info.name, {dtype, info.shape}});
    }
  }
  return leaves;
}

SessionPart part_of(const Signature& signature) {
  SessionPart part;
  part.name = "signature '" + signature.key + "'";
  for (auto& leaf : leaves_of(signature.inputs)) {
    part.feeds.push_back(leaf.tensor);
    part.specs.push_back(std::move(leaf.spec));
  }
  for (const auto& leaf : leaves_of(signature.outputs)) {
    (graph::MainGraph::is_tensor(leaf.tensor) ? part.tensors : part.operations).push_back(leaf.tensor);
  }
  return part;
}

std::set<std::string> trainable_nodes(const SavedModel& file) {
  std::set<std::string> names;
  for (const auto& variable : file.session().variables) {
    if (variable.trainable) names.insert(node_of(variable.name));
  }
  return names;
}

}  // namespace

SessionGraph::SessionGraph(std::shared_ptr<const SavedModel> file)
    : file_(std::move(file)),
      state_(std::make_shared<SessionState>(file_->read_graph(), file_->file_name(), trainable_nodes(*file_))) {
  const RecorderScope now(nullptr);  // variables are values, also when a trace loads them
  const ObserverPause unseen;
  std::set<std::string> assets;
  for (std::size_t i = 0; i < file_->assets().size(); ++i) assets.insert(file_->asset_path(i));
  state_->functions().allow_files(std::move(assets));
  restore();
  initialize();
}

void SessionGraph::restore() {
  if (!file_->has_variables()) return;
  const SessionRestore values(file_->variables_prefix());
  const auto& session = file_->session();
  if (!session.restore_op.empty() && !session.filename_tensor.empty()) {
    state_->functions().allow_restore(
        [&](const std::string& name, const std::string& slice) { return values.read(name, slice); });
    SessionPart part{"restore", {session.filename_tensor}, {}, {}};
    (graph::MainGraph::is_tensor(session.restore_op) ? part.tensors : part.operations).push_back(session.restore_op);
    state_->run(part, {Tensor::scalar(file_->variables_prefix())});
    state_->functions().allow_restore(nullptr);
    return;
  }
  for (const auto& variable : session.variables) {
    const auto node = node_of(variable.name);
    if (!variable.local && values.has(node)) state_->give(node, values.read(node, ""));
  }
}

void SessionGraph::initialize() {
  const auto& session = file_->session();
  SessionPart part{"the initialising operation", {}, {}, {}};
  std::vector<Tensor> fed;
  for (std::size_t i = 0; i < session.asset_tensors.size(); ++i) {
    const auto& tensor = session.asset_tensors[i];
    // TensorFlow's dict: one of a name, the last.
    const auto path = Tensor::scalar(file_->asset_path(i));
    if (const auto known = std::ranges::find(part.feeds, tensor); known != part.feeds.end()) {
      fed[static_cast<std::size_t>(known - part.feeds.begin())] = path;
      continue;
    }
    part.feeds.push_back(tensor);
    fed.push_back(path);
  }
  if (!session.init_op.empty()) {
    part.operations = {node_of(session.init_op)};
  } else {
    for (const auto& variable : session.variables) {
      if (variable.local && !variable.initializer.empty()) part.operations.push_back(node_of(variable.initializer));
    }
    for (const auto& table : session.table_initializers) part.operations.push_back(node_of(table));
  }
  if (!part.operations.empty()) state_->run(part, std::move(fed));
}

const Signature& SessionGraph::signature(const std::string& key) const {
  for (const auto& signature : file_->signatures()) {
    if (signature.key == key) return signature;
  }
  throw KeyError("'" + key + "': the SavedModel's signatures are " + listed_names(signatures()));
}

LoadedSavedModel::Names SessionGraph::signatures() const {
  Names names;
  for (const auto& signature : file_->signatures()) names.push_back(signature.key);
  return names;
}

LoadedSavedModel::Names SessionGraph::argument_names(const std::string& key) const {
  Names names;
  for (auto& leaf : leaves_of(signature(key).inputs)) names.push_back(std::move(leaf.name));
  return names;
}

Values SessionGraph::call(const std::string& function, const std::vector<saved_model::Argument>&,
                          const saved_model::Keywords&) const {
  throw AttributeError("'AutoTrackable' object has no attribute '" + function +
                       "': the SavedModel was saved without objects, and has the signatures " +
                       listed_names(signatures()));
}

std::map<std::string, Tensor> SessionGraph::run(const std::string& key, const Tensors& inputs) const {
  const auto& asked = signature(key);
  const auto part = part_of(asked);
  const auto names = argument_names(key);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (part.specs[i].dtype == DType::invalid || inputs[i].dtype() == part.specs[i].dtype) continue;
    throw InvalidArgumentError("cannot compute signature '" + key + "' as input #" + std::to_string(i) + " ('" +
                               names[i] + "') was expected to be a " + std::string(name_of(part.specs[i].dtype)) +
                               " tensor but is a " + std::string(name_of(inputs[i].dtype())) + " tensor");
  }
  const auto results = state_->run(part, inputs);
  std::map<std::string, Tensor> outputs;
  std::size_t next = 0;
  for (const auto& leaf : leaves_of(asked.outputs)) {
    if (graph::MainGraph::is_tensor(leaf.tensor)) outputs.emplace(leaf.name, results.at(next++));
  }
  return outputs;
}

saved_model::Object::Pruned SessionGraph::prune(const Names& feeds, const Names& fetches) const {
  SessionPart part{"prune(" + listed_names(feeds) + ", " + listed_names(fetches) + ")", feeds, {}, {}};
  for (const auto& fetch : fetches) {
    (graph::MainGraph::is_tensor(fetch) ? part.tensors : part.operations).push_back(fetch);
  }
  state_->prepare(part);
  return [state = state_, part](const std::vector<Tensor>& fed) {
    if (fed.size() == part.feeds.size()) return state->run(part, fed);
    throw TypeError(part.name + " takes " + std::to_string(part.feeds.size()) + " tensors, received " +
                    std::to_string(fed.size()));
  };
}

std::vector<std::pair<std::string, Variable>> SessionGraph::variables() const {
  std::vector<std::pair<std::string, Variable>> result;
  for (const auto& variable : file_->session().variables) {
    const auto name = node_of(variable.name);
    if (auto found = state_->variable(name)) result.emplace_back(name, std::move(found));
  }
  return result;
}

}  // namespace hornbeam
