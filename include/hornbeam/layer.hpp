// Layer: the class users subclass, and the shared handle they hold it by.
//
// Mirrors keras.layers.Layer. A layer lives on the heap behind a Ref; copies of a Ref share it. Weights are made by
// build(), once, when the layer first sees an input; call() computes. operator() is the one door in.
//
//   class Linear : public hb::Layer {
//    public:
//     explicit Linear(std::int64_t units) : units_(units) {}
//     void build(const hb::Shape& s) override {
//       w_ = add_weight("w", {s.back(), units_});
//       b_ = add_weight("b", {units_}, {.initializer = "zeros"});
//     }
//     hb::Values call(const hb::Values& x, hb::CallContext&) override { return hb::ops::matmul(x, w_) + b_; }
//   };
//   auto layer = hb::make<Linear>(4);
//
// Thread-safety: after build, calls are safe from several threads; building, training and assigning need external
// locking.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/constraints.hpp"
#include "hornbeam/initializers.hpp"
#include "hornbeam/regularizers.hpp"
#include "hornbeam/trackable.hpp"
#include "hornbeam/values.hpp"
#include "hornbeam/variable.hpp"

namespace hornbeam {

class Layer;
class Metric;
struct KerasNode;

// Keyword arguments of a call: layer(x, {.training = true}).
struct CallOptions {
  std::optional<bool> training = {};
  Values mask = {};           // overrides the masks the inputs carry
  Values initial_state = {};  // recurrent layers
  // Further keyword arguments of layers whose call takes them ("value" and "key" of attention, say), as Keras names
  // them.
  std::map<std::string, Values> tensors = {};
  Config kwargs = {};  // plain data keyword arguments, as they stand in a functional config
};

// What call() may ask for beside its inputs.
class CallContext {
 public:
  CallContext(const CallOptions& options, bool training) : options_(options), training_(training) {}
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  // Reading it during a trace is what makes a layer "expect" training.
  bool training() {
    read_training_ = true;
    return training_;
  }
  // The mask of the i-th input leaf (from the inputs, or given in the call); undefined when there is none.
  Tensor mask(std::size_t i = 0) const;
  const Values& initial_state() const { return options_.initial_state; }
  const CallOptions& options() const { return options_; }
  // Adds a scalar to the model's loss, as Layer.add_loss does in call.
  void add_loss(const Tensor& loss);
  // Adds a metric to the model's, as Layer.add_metric does in call: the mean of all elements over the batches. Called
  // again under one name in the same layer, it adds to the same mean. Throws ValueError on another aggregation.
  void add_metric(const Tensor& value, const std::string& name, const std::string& aggregation = "mean");
  // The same by a metric of the layer's own (metrics::Mean() or another of one argument), which it updates with
  // `value`.
  void add_metric(const Metric& metric, const Tensor& value);
  // After the step: variable = variable * momentum + value * (1 - momentum).
  void update_moving_average(const Variable& variable, const Tensor& value, double momentum);
  bool read_training() const { return read_training_; }

  std::vector<Tensor> masks;  // of the flattened inputs

 private:
  const CallOptions& options_;
  bool training_;
  bool read_training_ = false;
};

// Shared handle to a heap-allocated layer. Constness is that of the handle, as in Python.
template <class L>
class Ref {
 public:
  Ref() = default;
  Ref(std::shared_ptr<L> p) : p_(std::move(p)) {}
  template <class D>
  requires std::is_convertible_v<D*, L*> Ref(const Ref<D>& other) : p_(other.ptr()) {}
  Values operator()(const Values& inputs, const CallOptions& options = {}) const;
  L* operator->() const { return p_.get(); }
  L& operator*() const { return *p_; }
  const std::shared_ptr<L>& ptr() const { return p_; }
  // Of built-in classes: Dense::from_config(config). Any dialect's config; throws as layers::deserialize.
  static Ref from_config(const Config& config);
  explicit operator bool() const { return p_ != nullptr; }
  friend bool operator==(const Ref&, const Ref&) = default;

