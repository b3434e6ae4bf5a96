#include "track/restoration.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <unordered_map>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops_array.hpp"
#include "ops/kernels/parallel.h"
#include "ops/text/lookup_table.h"
#include "tensor/recorder.h"
#include "track/later_check.h"

namespace hornbeam::track {
namespace {

namespace tb = formats::tensor_bundle;

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

// Keras 3 keeps some weights behind properties: its layers have "_kernel" and "_embeddings" where tf.keras and this
// library have "kernel" and "embeddings".
std::string_view property_of(std::string_view name) {
  return name == "_kernel" || name == "_embeddings" ? name.substr(1) : name;
}

// Mapped values of fewer bytes are read while restoring: counters and settings are used there already.
constexpr std::int64_t kCheckedAtOnce = std::int64_t{64} << 10;

}  // namespace

Target target_of(const tb::ObjectGraph& graph) {
  auto target = Target::tf22;
  for (const auto& node : graph.nodes) {
    if (node.has_checkpoint_values) target = std::max(target, Target::tf215);
    for (const auto& child : node.children) {
      if (child.name == "_operations" || child.name == "_trainable_variables") return Target::keras3;
    }
  }
  return target;
}

struct Restoration::Pending final : Trackable::Watcher {
  Pending(std::shared_ptr<Restoration> r, std::size_t n) : restoration(std::move(r)), node(n) {}
  void children_changed(Trackable& object) override;
  std::shared_ptr<Restoration> restoration;
  std::size_t node;
};

// One look at an object and what is reached from it. Values are assigned when all of them are read.
class Restoration::Pass {
 public:
  explicit Pass(Restoration& restoration) : r_(restoration), looked_(r_.graph_.nodes.size()), prepared_(looked_) {}

  void run(Trackable& object, std::size_t node) {
    visit(object, node);
    while (!queue_.empty()) {
      const auto [next, at] = std::move(queue_.front());
      queue_.pop_front();
      visit(*next, at);
    }
    add_slots();
    read_all();
    assign_all();
    for (const auto& [table, contents, key] : tables_) {
      table->set_contents(contents);
      r_.restored_.insert(r_.restored_.end(), {key + "-keys", key + "-values"});
    }
    for (const auto at : assigned_nodes_) r_.restored_nodes_[at] = true;
  }

  bool bind(const Trackable::Ptr& object, std::size_t node) {
    const auto bound = r_.bound_[node].lock();
    if (bound && bound != object && !dynamic_cast<const TrackableChildren*>(object.get())) return false;
    r_.bound_[node] = object;
    r_.was_bound_[node] = true;
    return true;
  }

  void enqueue(Trackable::Ptr object, std::size_t node) { queue_.emplace_back(std::move(object), node); }

 private:
  // Is something still to come?
  bool visit(Trackable& object, std::size_t at) {
    if (looked_[at]) return false;
    looked_[at] = true;
    const auto& node = r_.graph_.nodes[at];
    if (object.restored_by() < r_.number_) object.set_restored_by(r_.number_);
    restore_attributes(object, at);
    if (node.children.empty()) return false;
    for (const auto& child : node.children) {
      const auto index = static_cast<std::size_t>(child.node);
      if (std::exchange(prepared_[index], true)) continue;
      const auto& it = r_.graph_.nodes[index];
      std::vector<std::string> names;
      for (const auto& grandchild : it.children) names.push_back(grandchild.name);
      object.prepare_checkpoint_child(child.name, !it.slots.empty(), names);
    }
    std::unordered_map<std::string, Trackable::Ptr> children;
    for (auto& [name, child] : object.checkpoint_children(r_.target_)) children.emplace(name, std::move(child));
    if (at == 0) {
      for (auto& [name, child] : r_.attached()) children.emplace(name, std::move(child));
    }
    bool waits = false;
    for (const auto& child : node.children) {
      const auto index = static_cast<std::size_t>(child.node);
      auto found = children.find(child.name);
      if (found == children.end()) found = children.find(std::string(property_of(child.name)));
      if (found == children.end() || !found->second) {
        waits = waits || (r_.has_values(index) && !r_.was_bound_[index]);
      } else if (bind(found->second, index)) {
        // A list may be made for this look alone: what it waits for comes to its owner.
        if (dynamic_cast<const TrackableChildren*>(found->second.get())) {
          waits = visit(*found->second, index) || waits;
        } else {
          enqueue(found->second, index);
        }
      }
    }
    watch(object, at, waits);
    return waits;
  }

  void watch(Trackable& object, std::size_t at, bool waits) {
    const auto known = r_.watchers_[at].lock();
    if (waits == (known != nullptr)) return;
    if (waits) {
      const auto made = std::make_shared<Pending>(r_.shared_from_this(), at);
      r_.watchers_[at] = made;
      object.add_watcher(made);
    } else {
      object.remove_watcher(known.get());
    }
  }

