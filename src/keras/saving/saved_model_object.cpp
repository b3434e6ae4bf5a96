#include <algorithm>
#include <deque>

#include "hornbeam/errors.hpp"
#include "hornbeam/saved_model.hpp"
#include "keras/saving/loaded_saved_model.h"
#include "keras/saving/restored_objects.h"
#include "keras/saving/session_graph.h"

namespace hornbeam {

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

}  // namespace hornbeam

namespace hornbeam::saved_model {
namespace {

using formats::saved_model::SavedModel;

std::vector<std::string> names_of(const std::map<std::string, std::int32_t>& items) {
  std::vector<std::string> names;
  for (const auto& [name, node] : items) names.push_back(name);
  return names;
}

// What Python calls an argument whose name it could not say: "a.b" is a_b, "2nd" is arg_2nd.
std::string python_name(std::string name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (auto& c : name) {
    if (!is_letter(c) && !(c >= '0' && c <= '9')) c = '_';
  }
  return name.empty() || is_letter(name[0]) ? name : "arg_" + name;
}

// Objects that were saved as such.
class LoadedObjects final : public LoadedSavedModel {
 public:
  explicit LoadedObjects(std::shared_ptr<const SavedModel> file) : objects_(std::move(file), false) {}

  Values call(const std::string& path, const std::vector<Argument>& arguments,
              const Keywords& keywords) const override {
    const auto node = graph().at_path(path);
    if (!node || !graph().node(*node).function()) {
      throw AttributeError("'_UserObject' object has no attribute '" + path + "': the SavedModel's functions are " +
                           listed_names(functions()));
    }
    return objects_.call(*node, {arguments, keywords});
  }
  Names functions() const override { return names_of(functions_of(0)); }
  Names signatures() const override { return names_of(all_signatures()); }
  Names argument_names(const std::string& signature) const override {
    return graph().node(signature_node(signature)).bare_function()->argument_keywords;
  }
  std::map<std::string, Tensor> run(const std::string& key, const Tensors& tensors) const override {
    const auto* function = graph().node(signature_node(key)).bare_function();
    const auto results = objects_.call_concrete(function->concrete_function, tensors);
    std::map<std::string, Tensor> outputs;
    for (const auto& [name, value] : results.dict()) outputs.emplace(name, value.tensor());
    return outputs;
  }
  Object::Pruned prune(const Names&, const Names&) const override {
    throw AttributeError("'_UserObject' object has no attribute 'prune': the SavedModel was saved as objects");
  }
  std::vector<std::pair<std::string, Variable>> variables() const override;
  const std::string& tensorflow_version() const override { return objects_.file().tensorflow_version(); }

 private:
  const formats::saved_model::SavedObjectGraph& graph() const { return objects_.objects(); }
  // The children of a node that are functions.
  std::map<std::string, std::int32_t> functions_of(std::int32_t node) const {
    std::map<std::string, std::int32_t> result;
    for (const auto& child : graph().node(node).children) {
      const auto& object = graph().node(child.node);
      if (object.function() || object.bare_function()) result.emplace(child.name, child.node);
    }
    return result;
  }
  std::map<std::string, std::int32_t> all_signatures() const {
    const auto map = graph().child(0, "signatures");
    return map ? functions_of(*map) : std::map<std::string, std::int32_t>();
  }
  std::int32_t signature_node(const std::string& key) const {
    const auto all = all_signatures();
    const auto it = all.find(key);
    if (it != all.end() && graph().node(it->second).bare_function()) return it->second;
    throw KeyError("'" + key + "': the SavedModel's signatures are " + listed_names(signatures()));
  }

  RestoredObjects objects_;
};

std::vector<std::pair<std::string, Variable>> LoadedObjects::variables() const {
  const auto& objects = graph();
  std::vector<std::pair<std::string, Variable>> result;
  if (objects.nodes.empty()) return result;
  std::vector<bool> seen(objects.nodes.size(), false);
  std::deque<std::pair<std::int32_t, std::string>> open{{0, ""}};
  seen[0] = true;
  while (!open.empty()) {
    const auto [id, path] = std::move(open.front());
    open.pop_front();
    if (objects.node(id).variable()) result.emplace_back(path, objects_.variable(id));
    for (const auto& child : objects.node(id).children) {
      const auto at = static_cast<std::size_t>(child.node);
      if (seen[at]) continue;
      seen[at] = true;
      open.emplace_back(child.node, path.empty() ? child.name : path + "." + child.name);
    }
  }
  return result;
}

}  // namespace

Object::Object(std::shared_ptr<const LoadedSavedModel> loaded) : loaded_(std::move(loaded)) {}

Values Object::operator()(const Values& inputs, const Keywords& keywords) const {
  return call("__call__", {inputs}, keywords);
}

Values Object::call(const std::string& path, const std::vector<Argument>& arguments, const Keywords& keywords) const {
  return loaded_->call(path, arguments, keywords);
}

std::vector<std::string> Object::functions() const { return loaded_->functions(); }
std::vector<std::string> Object::signatures() const { return loaded_->signatures(); }
std::vector<std::string> Object::argument_names(const std::string& signature) const {
  return loaded_->argument_names(signature);
}
Object::Pruned Object::prune(const std::vector<std::string>& feeds, const std::vector<std::string>& fetches) const {
  return loaded_->prune(feeds, fetches);
}
std::vector<std::pair<std::string, Variable>> Object::variables() const { return loaded_->variables(); }
const std::string& Object::tensorflow_version() const { return loaded_->tensorflow_version(); }

std::map<std::string, Tensor> Object::run(const std::string& key, const std::map<std::string, Tensor>& inputs) const {
  const auto keywords = argument_names(key);
  std::vector<Tensor> tensors;
  for (const auto& keyword : keywords) {
    auto given = inputs.find(keyword);
    if (given == inputs.end()) given = inputs.find(python_name(keyword));
    if (given != inputs.end()) tensors.push_back(given->second);
  }
  if (tensors.size() != keywords.size() || inputs.size() != keywords.size()) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : inputs) names.push_back(name);
    throw TypeError("signature '" + key + "' takes the arguments " + listed_names(keywords) + ", received " +
                    listed_names(names));
  }
  return loaded_->run(key, tensors);
}

std::shared_ptr<const Object> load(const std::string& folder, const std::optional<std::vector<std::string>>& tags) {
  const auto file = SavedModel::open(folder, tags);
  for (std::size_t i = 0; i < file->assets().size(); ++i) file->asset_path(i);
  if (!file->has_objects()) return std::make_shared<const Object>(std::make_shared<const SessionGraph>(file));
  auto result = std::make_shared<const Object>(std::make_shared<const LoadedObjects>(file));
  result->variables();  // as TensorFlow does, all are read now
  return result;
}

}  // namespace hornbeam::saved_model
