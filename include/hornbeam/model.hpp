// Model, Functional, Sequential and Input. Mirrors keras.Model, keras.Sequential, keras.Input.
//
//   auto x = hb::Input({784}, {.name = "digits"});
//   auto y = hb::Dense(10, {.activation = "softmax"})(hb::Dense(64, {.activation = "relu"})(x));
//   auto model = hb::Functional(x, y, {.name = "mlp"});
//   auto p = model->predict(images);
//
// Thread-safety: as Layer; predict on one built model is safe from several threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/checkpoint.hpp"
#include "hornbeam/layer.hpp"

namespace hornbeam {

namespace graph {
class Executable;
}
namespace training {
class Trainer;
}
// training.hpp
struct CompileOptions;
struct FitOptions;
struct EvaluateOptions;
struct BatchOptions;
struct History;
class Callback;  // callbacks.hpp
class Dataset;   // dataset.hpp
struct Batch;
class Logs;
class Optimizer;

// hornbeam/saving.hpp has them.
struct SaveOptions;
struct SaveWeightsOptions;
struct LoadWeightsOptions;
// hornbeam/streaming.hpp has it.
class StreamState;
struct StreamProgram;  // the engine's own

struct InputOptions {
  std::optional<std::int64_t> batch_size = {};
  std::optional<std::string> name = {};
  std::string dtype = "";  // default: floatx()
  bool sparse = false;
  bool ragged = false;
};
// A symbolic Keras tensor: the shape without the batch. Throws ValueError.
Tensor Input(const Shape& shape, const InputOptions& options = {});

struct ModelOptions {
  std::optional<std::string> name = {};
  bool trainable = true;
};

struct PredictOptions {
  std::int64_t batch_size = 0;  // 0: what makes `steps` batches of x; without that 32, as in Keras
  int verbose = 0;              // 1: Keras's progress bar, on a terminal
  std::optional<std::int64_t> steps = {};
  std::vector<std::shared_ptr<Callback>> callbacks = {};
};

struct SummaryOptions {
  std::optional<int> line_length = {};
  std::vector<double> positions = {};
  std::function<void(const std::string& line)> print_fn = {};
  bool expand_nested = false;
  bool show_trainable = false;
  // Regular expressions for the names of the first and the last layer to show. Throws ValueError when none matches.
  std::optional<std::pair<std::string, std::string>> layer_range = {};
};

// The base to subclass: override call(). Layers held as attributes by track() are its layers.
class Model : public Layer {
 public:
  explicit Model(const ModelOptions& options = {});
  explicit Model(const std::string& name) : Model(ModelOptions{.name = name}) {}
  // As a layer reads it from a config (nested models).
  explicit Model(const LayerOptions& options);
  ~Model() override;

  // Every layer in it that can be quantised and is not yet; the others stay as they are, as in Keras: their
  // dtype_policy() tells which.
  void quantize(const std::string& mode, const Config& config = {}) override;

  // In Keras's order. For a Functional sorted by depth.
  virtual std::vector<std::shared_ptr<Layer>> layers() const { return sublayers(); }
  // By name, or by index (negative counts from the end). Throw ValueError in Keras's words.
  LayerRef get_layer(const std::string& layer_name) const;
  LayerRef get_layer(std::int64_t index) const;
  // Layer by layer, then the model's own, as tf.keras has them; in Keras 3 its own come first.
  std::vector<Variable> trainable_weights() const override;
  std::vector<Variable> non_trainable_weights() const override;
  std::vector<Variable> weights() const override;

  // Runs the model over x in batches, without training. x is cast to the inputs' dtypes. Dict or list as the model's
  // inputs are. Throws ValueError in Keras's words (wrong number of inputs, wrong shapes).
  Values predict(const Values& x, const PredictOptions& options = {});
  Values predict_on_batch(const Values& x);