  void restore_attributes(Trackable& object, std::size_t at) {
    if (r_.restored_nodes_[at]) return;
    const auto variable = dynamic_cast<VariableNode*>(&object);
    const auto table = dynamic_cast<LookupTable*>(&object);
    for (const auto& attribute : r_.graph_.nodes[at].attributes) {
      if (table && attribute.name == tb::kTableValue) {
        assigned_nodes_.push_back(at);
        if (object.restored_by() > r_.number_) continue;
        tables_.push_back({table, read_table(*table, attribute.key), attribute.key});
        continue;
      }
      if (table || !variable || attribute.name != tb::kVariableValue) {
        r_.unused_attributes_.emplace(at, attribute.name);
        continue;
      }
      assigned_nodes_.push_back(at);
      if (object.restored_by() > r_.number_) continue;  // a later checkpoint's value is there
      check_fits(*variable, attribute.key);
      values_.push_back({variable, attribute.key, {}});
    }
  }

  std::shared_ptr<const TableContents> read_table(const LookupTable& table, const std::string& key) {
    const auto keys = r_.bundle_->read(key + "-keys"), values = r_.bundle_->read(key + "-values");
    if (keys.dtype() != table.key_dtype() || values.dtype() != table.value_dtype()) {
      throw ValueError("tensor_name = " + key +
                       "-keys; the table's dtypes do not equal the original ones: " + r_.file_name());
    }
    return TableContents::make(keys, values, true);
  }

  // Settings and counters are kept in other widths by other versions.
  static bool differs_in_width(const tb::Entry& entry, DType wanted) {
    const auto stored = entry.dtype();
    const bool same_kind = (is_floating(stored) && is_floating(wanted)) || (is_integer(stored) && is_integer(wanted));
    return stored != wanted && same_kind && entry.shape.rank() == 0;
  }

  void check_fits(const VariableNode& variable, const std::string& key) const {
    const auto& entry = r_.bundle_->entry(key);
    if (entry.shape != variable.shape()) {
      throw ValueError("Received incompatible tensor with shape " + entry.shape.to_string() +
                       " when attempting to restore variable with shape " + variable.shape().to_string() +
                       " and name " + variable.name() + ". Shapes " + variable.shape().to_string() + " and " +
                       entry.shape.to_string() + " are incompatible: " + r_.file_name() + ", " + key);
    }
    if (entry.dtype() != variable.dtype() && !differs_in_width(entry, variable.dtype())) {
      throw ValueError("tensor_name = " + key + "; expected dtype " + std::string(name_of(variable.dtype())) +
                       " does not equal original dtype " + entry.type_name() + ": " + r_.file_name());
    }
  }

  // Several at a time: what takes time is copying, and comparing checksums.
  void read_all() {
    kernels::parallel_for(std::ssize(values_), 1, [this](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) {
        auto& [variable, key, value] = values_[static_cast<std::size_t>(i)];
        const auto& entry = r_.bundle_->entry(key);
        const bool map = r_.map_ && entry.dtype() == variable->dtype();
        const auto check = entry.size < kCheckedAtOnce ? tb::Check::now : tb::Check::later;
        value = map ? r_.bundle_->map(key, check) : r_.bundle_->read(key);
      }
    });
    const RecorderScope eager(nullptr);
    for (auto& [variable, key, value] : values_) {
      if (value.dtype() != variable->dtype()) value = ops::cast(value, variable->dtype());
    }
  }

  void assign_all() {
    std::vector<std::string> mapped;
    for (const auto& [variable, key, value] : values_) {
      if (!r_.bundle_->is_verified(key)) mapped.push_back(key);
      r_.restored_.push_back(key);
    }
    const auto check = mapped.empty() ? nullptr : std::make_shared<const LaterCheck>(r_.bundle_, std::move(mapped));
    for (const auto& [variable, key, value] : values_) {
      if (r_.bundle_->is_verified(key)) {
        variable->assign(value);
      } else {
        variable->assign_unchecked(value, [check] { check->run(); });
      }
    }
  }

  void add_slots() {
    for (std::size_t at = 0; at < r_.graph_.nodes.size(); ++at) {
      const auto& slots = r_.graph_.nodes[at].slots;
      if (slots.empty()) continue;
      const auto optimizer = r_.bound_[at].lock();
      if (!optimizer) continue;
      const auto there = optimizer->checkpoint_slots();
      bool wait = false;
      for (const auto& slot : slots) {
        const auto index = static_cast<std::size_t>(slot.slot_variable);
        const auto variable = r_.bound_[static_cast<std::size_t>(slot.variable)].lock();
        if (!variable) continue;
        optimizer->check_takes_slots();
        const auto found = std::ranges::find_if(
            there, [&](const auto& own) { return own.variable == variable && own.name == slot.name; });
        if (found == there.end()) {
          wait = wait || !r_.was_bound_[index];
        } else if (bind(found->value, index)) {
          visit(*found->value, index);
        }
      }
      // Slots come with build(), which also brings what `_variables` are of newer ones: one watcher for both.
      if (wait) watch(*optimizer, at, true);
    }
  }

