#include <map>
#include <mutex>
#include <shared_mutex>

#include "ops/op_def.h"

namespace hornbeam {
namespace registry {
void register_all_ops();  // generated
}
namespace {

struct Registry {
  std::shared_mutex mutex;
  std::map<std::string, std::unique_ptr<const OpDef>, std::less<>> ops;
};
Registry& storage() {
  static Registry registry;
  return registry;
}
Registry& filled() {
  static std::once_flag once;
  std::call_once(once, registry::register_all_ops);
  return storage();
}

}  // namespace

void add_op(OpDef def) {
  auto& r = storage();
  const std::unique_lock lock(r.mutex);
  auto name = def.name;
  const auto [it, added] = r.ops.emplace(std::move(name), std::make_unique<const OpDef>(std::move(def)));
  if (!added) throw ValueError("Op '" + it->first + "' is already registered.");
}

const OpDef* find_op(std::string_view name) {
  auto& r = filled();
  const std::shared_lock lock(r.mutex);
  const auto it = r.ops.find(name);
  return it == r.ops.end() ? nullptr : it->second.get();
}

const OpDef& get_op(std::string_view name) {
  const auto* op = find_op(name);
  if (!op) throw NotImplementedError("Op type not registered '" + std::string(name) + "'");
  return *op;
}

std::vector<std::string> op_names() {
  auto& r = filled();
  const std::shared_lock lock(r.mutex);
  std::vector<std::string> names;
  for (const auto& [name, op] : r.ops) names.push_back(name);
  return names;
}

}  // namespace hornbeam