  // ---- streaming, one step of a sequence at a time: hornbeam/streaming.hpp ----
  // A new stream, of `batch` sequences side by side. Throws ValueError naming the layer that cannot be streamed.
  StreamState make_state(std::int64_t batch = 1) const;
  // The outputs after one more step. They belong to the state, until its next step. Throws ValueError.
  const Values& step(const Values& x, StreamState& state) const;

  // ---- training: training.hpp has the options ----
  // Throws ValueError in Keras's words (names of outputs that are not there, unknown losses ...).
  void compile(const CompileOptions& options);
  bool is_compiled() const { return trainer_ != nullptr; }
  // Why a loaded model's training configuration could not be restored; empty when it was, or there was none.
  const std::string& not_compiled_because() const { return not_compiled_because_; }
  void set_not_compiled(std::string reason) { not_compiled_because_ = std::move(reason); }
  // Trains for `epochs` over x in batches. y is empty when all losses are added by layers. All of these throw
  // RuntimeError when the model is not compiled, ValueError in Keras's words when arrays do not fit. One array of
  // labels for several outputs is every output's in Keras 2, and a KeyError in Keras 3 where one loss is compiled for
  // all.
  History fit(const Values& x, const Values& y, const FitOptions& options);
  History fit(const Values& x, const Values& y = {});
  // Of batches as they come: batch_size, shuffle, validation_split, sample_weight are the dataset's own business
  // (ValueError in Keras's words). An epoch is a pass, or steps_per_epoch batches.
  History fit(const Dataset& data, const FitOptions& options);
  Logs evaluate(const Dataset& data, const EvaluateOptions& options);
  Values predict(const Dataset& data, const PredictOptions& options = {});
  Logs evaluate(const Values& x, const Values& y, const EvaluateOptions& options);
  Logs evaluate(const Values& x, const Values& y = {});
  // One step on one batch.
  Logs train_on_batch(const Values& x, const Values& y, const BatchOptions& options);
  Logs train_on_batch(const Values& x, const Values& y = {});
  Logs test_on_batch(const Values& x, const Values& y, const BatchOptions& options);
  Logs test_on_batch(const Values& x, const Values& y = {});
  // What these run on each batch. Override them for a training of your own: they are traced and compiled once (unless
  // compiled with run_eagerly), so that their ops, GradientTape, optimizer()->apply_gradients and metrics' update_state
  // become one function. Results by name become the logs. The defaults do what compile() was told.
  using StepResults = std::vector<std::pair<std::string, Tensor>>;
  virtual StepResults train_step(const Batch& data);
  virtual StepResults test_step(const Batch& data);
  virtual Values predict_step(const Values& x);
  // Adds to what is minimised, beside compile()'s losses and those that layers add in call: a function without
  // arguments (Layer::add_loss), or on functional models a symbolic tensor of their graph. H5 files do not hold either:
  // a save tells in its report, and they are to be added again after loading. (What tf.keras wrote into a config by
  // itself, AddLoss and AddMetric layers, is read, and written again.) Throws ValueError in Keras's words.
  using Layer::add_loss;
  virtual void add_loss(const Tensor& loss);
  // Adds a metric of a symbolic tensor: its mean over the batches, or what `metric` makes of it. As add_loss otherwise.
  virtual void add_metric(const Tensor& value, const std::string& name, const std::string& aggregation = "mean");
  virtual void add_metric(const Metric& metric, const Tensor& value);
  // "loss" first; known once the model was built and compiled.
  std::vector<std::string> metrics_names();
  void reset_metrics();
  // Keras's attribute of the name: a callback sets it, and fit ends after the epoch (Keras 2.2) or the batch. fit
  // begins with false.
  bool stop_training() const { return stop_training_; }
  void set_stop_training(bool stop) { stop_training_ = stop; }
  // Throws RuntimeError when not compiled.
  const Optimizer& optimizer() const;
  // The engine's own: what fit, evaluate and saving work on. Throws RuntimeError when not compiled.
  training::Trainer& trainer() const;

  // Of all stateful layers.
  void reset_states() override;