  Restoration& r_;
  std::vector<char> looked_, prepared_;
  std::deque<std::pair<Trackable::Ptr, std::size_t>> queue_;
  struct Value {
    VariableNode* variable;
    std::string key;
    Tensor value;
  };
  std::vector<Value> values_;
  struct Table {
    LookupTable* table;
    std::shared_ptr<const TableContents> contents;
    std::string key;
  };
  std::vector<Table> tables_;
  std::vector<std::size_t> assigned_nodes_;
};

void Restoration::Pending::children_changed(Trackable& object) {
  const auto keep = restoration;
  Pass(*keep).run(object, node);
}

Restoration::Restoration(std::shared_ptr<const Bundle> bundle, Graph graph, bool map)
    : bundle_(std::move(bundle)),
      graph_(std::move(graph)),
      map_(map),
      target_(target_of(graph_)),
      number_(next_number()),
      bound_(graph_.nodes.size()),
      was_bound_(graph_.nodes.size()),
      has_values_(tb::nodes_with_values(graph_)),
      restored_nodes_(graph_.nodes.size()),
      watchers_(graph_.nodes.size()) {
  if (graph_.nodes.empty()) throw FormatError(file_name(), "object graph", "a root", "no nodes");
}

std::vector<Trackable::Edge> Restoration::attached() const {
  std::vector<Trackable::Edge> edges;
  for (const auto& [name, child] : attached_) {
    if (auto object = child.lock()) edges.push_back({name, std::move(object)});
  }
  return edges;
}

void Restoration::restore(const Trackable::Ptr& root, const std::vector<Trackable::Edge>& attached) {
  root_ = root;
  // The edge from the root to itself is only written: in the file another object may have its name.
  for (const auto& [name, child] : attached) {
    if (child != root) attached_.emplace_back(name, child);
  }
  Pass pass(*this);
  pass.bind(root, 0);
  pass.run(*root, 0);
}

std::optional<std::size_t> Restoration::waiting_slot() const {
  for (const auto& node : graph_.nodes) {
    for (const auto& slot : node.slots) {
      const auto at = static_cast<std::size_t>(slot.slot_variable);
      if (!was_bound_[at]) return at;
    }
  }
  return std::nullopt;
}

std::vector<std::string> Restoration::keys_without_objects() const {
  std::set<std::string, std::less<>> known{std::string(tb::kObjectGraphKey)};
  for (const auto& node : graph_.nodes) {
    for (const auto& attribute : node.attributes) {
      known.insert(attribute.key);
      if (attribute.name == tb::kTableValue) known.insert({attribute.key + "-keys", attribute.key + "-values"});
    }
  }
  auto keys = bundle_->names();
  std::erase_if(keys, [&](const std::string& key) { return known.contains(key); });
  return keys;
}

std::string Restoration::path_of(std::size_t wanted) const {
  // How each node is reached first: one path is made of it, for those of all would be quadratic.
  struct Step {
    std::size_t parent = 0;
    const std::string* name = nullptr;
  };
  std::vector<Step> steps(graph_.nodes.size());
  std::vector<char> seen(graph_.nodes.size());
  std::deque<std::size_t> queue{0};
  seen[0] = true;
  while (!queue.empty()) {
    const auto at = queue.front();
    queue.pop_front();
    for (const auto& child : graph_.nodes[at].children) {
      const auto index = static_cast<std::size_t>(child.node);
      if (seen[index]) continue;
      seen[index] = true;
      steps[index] = {at, &child.name};
      queue.push_back(index);
    }
  }
  const auto path = [&](std::size_t node) {
    std::vector<const std::string*> names;
    for (; node != 0; node = steps[node].parent) names.push_back(steps[node].name);
    std::string text = "(root)";
    for (auto name = names.rbegin(); name != names.rend(); ++name) text += "." + **name;
    return text;
  };
  if (seen[wanted]) return path(wanted);
  for (std::size_t at = 0; at < graph_.nodes.size(); ++at) {
    for (const auto& slot : graph_.nodes[at].slots) {
      const auto variable = static_cast<std::size_t>(slot.variable);
      if (static_cast<std::size_t>(slot.slot_variable) != wanted || !seen[at] || !seen[variable]) continue;
      return path(at) + "'s state '" + slot.name + "' for " + path(variable);
    }
  }
  return "(unreachable)";
}

}  // namespace hornbeam::track