 private:
  std::shared_ptr<L> p_;
};
using LayerRef = Ref<Layer>;

template <class L, class... Args>
Ref<L> make(Args&&... args) {
  return Ref<L>(std::make_shared<L>(std::forward<Args>(args)...));
}

// The keywords every layer's constructor takes. Option structs end with these by HB_LAYER_OPTIONS, because designators
// cannot reach base-class fields.
struct LayerOptions {
  std::optional<std::string> name = {};
  std::optional<std::string> dtype = {};  // a policy: "float32", "float64", "mixed_float16", ...
  bool trainable = true;
  // Of a model's first layer: the shape of its input, without and with the batch.
  std::optional<Shape> input_shape = {};
  std::optional<Shape> batch_input_shape = {};
};
#define HB_LAYER_OPTIONS                                   \
  std::optional<std::string> name = {};                    \
  std::optional<std::string> dtype = {};                   \
  bool trainable = true;                                   \
  std::optional<::hornbeam::Shape> input_shape = {};       \
  std::optional<::hornbeam::Shape> batch_input_shape = {}; \
  ::hornbeam::LayerOptions layer() const { return {name, dtype, trainable, input_shape, batch_input_shape}; }

struct WeightOptions {
  Initializer initializer = {};  // default: glorot_uniform for floats, zeros for the rest
  Regularizer regularizer = {};
  Constraint constraint = {};
  bool trainable = true;
  std::optional<DType> dtype = {};  // default: the layer's variable dtype
};

// What a layer demands of an input (keras.layers.InputSpec). Checked before every call; a mismatch throws ValueError.
struct InputSpec {
  std::optional<std::size_t> ndim = {};
  std::optional<std::size_t> min_ndim = {};
  std::optional<std::size_t> max_ndim = {};
  std::vector<std::pair<std::int64_t, std::int64_t>> axes = {};  // axis -> required size
};

class Layer : public Trackable, public std::enable_shared_from_this<Layer> {
 public:
  explicit Layer(const LayerOptions& options = {});
  explicit Layer(const std::string& name) : Layer(LayerOptions{.name = name}) {}
  ~Layer() override;

  // ---- to override ----
  // Makes the weights. The first form is called for one input, the second for several (default: calls the first with
  // the first shape). Dims may be None. Called by hand before the first use, it makes them then: once, either way.
  virtual void build(const Shape& input_shape);
  virtual void build(const std::vector<Shape>& input_shapes);
  virtual Values call(const Values& inputs, CallContext& context) = 0;
  // The mask(s) of the outputs, given the inputs' (undefined where there is none). Default: passes the first on when
  // `supports_masking`, none otherwise.
  virtual std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks);
  // Where a layer takes its arguments in several forms: the same call in the one form that call() knows. Nothing: they
  // are in it already.
  struct Call {
    Values inputs;
    CallOptions options;
  };
  virtual std::optional<Call> arranged(const Values& inputs, const CallOptions& options);
  // Of stateful layers (and models of such): the states become zeros again.
  virtual void reset_states() {}
  // Keras 3's layer.quantize(): weights become small integers or are rounded to 8 bits, `mode` is "int8", "int4" or
  // "float8". Dense, EinsumDense, Embedding and ReversibleEmbedding can (hornbeam/quantizers.hpp has the configs);
  // others throw NotImplementedError. Of a model: all layers in it that can. Throws ValueError in Keras's words.
  virtual void quantize(const std::string& mode, const Config& config = {});
  // In Keras 2.15's terms (legacy dialect); saving translates to other dialects. Default: name, trainable, dtype.
  virtual Config get_config() const;
  // Unqualified type name unless overridden: a built-in DenseLayer says "Dense".
  virtual std::string class_name() const;

  // ---- calling ----
  // Builds on first use, checks input_spec, casts to the compute dtype, calls, sets masks; on symbolic Keras tensors
  // appends a node to the functional graph. Throws ValueError in Keras's words.
  Values operator()(const Values& inputs, const CallOptions& options = {});

  // Adds to the model's loss, in every step, what the function makes of this layer's variables (say), as Keras's
  // layer.add_loss(lambda: ...) does outside call. It is traced like call.
  void add_loss(std::function<Tensor()> loss) { added_losses_.push_back(std::move(loss)); }
  const std::vector<std::function<Tensor()>>& added_losses() const { return added_losses_; }