  using Layer::build;
  // By hand, for a batch of this shape. Throws ValueError when the model cannot be called so.
  void build(const Shape& input_shape) override;

  // Text as tf.keras 2.15 prints it. Throws ValueError when the model is not built.
  std::string summary(const SummaryOptions& options = {}) const;

  // Keras's to_json, in the dialect of `target` ("tf2.2", "tf2.15", "keras3"; default: the model's own). Throws
  // ValueError naming the layer when that Keras has no such layer or setting.
  std::string to_json(const std::string& target = "") const;
  // models::save_model, save_weights and load_weights of hornbeam/saving.hpp.
  void save(const std::string& path) const;
  void save(const std::string& path, const SaveOptions& options) const;
  void save_weights(const std::string& path) const;
  void save_weights(const std::string& path, const SaveWeightsOptions& options) const;
  // The status is that of a checkpoint.
  train::CheckpointStatus load_weights(const std::string& path);
  train::CheckpointStatus load_weights(const std::string& path, const LoadWeightsOptions& options);

  // Names of the inputs and outputs (functional models; empty otherwise).
  virtual std::vector<std::string> input_names() const { return {}; }
  virtual std::vector<std::string> output_names() const { return {}; }
  // Specs of the inputs when known (functional and built models).
  virtual Values symbolic_inputs() const { return {}; }
  virtual Values symbolic_outputs() const { return {}; }
  // Keras's names of the same.
  Values inputs() const { return symbolic_inputs(); }
  Values outputs() const { return symbolic_outputs(); }

  // The Keras generation the model came from, or is meant for: of new models the one in force (TargetScope).
  const std::string& target() const { return target_; }
  void set_target(std::string target) { target_ = std::move(target); }
  // "keras_version" of the file it came from ("2.3.0-tf", "2.15.0"); empty for models made here and for Keras 3's.
  const std::string& keras_version() const { return keras_version_; }
  void set_keras_version(std::string version) { keras_version_ = std::move(version); }
  // training_config of the file it came from, as it stood (null when not compiled).
  const Config& training_config() const { return training_config_; }
  void set_training_config(Config config) { training_config_ = std::move(config); }
  // Throws NotImplementedError: what a subclass is made from only it can say.
  Config get_config() const override;

  // What is tracked, and `optimizer` once compiled.
  std::vector<Edge> checkpoint_children(Target target) const override;
  void prepare_checkpoint_child(const std::string& name, bool has_slots,
                                const std::vector<std::string>& its_children) override;

 protected:
  // Drops compiled functions (the topology changed).
  void reset_functions();
  // x arranged and cast to what call() takes. Functional models check names and counts.
  virtual Values arrange_inputs(const Values& x) const;
  // Arranged, and every array cast to its input's dtype as Keras's data adapters do. Throws ValueError without arrays.
  Values adapt_inputs(const Values& x) const;

 private:
  friend class training::Trainer;
  friend class StreamTrace;
  struct Compiled;
  struct Functions;
  std::shared_ptr<const StreamProgram> stream_program(std::int64_t batch) const;
  std::shared_ptr<const Compiled> compiled_for(const Values& inputs);
  std::unique_ptr<Functions> functions_;
  std::shared_ptr<training::Trainer> trainer_;
  bool stop_training_ = false;
  std::string not_compiled_because_;
  std::string target_;
  std::string keras_version_;
  Config training_config_;
};
using ModelRef = Ref<Model>;

// The built graph of layers between symbolic inputs and outputs.
class FunctionalModel : public Model {
 public:
  static constexpr const char* kClassName = "Functional";
  // Throws ValueError in Keras's words when the graph is disconnected, cyclic, or names repeat.
  FunctionalModel(const Values& inputs, const Values& outputs, const ModelOptions& options = {});
  ~FunctionalModel() override;

  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  // Its layers by number first: "layer-0", "layer_with_weights-0", ...; in Keras 3 the list "_operations".
  std::vector<Edge> checkpoint_children(Target target) const override;

