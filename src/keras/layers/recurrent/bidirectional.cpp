#include "hornbeam/layers/bidirectional.hpp"

#include <array>

#include "hornbeam/layers/recurrent.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/recurrent/rnn_config.h"
#include "keras/layers/recurrent/split_inputs.h"
#include "keras/layers/register.h"
#include "keras/serialization/dialect.h"
#include "ops/ragged/ragged.h"

namespace hornbeam {
namespace {

constexpr const char* kForward = "forward_";
constexpr const char* kBackward = "backward_";

bool known_mode(const std::optional<std::string>& mode) {
  constexpr std::array<std::string_view, 4> kModes{"sum", "mul", "ave", "concat"};
  return !mode || std::find(kModes.begin(), kModes.end(), *mode) != kModes.end();
}

Config mirrored(Config object) {
  auto& config = *object.find("config");
  const auto* backwards = config.find("go_backwards");
  config.set("go_backwards", !(backwards && backwards->as_bool()));
  return object;
}

// Before the layer is made: Keras 3 builds it at once, and weights are named after it.
Config named(Config object, const std::string& name) {
  object.find("config")->set("name", name);
  return object;
}

}  // namespace

BidirectionalLayer::BidirectionalLayer(const Ref<RNNLayer>& layer, const BidirectionalOptions& options)
    : Layer(options.layer()), merge_mode_(options.merge_mode) {
  if (!layer) throw ValueError("Please initialize `Bidirectional` layer with a `Layer` instance. You passed: None");
  make_layers(layers::serialize(*layer),
              options.backward_layer ? layers::serialize(*options.backward_layer) : Config());
}

void BidirectionalLayer::make_layers(const Config& layer, const Config& backward) {
  if (!known_mode(merge_mode_)) {
    throw ValueError("Invalid merge mode. Merge mode should be one of {\"sum\", \"mul\", \"ave\", \"concat\", None}");
  }
  auto unbuilt = layer;
  unbuilt.erase("build_config");
  original_ = nested_rnn(unbuilt, kClassName);
  forward_ = nested_rnn(named(layer, kForward + original_->name()), kClassName);
  if (backward.is_null()) {
    backward_ = nested_rnn(named(mirrored(layer), kBackward + original_->name()), kClassName);
  } else {
    backward_ = nested_rnn(backward, kClassName);
    original_backward_ = layers::serialize(*backward_);
    // Keras 3 leaves the name that was given.
    if (current_generation() != Generation::keras3) backward_->set_name(kBackward + backward_->name());
  }
  check_layers();
  if (dynamic_cast<const BuiltinRNNLayer*>(forward_.ptr().get())) input_spec_ = {{.ndim = 3}};
  for (const auto& rnn : {forward_, backward_}) rnn->set_zero_output_for_mask(rnn->flags().return_sequences);
  track("forward_layer", forward_);
  track("backward_layer", backward_);
  supports_masking_ = true;
  stateful_ = forward_->stateful();
  ragged_inputs_ = RaggedInputs::taken;
}

void BidirectionalLayer::check_layers() const {
  const auto &forward = forward_->flags(), &backward = backward_->flags();
  if (forward.go_backwards == backward.go_backwards) {
    throw ValueError("Forward layer and backward layer should have different `go_backwards` value.");
  }
  const auto same = [](const char* attribute, bool f, bool b) {
    if (f == b) return;
    const auto text = [](bool v) { return v ? "True" : "False"; };
    throw ValueError("Forward layer and backward layer are expected to have the same value for attribute " +
                     std::string(attribute) + ", got " + text(f) + " and " + text(b));
  };
  same("stateful", forward.stateful, backward.stateful);
  same("return_sequences", forward.return_sequences, backward.return_sequences);
  same("return_state", forward.return_state, backward.return_state);
}

std::optional<Layer::Call> BidirectionalLayer::arranged(const Values& inputs, const CallOptions& options) {
  auto call = split_inputs(inputs, options, num_constants_);
  const auto& arguments = call ? call->options : options;
  if (const auto at = arguments.tensors.find("constants"); at != arguments.tensors.end()) {
    num_constants_ = static_cast<std::int64_t>(at->second.flatten().size());
  }
  if (arguments.initial_state.flatten().size() % 2 != 0) {
    throw ValueError(
        "When passing `initial_state` to a Bidirectional RNN, the state should be a list containing the states of the "
        "underlying RNNs. Found: " +
        shapes_text(arguments.initial_state.flatten()));
  }
  return call;
}

void BidirectionalLayer::build(const std::vector<Shape>& input_shapes) {
  forward_->ensure_built(input_shapes);
  backward_->ensure_built(input_shapes);
}

Values BidirectionalLayer::call(const Values& inputs, CallContext& context) {
  CallOptions forward, backward;
  forward.tensors = backward.tensors = context.options().tensors;
  if (const auto mask = context.mask(0); mask.defined()) forward.mask = backward.mask = mask;
  if (const auto states = context.initial_state().flatten(); !states.empty()) {
    const auto half = states.begin() + static_cast<std::ptrdiff_t>(states.size() / 2);
    forward.initial_state = Values(std::vector<Tensor>(states.begin(), half));
    backward.initial_state = Values(std::vector<Tensor>(half, states.end()));
  }
  const auto y = forward_(inputs, forward), y_reversed = backward_(inputs, backward);
  if (!forward_->flags().return_state) return merged(y, y_reversed);

  const auto output = merged(y[0], y_reversed[0]);
  Values::List list;
  if (merge_mode_) {
    list.push_back(output);
  } else {
    list = output.list();
  }
  for (const auto* all : {&y, &y_reversed}) list.insert(list.end(), all->list().begin() + 1, all->list().end());
  return Values(std::move(list));
}

// Without the masks they carry: compute_mask says what is true of the outputs.
Values BidirectionalLayer::merged(const Values& forward, const Values& backward) const {
  const auto y = forward.tensor();
  auto y_reversed = backward.tensor();
  const auto& flags = forward_->flags();
  if (flags.return_sequences) {
    y_reversed = is_ragged(y_reversed) ? reversed_rows(RaggedTensor(y_reversed))
                                       : ops::reverse(y_reversed, {flags.time_major ? 0 : 1});
  }
  if (!merge_mode_) return Values{y, y_reversed};
  if (*merge_mode_ == "sum") return y + y_reversed;
  if (*merge_mode_ == "ave") return (y + y_reversed) / 2;
  if (*merge_mode_ == "mul") return y * y_reversed;
  return is_ragged(y) ? concat_ragged({y, y_reversed}, -1) : ops::concat({y, y_reversed}, -1);
}

std::vector<Tensor> BidirectionalLayer::compute_mask(const Values&, const std::vector<Tensor>& masks) {
  if (!forward_->flags().return_sequences || masks.empty()) return {};
  return std::vector<Tensor>(merge_mode_ ? 1 : 2, masks[0]);
}

void BidirectionalLayer::reset_states() {
  if (!stateful_) throw AttributeError("Layer must be stateful.");
  forward_->reset_states();
  backward_->reset_states();
}

Config BidirectionalLayer::get_config() const {
  auto config = Layer::get_config();
  config.set("layer", layers::serialize(*original_));
  config.set("merge_mode", field_to_config(merge_mode_));
  if (num_constants_ != 0) config.set("num_constants", num_constants_);
  if (!original_backward_.is_null()) config.set("backward_layer", original_backward_);
  return config;
}

std::shared_ptr<Layer> BidirectionalLayer::from_config(const Config& config) {
  const auto layer = std::make_shared<BidirectionalLayer>(layer_options_from(config));
  std::set<std::string, std::less<>> known{"layer", "backward_layer"};
  const FieldReader read{config, kClassName, known};
  read("merge_mode", layer->merge_mode_);
  read("num_constants", layer->num_constants_);
  check_unknown_keys(config, kClassName, known);
  const auto* backward = config.find("backward_layer");
  layer->make_layers(config.at("layer"), backward ? *backward : Config());
  return layer;
}

}  // namespace hornbeam

HB_REGISTER(layer_bidirectional) {
  hornbeam::register_layer(hornbeam::BidirectionalLayer::kClassName, hornbeam::BidirectionalLayer::from_config);
}