  // ---- identity ----
  // The default name is given when first asked for: "dense", "dense_1", ...
  const std::string& name() const;
  void set_name(std::string name) { name_ = std::move(name); }  // before use in a model
  bool built() const { return built_; }
  // Builds for inputs of these shapes (once).
  void ensure_built(const std::vector<Shape>& input_shapes);
  // The shapes it was built for, as configs tell them; empty when it has not been built by a call.
  const std::vector<Shape>& build_shapes() const { return build_shapes_; }
  // What the call that built it was given: dtypes and shapes without values, in their structure. Nothing when `build`
  // was called by itself.
  const Values& build_inputs() const { return build_inputs_; }
  bool trainable() const { return trainable_; }
  virtual void set_trainable(bool trainable);  // also of all sublayers, as in Keras
  const std::string& dtype_policy() const { return dtype_policy_; }
  // Of a quantised policy ("int8_from_float32"): "int8", "int4" or "float8"; else empty.
  std::string quantization_mode() const;
  DType compute_dtype() const { return compute_dtype_; }
  DType variable_dtype() const { return variable_dtype_; }
  bool supports_masking() const { return supports_masking_; }
  const std::optional<Shape>& batch_input_shape() const { return batch_input_shape_; }
  bool stateful() const { return stateful_; }
  // Did a trace of call() read ctx.training()? (What Keras finds out from call's signature.)
  bool expects_training() const { return expects_training_; }

  // ---- weights ----
  // In Keras's orders. trainable_weights is empty while `trainable` is false.
  virtual std::vector<Variable> trainable_weights() const;
  virtual std::vector<Variable> non_trainable_weights() const;
  virtual std::vector<Variable> weights() const;
  // Keras's other names of the same.
  std::vector<Variable> variables() const { return weights(); }
  std::vector<Variable> trainable_variables() const { return trainable_weights(); }
  std::vector<Variable> non_trainable_variables() const { return non_trainable_weights(); }
  std::vector<Tensor> get_weights() const;
  // Casts to the weights' dtypes. Throws ValueError in Keras's words when the count or a shape differs; then nothing is
  // assigned.
  void set_weights(const std::vector<Tensor>& values);
  // Throws ValueError when not built, as Keras does.
  std::int64_t count_params() const;
  // Layers tracked as attributes, in order (Keras's _self_tracked_trackables that are layers).
  const std::vector<std::shared_ptr<Layer>>& sublayers() const { return sublayers_; }
  // Weights made by this layer itself, with their options.
  struct Weight {
    Variable variable;
    Regularizer regularizer;
    Constraint constraint;
  };
  const std::vector<Weight>& own_weights() const { return own_weights_; }

  // ---- the functional graph ----
  // One node per call on symbolic tensors; the layer knows its nodes weakly.
  std::vector<std::shared_ptr<KerasNode>> inbound_nodes() const;
  // Symbolic input and output of the first call. Throw AttributeError in Keras's words before it.
  Values input() const;
  Values output() const;
  // Of all calls, which must agree, and of one tensor; layers of several have input_shapes. Throw AttributeError.
  Shape input_shape() const;
  Shape output_shape() const;
  std::vector<Shape> input_shapes() const;
  std::vector<Shape> output_shapes() const;
  // Of the call with this number, as inbound_nodes() has them. Throw RuntimeError before the first call, ValueError for
  // a number that no call has, both in Keras's words.
  Values get_input_at(std::size_t node_index) const;
  Values get_output_at(std::size_t node_index) const;
  std::vector<Shape> get_input_shapes_at(std::size_t node_index) const;
  std::vector<Shape> get_output_shapes_at(std::size_t node_index) const;

