// FunctionalModel and SequentialModel from and to their configs.
#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/call_scope.h"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"
#include "keras/serialization/graph_writer.h"
#include "keras/serialization/node_config.h"

namespace hornbeam {
namespace {

// How deep models may nest: far more than anyone builds, and the walk over them recurses.
constexpr int kMaxNesting = 64;
thread_local int nesting = 0;
struct NestingGuard {
  NestingGuard() {
    if (++nesting > kMaxNesting) {
      --nesting;
      throw ValueError("models are nested deeper than " + std::to_string(kMaxNesting) + " levels");
    }
  }
  ~NestingGuard() { --nesting; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;
};

class GraphReader {
 public:
  explicit GraphReader(const Config& config) : config_(config) {}

  std::pair<Values, Values> read() {
    make_layers();
    run();
    return {pick(config_.at("input_layers"), /*end=*/true), pick(config_.at("output_layers"), true)};
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
        auto tensor = InputLayer::create(*input->batch_input_shape(), input->compute_dtype(), layer->name());
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

  void call(Entry& entry, const NodeConfig& node) const {
    const Resolve by = [this](const TensorRef& ref) { return resolve(ref, false); };
    const auto outputs = (*entry.layer)(resolve_inputs(node, by), resolve_options(node, by));
    entry.outputs.push_back(outputs.flatten());
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
  bool keras3_ = false;
};

ModelOptions model_options(const Config& config) {
  ModelOptions options;
  if (const auto* name = config.find("name"); name && name->is_string()) options.name = name->as_string();
  return options;
}

Shape shape_from_list(const Config& list) {
  Shape shape;
  for (const auto& d : list.as_list()) shape.push_back(d.is_null() ? None : d.as_int());
  return shape;
}

// tf.keras 2.2 leaves the InputLayer of a Sequential out and writes its shape behind all else that the first layer says
// of itself; a layer that was given the shape says it before its dtype.
std::optional<Shape> shape_of_dropped_input(const Config& item) {
  const auto* config = item.find("config");
  if (!config || !config->is_dict() || config->has("layers") || !config->has("dtype")) return std::nullopt;
  const auto& [key, shape] = config->as_dict().back();
  if (key != "batch_input_shape" || !shape.is_list() || config->has("sparse")) return std::nullopt;
  return shape_from_list(shape);
}

// Keras 3 restores a whole model's `trainable: false`; tf.keras leaves it to what each layer says of itself.
void apply_trainable(Layer& model, const Config& config) {
  if (current_generation() != Generation::keras3) return;
  const auto* trainable = config.find("trainable");
  if (!trainable || !trainable->is_bool() || trainable->as_bool()) return;
  model.set_trainable(false);
}

}  // namespace

std::shared_ptr<Layer> FunctionalModel::from_config(const Config& config) {
  const NestingGuard guard;
  const RootNameScope root;
  auto [inputs, outputs] = GraphReader(config).read();
  auto model = std::make_shared<FunctionalModel>(inputs, outputs, model_options(config));
  model->spelled_inputs_ = config.at("input_layers");
  model->spelled_outputs_ = config.at("output_layers");
  apply_trainable(*model, config);
  return model;
}

Config FunctionalModel::get_config() const {
  const GraphWriter graph(*this, Target::tf215);
  auto list = Config::list();
  for (const auto& layer : layers()) {
    auto entry = layers::serialize(*layer);
    entry.set("name", layer->name()).set("inbound_nodes", graph.inbound(*layer));
    list.push_back(std::move(entry));
  }
  return Config{{"name", name()},
                {"trainable", trainable()},
                {"layers", std::move(list)},
                {"input_layers", graph.ends(inputs_, spelled_inputs_)},
                {"output_layers", graph.ends(outputs_, spelled_outputs_)}};
}

std::shared_ptr<Layer> SequentialModel::from_config(const Config& config) {
  const NestingGuard guard;
  const RootNameScope root;
  // Keras up to 2.2.2 wrote the list of layers alone.
  const auto& list = config.is_list() ? config.as_list() : config.at("layers").as_list();
  auto model = std::make_shared<SequentialModel>(std::vector<SequentialItem>{}, model_options(config));
  std::optional<Shape> built_for;
  if (const auto* shape = config.find("build_input_shape"); shape && shape->is_list()) {
    const auto is_dim = [](const Config& d) { return d.is_null() || d.is_int(); };
    if (!std::ranges::all_of(shape->as_list(), is_dim)) {
      throw ValueError("build_input_shape is no shape: " + shape->dump());
    }
    built_for = shape_from_list(*shape);
  }
  for (const auto& item : list) {
    if (model->stack().empty()) {
      if (const auto shape = shape_of_dropped_input(item)) {
        auto rest = item;
        rest.find("config")->erase("batch_input_shape");
        const auto layer = layers::deserialize(rest);
        model->add(InputLayer::create(*shape, layer->compute_dtype(), layer->name() + "_input"));
        model->add(layer);
        continue;
      }
    }
    const auto layer = layers::deserialize(item);
    const auto& own = layer->batch_input_shape();
    // tf.keras 2.2 forgets what an Embedding's input was, but says what the model was built for.
    if (model->stack().empty() && built_for && own && own->rank() == built_for->rank() && !own->is_fully_known() &&
        own->is_compatible_with(*built_for) && !dynamic_cast<const InputLayer*>(layer.ptr().get())) {
      auto dims = own->dims();
      for (std::size_t i = 1; i < dims.size(); ++i) dims[i] = dims[i] < 0 ? (*built_for)[i] : dims[i];
      model->add(InputLayer::create(Shape(dims), layer->compute_dtype(), layer->name() + "_input"));
    }
    model->add(layer);
  }
  if (!model->has_graph() && built_for) model->build(*built_for);
  apply_trainable(*model, config);
  return model;
}

Config SequentialModel::get_config() const {
  Config config{{"name", name()}, {"trainable", trainable()}};
  auto list = Config::list();
  for (const auto& layer : stack_) list.push_back(layers::serialize(*layer));
  config.set("layers", std::move(list));
  if (!has_graph() && build_input_shape_) config.set("build_input_shape", shape_config(*build_input_shape_));
  return config;
}

std::shared_ptr<Layer> InputLayer::from_config(const Config& config) {
  const auto* batch_shape = config.find("batch_input_shape");
  if (!batch_shape) throw ValueError("InputLayer needs `batch_input_shape`; found " + config.dump());
  Shape shape;
  if (batch_shape->is_list()) shape = shape_from_list(*batch_shape);
  for (const auto d : shape) {
    if (d < None) throw ValueError("InputLayer: a dim of " + shape.to_string() + " is negative");
  }
  const auto dtype = dtype_from_name(config.get_string("dtype", backend::floatx()));
  const auto flag = [&](const char* key) {
    const auto* value = config.find(key);
    return value && value->is_bool() && value->as_bool();
  };
  return std::make_shared<InputLayer>(shape, dtype, config.get_string("name", ""), flag("sparse"), flag("ragged"));
}

}  // namespace hornbeam

HB_REGISTER(engine_classes) {
  using namespace hornbeam;
  register_layer("Functional", FunctionalModel::from_config);
  register_layer("Model", FunctionalModel::from_config);
  register_layer("Sequential", SequentialModel::from_config);
  register_layer("InputLayer", InputLayer::from_config);
}