  std::vector<std::shared_ptr<Layer>> layers() const override { return layers_; }
  std::vector<std::string> input_names() const override;
  std::vector<std::string> output_names() const override;
  Values symbolic_inputs() const override { return inputs_; }
  Values symbolic_outputs() const override { return outputs_; }
  // Nodes of this model's graph, an input before its use; depth as Keras counts it.
  struct PlacedNode {
    std::shared_ptr<KerasNode> node;
    int depth;
  };
  const std::vector<PlacedNode>& nodes() const { return nodes_; }
  // The graph in the order it grew, each part before the next: what the outputs need; what a config had beside that
  // (AddLoss layers and what they need); what add_loss and add_metric added.
  enum class Extent { outputs, config, all };
  std::span<const std::shared_ptr<Layer>> layers_up_to(Extent extent) const;
  std::span<const PlacedNode> nodes_up_to(Extent extent) const;
  void add_loss(const Tensor& loss) override;
  void add_metric(const Tensor& value, const std::string& name, const std::string& aggregation = "mean") override;
  void add_metric(const Metric& metric, const Tensor& value) override;
  using Model::add_loss;

 protected:
  // For Sequential, which makes its graph when the input's shape is known.
  explicit FunctionalModel(const ModelOptions& options);
  explicit FunctionalModel(const LayerOptions& options) : Model(options) {}
  void init_graph(const Values& inputs, const Values& outputs);
  // "model" up to tf.keras 2.15, "functional" in Keras 3.
  std::string naming_class() const override;
  Values arrange_inputs(const Values& x) const override;

  Values inputs_, outputs_;
  std::vector<std::shared_ptr<Layer>> layers_;
  std::vector<PlacedNode> nodes_;

 private:
  friend class DialectWriter;
  // functional_added.cpp
  void insert(std::span<const std::shared_ptr<Layer>> layers, std::span<const std::shared_ptr<KerasNode>> nodes);
  void keep_rest_of(const std::vector<std::shared_ptr<Layer>>& layers,
                    const std::vector<std::shared_ptr<KerasNode>>& calls);
  void insert_call(const std::shared_ptr<Layer>& layer, const Tensor& tensor);
  void insert_added(const std::shared_ptr<KerasNode>& call);
  struct Part {
    std::size_t layers = 0, nodes = 0;
  };
  Part outputs_part_, config_part_;                // how much of layers_ and nodes_ they are
  std::vector<std::shared_ptr<KerasNode>> added_;  // calls of AddLoss and AddMetric layers
  // input_layers and output_layers of the config it came from: dict keys are written in their order again.
  Config spelled_inputs_, spelled_outputs_;
};

// A stack of layers; builds its graph when the input's shape is known, else on first call.
class SequentialItem {
 public:
  SequentialItem(Tensor input) : input_(std::move(input)) {}
  template <class L>
  SequentialItem(const Ref<L>& layer) : layer_(layer.ptr()) {}
  SequentialItem(std::shared_ptr<Layer> layer) : layer_(std::move(layer)) {}  // as Model::layers gives them
  const Tensor& input() const { return input_; }
  const std::shared_ptr<Layer>& layer() const { return layer_; }

 private:
  Tensor input_;
  std::shared_ptr<Layer> layer_;
};

class SequentialModel : public FunctionalModel {
 public:
  static constexpr const char* kClassName = "Sequential";
  explicit SequentialModel(const std::vector<SequentialItem>& items = {}, const ModelOptions& options = {});
  explicit SequentialModel(const LayerOptions& options) : FunctionalModel(options) {}

  // Throws TypeError / ValueError in Keras's words (not a layer, names repeat, several outputs).
  void add(const SequentialItem& item);
  void pop();
  using Layer::build;
  // Built so, or by its first call, it still takes inputs of other sizes, if its layers do.
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  std::vector<std::shared_ptr<Layer>> layers() const override;  // without the InputLayer
  bool has_graph() const { return graph_ready_; }
  // Of a model that was built for its first input, without an Input or a layer's input_shape: that input's shape.
  const std::optional<Shape>& build_input_shape() const { return build_input_shape_; }
  // The stack itself, InputLayer first when there is one.
  const std::vector<std::shared_ptr<Layer>>& stack() const { return stack_; }