 protected:
  // Makes the weight and its edge `name`; call from build() or the constructor. The name is required: checkpoint keys
  // need it.
  Variable add_weight(const std::string& name, const Shape& shape, const WeightOptions& options = {});
  Variable add_variable(const std::string& name, const Shape& shape, const WeightOptions& options = {}) {
    return add_weight(name, shape, options);
  }
  // Tracks a member: its weights become this layer's. const Dense d_ = track("d", Dense(4));
  template <class H>
  H track(const std::string& attribute, H handle) {
    track_layer(attribute, handle.ptr());
    return handle;
  }
  template <class H>
  std::vector<H> track(const std::string& attribute, std::vector<H> handles) {
    std::vector<std::shared_ptr<Layer>> layers;
    for (const auto& h : handles) layers.push_back(h.ptr());
    track_layers(attribute, layers);
    return handles;
  }
  // Python's dict of layers: children by key.
  template <class H>
  std::map<std::string, H> track(const std::string& attribute, std::map<std::string, H> handles) {
    std::map<std::string, std::shared_ptr<Layer>> layers;
    for (const auto& [key, h] : handles) layers.emplace(key, h.ptr());
    track_layers(attribute, layers);
    return handles;
  }
  // A variable made elsewhere becomes one of this layer's weights, under its own name.
  Variable track(const std::string& attribute, Variable variable);
  void track_layer(const std::string& attribute, const std::shared_ptr<Layer>& layer);
  void track_layers(const std::string& attribute, const std::vector<std::shared_ptr<Layer>>& layers);
  void track_layers(const std::string& attribute, const std::map<std::string, std::shared_ptr<Layer>>& layers);
  void add_sublayer(const std::shared_ptr<Layer>& layer) { sublayers_.push_back(layer); }
  void remove_sublayers() { sublayers_.clear(); }

  // Of a quantised weight, which takes another's place.
  void remove_weight(const std::string& name);
  void set_dtype_policy(const std::string& policy);
  virtual bool has_quantized_call() const { return false; }

  // The class that the default name is made of.
  virtual std::string naming_class() const { return class_name(); }
  void set_built(bool built) { built_ = built; }
  // Is this the first call, which builds?
  bool building() const { return building_; }
  // Input checks: one spec per input; empty means anything.
  std::vector<InputSpec> input_spec_;
  bool supports_masking_ = false;
  bool stateful_ = false;
  // Cast floating inputs to the compute dtype (Keras's autocast).
  bool autocast_ = true;
  // Ragged inputs: refused in Keras's words; call() is given their flat values (which must be vectors, or more, where
  // it needs the last dim), and what it makes of each becomes ragged as they were; or call() takes them as they are.
  enum class RaggedInputs { refused, flat, flat_vectors, taken };
  RaggedInputs ragged_inputs_ = RaggedInputs::refused;
  Regularizer activity_regularizer_;

 private:
  friend class CallContext;
  friend class FunctionalModel;
  friend class Model;
  friend struct LayerAccess;  // the engine's own files
  void build_here(const std::vector<Shape>& input_shapes);
  Values call_now(const Values& inputs, const CallOptions& options);
  Values call_symbolic(const Values& inputs, const CallOptions& options);

  std::string name_;  // empty until first asked for: the constructor cannot call naming_class()
  std::string dtype_policy_;
  DType compute_dtype_ = DType::float32;
  DType variable_dtype_ = DType::float32;
  bool trainable_ = true;
  bool built_ = false;
  bool building_ = false;  // inside ensure_built
  bool expects_training_ = false;
  std::optional<Shape> batch_input_shape_;
  std::vector<Shape> build_shapes_;
  Values build_inputs_;
  std::vector<Weight> own_weights_;
  std::vector<std::function<Tensor()>> added_losses_;
  std::vector<std::shared_ptr<Layer>> sublayers_;
  std::vector<std::weak_ptr<KerasNode>> inbound_nodes_;
};

// The layer of a built-in class with this config.
std::shared_ptr<Layer> layer_of_class(const char* class_name, const Config& config);
template <class L>
Ref<L> Ref<L>::from_config(const Config& config) {
  return Ref(std::static_pointer_cast<L>(layer_of_class(L::kClassName, config)));
}

template <class L>
Values Ref<L>::operator()(const Values& inputs, const CallOptions& options) const {
  return static_cast<Layer&>(*p_)(inputs, options);
}

// const decltype(Dense(3)) dense = track("dense", Dense(3));  the member's name is the attribute's.
#define HB_ATTR(member, ...) const decltype(__VA_ARGS__) member = this->track(#member, __VA_ARGS__)

}  // namespace hornbeam
