#include "keras/engine/op_layer.h"

#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/op_functions.h"
#include "keras/engine/tensorflow_op_layer.h"

namespace hornbeam {
namespace {

// A call of a named function on tensors.
class FunctionLayer : public OpLayer {
 public:
  Values call(const Values& inputs, CallContext& context) override {
    return call_op_function(function_, what(), inputs, context.options(), settings());
  }
  OpForm form(const KerasNode& node) const override {
    return form_of_call(class_name() + " layer '" + name() + "'", function_, node.inputs, node.options, settings());
  }

 protected:
  FunctionLayer(const OpFunction& function, const LayerOptions& options) : OpLayer(options), function_(function) {
    autocast_ = false;
    supports_masking_ = false;
  }
  virtual std::string what() const = 0;
  virtual const Config& settings() const = 0;
  const OpFunction& function() const { return function_; }

 private:
  const OpFunction& function_;
};

// tf.keras 2.4 to 2.15: TFOpLambda, and SlicingOpLambda for x[...].
class TFOpLambdaLayer final : public FunctionLayer {
 public:
  TFOpLambdaLayer(const char* class_name, const OpFunction& f, const LayerOptions& options)
      : FunctionLayer(f, options), class_name_(class_name) {}

  Config get_config() const override {
    return Config{
        {"name", name()}, {"trainable", trainable()}, {"dtype", dtype_policy()}, {"function", function().name}};
  }
  std::string class_name() const override { return class_name_; }

 private:
  std::string what() const override { return std::string("tf.") + function().name + " of layer \"" + name() + "\""; }
  const Config& settings() const override {
    static const auto none = Config::dict();
    return none;
  }
  const char* class_name_;
};

// Keras 3's operations.
class OperationLayer final : public FunctionLayer {
 public:
  OperationLayer(const OpFunction& f, const LayerOptions& options, Config settings)
      : FunctionLayer(f, options), settings_(std::move(settings)) {}

  Config get_config() const override {
    Config config{{"name", name()}};
    for (const auto& [key, value] : settings_.as_dict()) config.set(key, value);
    for (const auto& p : function().parameter_list()) {
      // A layer's dtype that is null is not kept; an operation's is an argument.
      if ((p.only || p.name == "dtype") && !config.has(p.name)) config.set(p.name, p.fallback);
    }
    return config;
  }
  std::string class_name() const override { return function().name; }

 private:
  std::string what() const override { return class_name() + " \"" + name() + "\""; }
  const Config& settings() const override { return settings_; }
  Config settings_;
};

LayerFactory tf_op_lambda(const char* class_name) {
  return [class_name](const Config& config) -> std::shared_ptr<Layer> {
    const auto& name = config.at("function").as_string();
    const auto* function = name.starts_with("ops>") ? nullptr : find_op_function(name);
    if (!function) {
      throw NotImplementedError(std::string(class_name) + " of tf." + name + " is not yet supported (layer \"" +
                                config.get_string("name", "") + "\").");
    }
    return std::make_shared<TFOpLambdaLayer>(class_name, *function, layer_options_from(config));
  };
}

LayerFactory operation(const OpFunction& function) {
  return [&function](const Config& config) -> std::shared_ptr<Layer> {
    auto settings = config;
    settings.erase("name");
    LayerOptions options;
    if (const auto* name = config.find("name"); name && name->is_string()) options.name = name->as_string();
    return std::make_shared<OperationLayer>(function, options, std::move(settings));
  };
}

constexpr std::int64_t kBiggestConstant = 1 << 16;  // elements; a config holds them as text
bool is_constant(const Tensor& t) {
  return t.is_concrete() && t.dtype() != DType::string && t.num_elements() <= kBiggestConstant;
}

// An argument the function does not have may only say what is so without it: None, False, or the name of the op.
void check_arguments(const std::string& what, const std::vector<OpParameter>& parameters, const Config& given) {
  if (!given.is_dict()) return;
  for (const auto& [key, value] : given.as_dict()) {
    if (key == "name" || value.is_null() || value == Config(false)) continue;
    const auto it = std::ranges::find_if(parameters, [&, k = key](const OpParameter& p) { return p.name == k; });
    const bool known = it == parameters.end() ? key.starts_with("arg") : !it->only || value.equivalent(it->fallback);
    if (!known) throw NotImplementedError(what + ": " + key + " = " + value.dump() + " is not yet supported");
  }
}

}  // namespace

Values call_op_function(const OpFunction& function, const std::string& what, const Values& inputs,
                        const CallOptions& options, const Config& settings) {
  const auto parameters = function.parameter_list();
  check_arguments(what, parameters, options.kwargs);
  check_arguments(what, parameters, settings);
  const OpCall arguments(what, function.parameter_names(), inputs, options, settings);
  if (function.call) return function.call(arguments);
  if (parameters.size() == 1) return call_op1(function.op, {arguments.tensor(0)});
  return call_op1(function.op, {arguments.tensor(0), arguments.tensor(1)});
}

std::vector<Tensor> record_op_layer(const OpDef& op, std::span<const Tensor> inputs, const Attrs& attrs) {
  const bool usual = std::ranges::all_of(inputs, [](const Tensor& t) { return is_keras_tensor(t) || is_constant(t); });
  const auto form = usual ? form_of_op(op, inputs, attrs) : std::nullopt;
  if (!form) return record_tensorflow_op(op, inputs, attrs);
  const auto name = backend::unique_layer_name(std::string("tf.") + form->function->name);
  const auto layer =
      std::make_shared<TFOpLambdaLayer>(op_lambda_class(*form->function), *form->function, LayerOptions{.name = name});
  const auto arguments = tf_arguments(*form);
  return (*layer)(arguments.inputs, arguments.options).flatten();
}

void register_operation(const OpFunction& function) { register_layer(function.name, operation(function)); }

void register_op_layers() {
  register_layer("TFOpLambda", tf_op_lambda("TFOpLambda"));
  register_layer("SlicingOpLambda", tf_op_lambda("SlicingOpLambda"));
  register_layer(TensorFlowOpLayer::kClassName, TensorFlowOpLayer::from_config);
}

}  // namespace hornbeam

HB_REGISTER(op_layer) { hornbeam::register_op_layers(); }
