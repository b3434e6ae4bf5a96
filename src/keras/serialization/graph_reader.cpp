#include "keras/serialization/graph_reader.h"

#include <deque>
#include <map>
#include <unordered_map>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/graph_writer.h"
#include "keras/serialization/node_config.h"

namespace hornbeam {
namespace {

class GraphReader {
 public:
  explicit GraphReader(const Config& config) : config_(config) {}

  ReadGraph read() {
    make_layers();
    run();
    ReadGraph graph{
        pick(config_.at("input_layers"), /*end=*/true), pick(config_.at("output_layers"), true), {}, std::move(calls_)};
    for (const auto& name : order_) graph.layers.push_back(entries_.at(name).layer);
    return graph;
  }

 private:
  struct Entry {
    std::shared_ptr<Layer> layer;
    std::vector<NodeConfig> nodes;
    std::size_t next = 0;
    std::vector<std::vector<Tensor>> outputs;  // per call made
    bool has_graph = false;                    // before any call: its creation counts as node 0
  };

  void make_layers() {
    for (const auto& item : config_.at("layers").as_list()) {
      const auto layer = layers::deserialize(item).ptr();
      const auto* given = item.find("name");
      const auto name = given && given->is_string() ? given->as_string() : layer->name();
      auto& entry = entries_[name];
      if (entry.layer) {
        throw ValueError("The name \"" + name + "\" is used 2 times in the model. All layer names should be unique.");
      }
      entry.layer = layer;
      entry.has_graph = counts_creation(*layer, Target::tf22);
      order_.push_back(name);
      if (const auto* nodes = item.find("inbound_nodes")) {
        for (const auto& node : nodes->as_list()) {
          entry.nodes.push_back(parse_node(node));
          keras3_ |= entry.nodes.back().keras3;
        }
      }
      if (const auto* input = dynamic_cast<const InputLayer*>(layer.get())) {
        // The layer gets its node when its tensor is made.
        auto tensor = InputLayer::create_like(*input);
        entry.layer = as_keras_tensor(tensor)->node->layer;
        entry.outputs.push_back({tensor});
        entry.nodes.clear();
      }
    }
  }

  // Nodes run when what they need is there; each layer's in order. Waiting nodes are woken by what they wait for, so
  // that a chain listed backwards costs no more than one listed forwards.
  void run() {
    std::deque<std::string> ready(order_.begin(), order_.end());
    std::map<std::string, std::vector<std::string>> waiting;
    while (!ready.empty()) {
      const auto name = ready.front();
      ready.pop_front();
      auto& entry = entries_.at(name);
      bool progressed = false;
      while (entry.next < entry.nodes.size()) {
        const auto* missing = first_missing(entry.nodes[entry.next]);
        if (missing) {
          waiting[missing->layer].push_back(name);
          break;
        }
        call(entry, entry.nodes[entry.next++]);
        progressed = true;
      }
      if (!progressed) continue;
      for (auto& woken : waiting[name]) ready.push_back(woken);
      waiting[name].clear();
    }
    for (const auto& name : order_) {
      const auto& entry = entries_.at(name);
      if (entry.next < entry.nodes.size()) {
        const auto* missing = first_missing(entry.nodes[entry.next]);
        throw ValueError("layer \"" + name + "\" is called on an output of layer \"" +
                         (missing ? missing->layer : name) +
                         "\" that depends on it in turn (a cycle) or is never made");
      }
    }
  }

  const TensorRef* first_missing(const NodeConfig& node) const {
    for (const auto& ref : node.references) {
      const auto it = entries_.find(ref.layer);
      if (it == entries_.end()) {
        throw ValueError("No such layer: " + ref.layer + ", which the model's config names as an input.");
      }
      if (!find(it->second, ref, /*end=*/false)) {
        if (ref.node < 0 || ref.node > static_cast<std::int64_t>(it->second.nodes.size())) {
          throw ValueError("layer \"" + ref.layer + "\" has no node " + std::to_string(ref.node) +
                           ", which the model's config names");
        }
        return &ref;
      }
    }
    return nullptr;
  }

  // `end`: a reference of input_layers / output_layers, which Keras 3 counts otherwise than inbound ones.
  const std::vector<Tensor>* find(const Entry& entry, const TensorRef& ref, bool end) const {
    const bool sequential = dynamic_cast<const SequentialModel*>(entry.layer.get()) != nullptr;
    const bool counts = entry.has_graph && (!keras3_ || (end && !sequential));
    const std::int64_t offset = counts ? 1 : 0;
    auto at = ref.node - offset;
    if (at < 0) at = ref.node;  // written by a version that counts from 0
    if (at < 0 || at >= static_cast<std::int64_t>(entry.outputs.size())) return nullptr;
    return &entry.outputs[static_cast<std::size_t>(at)];
  }

  Tensor resolve(const TensorRef& ref, bool end) const {
    const auto it = entries_.find(ref.layer);
    if (it == entries_.end()) throw ValueError("No such layer: " + ref.layer);
    const auto* outputs = find(it->second, ref, end);
    if (!outputs) {
      throw ValueError("layer \"" + ref.layer + "\" has no node " + std::to_string(ref.node) +
                       ", which the model's config names");
    }
    if (ref.tensor < 0 || ref.tensor >= static_cast<std::int64_t>(outputs->size())) {
      throw ValueError("node " + std::to_string(ref.node) + " of layer \"" + ref.layer + "\" has no output " +
                       std::to_string(ref.tensor) + ", which the model's config names");
    }
    return (*outputs)[static_cast<std::size_t>(ref.tensor)];
  }

  void call(Entry& entry, const NodeConfig& node) {
    const Resolve by = [this](const TensorRef& ref) { return resolve(ref, false); };
    const auto outputs = (*entry.layer)(resolve_inputs(node, by), resolve_options(node, by));
    entry.outputs.push_back(outputs.flatten());
    if (const auto* k = as_keras_tensor(entry.outputs.back().at(0))) calls_.push_back(k->node);
  }

  Values pick(const Config& refs, bool end) const {
    if (const auto ref = as_tensor_ref(refs)) return resolve(*ref, end);
    if (refs.is_list()) {
      Values::List list;
      for (const auto& item : refs.as_list()) list.push_back(pick(item, end));
      // tf.keras 2 writes a single input or output as a list of one.
      if (!keras3_ && list.size() == 1) return list[0];
      return Values(std::move(list));
    }
    if (refs.is_dict()) {
      Values::Dict dict;
      for (const auto& [key, item] : refs.as_dict()) dict.emplace(key, pick(item, end));
      return Values(std::move(dict));
    }
    throw ValueError("input_layers and output_layers name tensors as [layer, node, tensor]; found " + refs.dump());
  }

  const Config& config_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<std::string> order_;
  std::vector<std::shared_ptr<KerasNode>> calls_;
  bool keras3_ = false;
};

}  // namespace

ReadGraph read_graph(const Config& config) { return GraphReader(config).read(); }

}  // namespace hornbeam