 protected:
  Values arrange_inputs(const Values& x) const override;

 private:
  void push(const SequentialItem& item);
  void finish();
  void make_graph(const Tensor& input);
  bool passes_graph(const Values& x) const;
  std::vector<std::shared_ptr<Layer>> stack_;
  bool graph_ready_ = false;
  std::optional<Shape> build_input_shape_;
};

class Functional : public Ref<FunctionalModel> {
 public:
  Functional(const Values& inputs, const Values& outputs, const ModelOptions& options = {})
      : Ref(std::make_shared<FunctionalModel>(inputs, outputs, options)) {}
};

class Sequential : public Ref<SequentialModel> {
 public:
  Sequential() : Ref(std::make_shared<SequentialModel>()) {}
  Sequential(std::initializer_list<SequentialItem> items, const ModelOptions& options = {})
      : Ref(std::make_shared<SequentialModel>(std::vector<SequentialItem>(items), options)) {}
  explicit Sequential(const std::vector<SequentialItem>& items, const ModelOptions& options = {})
      : Ref(std::make_shared<SequentialModel>(items, options)) {}
};

// The node of the graph that an Input makes.
class InputLayer final : public Layer {
 public:
  static constexpr const char* kClassName = "InputLayer";
  InputLayer(const Shape& batch_shape, DType dtype, const std::string& name, bool sparse = false, bool ragged = false,
             bool optional = false);
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  Config get_config() const override;
  std::string class_name() const override { return kClassName; }
  static std::shared_ptr<Layer> from_config(const Config& config);
  // Makes the layer, its node and the symbolic tensor that owns both.
  static Tensor create(const Shape& batch_shape, DType dtype, const std::string& name, bool sparse = false,
                       bool ragged = false, bool optional = false);
  // The same with a layer of its own.
  static Tensor create_like(const InputLayer& layer);

 private:
  bool sparse_, ragged_;
  bool optional_;  // Keras 3: nothing may be given for it
};

// ---- process-wide settings (keras.backend) ----
namespace backend {
// "float32" unless set. Throws ValueError on another than float16, bfloat16, float32, float64.
std::string floatx();
void set_floatx(const std::string& dtype);
double epsilon();  // 1e-7 unless set
void set_epsilon(double value);
// What layers take as `data_format` when they are not told: "channels_last" unless set. Throws ValueError on another
// than channels_last, channels_first.
std::string image_data_format();
void set_image_data_format(const std::string& data_format);
// Default names start anew ("dense", "dense_1", ...), as keras.backend.clear_session.
void clear_session();
// The next default name for a class: "dense", then "dense_1".
std::string unique_layer_name(const std::string& class_name);
}  // namespace backend
namespace utils {
// Seeds every generator of the library (keras.utils.set_random_seed).
void set_random_seed(std::int64_t seed);
}  // namespace utils

struct CloneOptions {
  // Symbolic tensors to build on instead of new Inputs: as many as the model has inputs.
  Values input_tensors = {};
  // What takes the place of each layer (but the InputLayers'): it may be the layer itself, to share it. Default: a new
  // layer from its config.
  std::function<LayerRef(const LayerRef& layer)> clone_function = {};
};

namespace models {
// A new model with the same topology and fresh weights (keras.models.clone_model). With options for functional and
// Sequential models only: throws ValueError in Keras's words for others.
ModelRef clone_model(const Model& model, const CloneOptions& options = {});
// Any dialect of Keras's config or to_json text. Throws ValueError / FormatError.
ModelRef model_from_json(const std::string& json);
ModelRef model_from_config(const Config& config);
}  // namespace models

}  // namespace hornbeam
