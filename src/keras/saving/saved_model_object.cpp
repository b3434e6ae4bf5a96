#include <algorithm>
#include <deque>

#include "hornbeam/errors.hpp"
#include "hornbeam/saved_model.hpp"
#include "keras/saving/restored_objects.h"

namespace hornbeam::saved_model {
namespace {

using formats::saved_model::SavedModel;

std::vector<std::string> names_of(const std::map<std::string, std::int32_t>& items) {
  std::vector<std::string> names;
  for (const auto& [name, node] : items) names.push_back(name);
  return names;
}

// The children of a node that are functions.
std::map<std::string, std::int32_t> functions_of(const RestoredObjects& objects, std::int32_t node) {
  std::map<std::string, std::int32_t> result;
  for (const auto& child : objects.objects().node(node).children) {
    const auto& object = objects.objects().node(child.node);
    if (object.function() || object.bare_function()) result.emplace(child.name, child.node);
  }
  return result;
}

std::map<std::string, std::int32_t> signatures_of(const RestoredObjects& objects) {
  const auto map = objects.objects().child(0, "signatures");
  return map ? functions_of(objects, *map) : std::map<std::string, std::int32_t>();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : ", '") + name + "'";
  return "[" + text + "]";
}

// What Python calls an argument whose name it could not say: "a.b" is a_b, "2nd" is arg_2nd.
std::string python_name(std::string name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (auto& c : name) {
    if (!is_letter(c) && !(c >= '0' && c <= '9')) c = '_';
  }
  return name.empty() || is_letter(name[0]) ? name : "arg_" + name;
}

}  // namespace

Object::Object(std::shared_ptr<const RestoredObjects> objects) : objects_(std::move(objects)) {}

Values Object::operator()(const Values& inputs, const Keywords& keywords) const {
  return call("__call__", {inputs}, keywords);
}

Values Object::call(const std::string& path, const std::vector<Argument>& arguments, const Keywords& keywords) const {
  const auto node = objects_->objects().at_path(path);
  if (!node || !objects_->objects().node(*node).function()) {
    throw AttributeError("'_UserObject' object has no attribute '" + path + "': the SavedModel's functions are " +
                         listed(functions()));
  }
  return objects_->call(*node, {arguments, keywords});
}

std::vector<std::string> Object::functions() const { return names_of(functions_of(*objects_, 0)); }
std::vector<std::string> Object::signatures() const { return names_of(signatures_of(*objects_)); }

std::int32_t Object::signature_node(const std::string& key) const {
  const auto all = signatures_of(*objects_);
  const auto it = all.find(key);
  if (it != all.end() && objects_->objects().node(it->second).bare_function()) return it->second;
  throw KeyError("'" + key + "': the SavedModel's signatures are " + listed(signatures()));
}

std::vector<std::string> Object::argument_names(const std::string& signature) const {
  return objects_->objects().node(signature_node(signature)).bare_function()->argument_keywords;
}

std::map<std::string, Tensor> Object::run(const std::string& key, const std::map<std::string, Tensor>& inputs) const {
  const auto* function = objects_->objects().node(signature_node(key)).bare_function();
  std::vector<Tensor> tensors;
  for (const auto& keyword : function->argument_keywords) {
    auto given = inputs.find(keyword);
    if (given == inputs.end()) given = inputs.find(python_name(keyword));
    if (given == inputs.end() || inputs.size() != function->argument_keywords.size()) {
      std::vector<std::string> names;
      for (const auto& [name, tensor] : inputs) names.push_back(name);
      throw TypeError("signature '" + key + "' takes the arguments " + listed(function->argument_keywords) +
                      ", received " + listed(names));
    }
    tensors.push_back(given->second);
  }
  const auto results = objects_->call_concrete(function->concrete_function, tensors);
  std::map<std::string, Tensor> outputs;
  for (const auto& [name, value] : results.dict()) outputs.emplace(name, value.tensor());
  return outputs;
}

std::vector<std::pair<std::string, Variable>> Object::variables() const {
  const auto& objects = objects_->objects();
  std::vector<std::pair<std::string, Variable>> result;
  if (objects.nodes.empty()) return result;
  std::vector<bool> seen(objects.nodes.size(), false);
  std::deque<std::pair<std::int32_t, std::string>> open{{0, ""}};
  seen[0] = true;
  while (!open.empty()) {
    const auto [id, path] = std::move(open.front());
    open.pop_front();
    if (objects.node(id).variable()) result.emplace_back(path, objects_->variable(id));
    for (const auto& child : objects.node(id).children) {
      const auto at = static_cast<std::size_t>(child.node);
      if (seen[at]) continue;
      seen[at] = true;
      open.emplace_back(child.node, path.empty() ? child.name : path + "." + child.name);
    }
  }
  return result;
}

const std::string& Object::tensorflow_version() const { return objects_->file().tensorflow_version(); }

std::shared_ptr<const Object> load(const std::string& folder) {
  const auto file = SavedModel::open(folder);
  for (std::size_t i = 0; i < file->assets().size(); ++i) file->asset_path(i);
  const auto objects = std::make_shared<const RestoredObjects>(file, false);
  auto result = std::make_shared<const Object>(objects);
  result->variables();  // as TensorFlow does, all are read now
  return result;
}

}  // namespace hornbeam::saved_model
