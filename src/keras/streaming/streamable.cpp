#include "keras/streaming/streamable.h"

#include <algorithm>
#include <typeindex>
#include <typeinfo>

#include "hornbeam/layers.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/layers/recurrent/cudnn_rnn.h"

namespace hornbeam {
namespace {

// Of exactly these classes: what derives from them may do anything.
template <class... Layers>
bool is_one_of(const Layer& layer) {
  const std::type_index type(typeid(layer));
  return ((type == typeid(Layers)) || ...);
}

// Is dim 1 none of the axes that the layer works on?
bool leaves_time(const Layer& layer, std::size_t rank) {
  const auto config = layer.get_config();
  const auto* axes = config.find("axis");
  if (!axes || axes->is_null()) return false;
  const auto n = static_cast<std::int64_t>(rank);
  const auto list = axes->as_ints();
  return std::none_of(list.begin(), list.end(), [n](std::int64_t a) { return a == 1 || a == 1 - n; });
}

bool all_ones(const Config& config, const char* key) {
  const auto list = config.at(key).as_ints();
  return std::all_of(list.begin(), list.end(), [](std::int64_t s) { return s == 1; });
}

StreamKind kind_of_conv(const Layer& layer) {
  const auto config = layer.get_config();
  if (config.at("data_format").as_string() == "channels_first") {
    refuse_to_stream(layer, "its input is channels_first, which has the time in its last dim.");
  }
  if (!all_ones(config, "strides")) refuse_to_stream(layer, "its strides are not 1: not every step gives an output.");
  if (all_ones(config, "kernel_size")) return StreamKind::each_step;
  const auto padding = config.at("padding").as_string();
  if (padding == "causal") return StreamKind::stateful;
  refuse_to_stream(layer, "its padding is '" + padding +
                              "': its outputs depend on steps to come. Only convolutions with padding 'causal' wait "
                              "for none.");
}

StreamKind kind_of_rnn(const RNNLayer& rnn) {
  if (rnn.flags().go_backwards) refuse_to_stream(rnn, "go_backwards begins with the last step, which is yet to come.");
  if (rnn.flags().time_major)
    refuse_to_stream(rnn, "its input is time_major: the time must be dim 1, after the batch.");
  return StreamKind::stateful;
}

}  // namespace

void refuse_to_stream(const Layer& layer, const std::string& why) {
  throw ValueError("Layer '" + layer.name() + "' (" + layer.class_name() + ") cannot be streamed: " + why);
}

StreamKind stream_kind(const KerasNode& node) {
  const auto& layer = *node.layer;
  const auto rank = node.inputs.flatten().at(0).rank();
  if (const auto* rnn = dynamic_cast<const RNNLayer*>(&layer)) {
    if (is_one_of<RNNLayer, SimpleRNNLayer, LSTMLayer, GRULayer, CuDNNLSTMLayer, CuDNNGRULayer, ConvLSTM1DLayer,
                  ConvLSTM2DLayer, ConvLSTM3DLayer>(layer)) {
      return kind_of_rnn(*rnn);
    }
    refuse_to_stream(layer, "it is a recurrent layer of your own, which may look at steps to come.");
  }
  if (dynamic_cast<const BidirectionalLayer*>(&layer)) {
    refuse_to_stream(layer, "one of its directions begins with the last step, which is yet to come.");
  }
  if (is_one_of<EmbeddingLayer>(layer)) return StreamKind::each_step;
  if (rank < 3) refuse_to_stream(layer, "its input has no dims after the batch and the time.");
  if (is_one_of<Conv1DLayer, SeparableConv1DLayer>(layer)) return kind_of_conv(layer);
  if (is_one_of<TimeDistributedLayer>(layer) && layer.stateful()) {
    refuse_to_stream(layer, "the layer it holds is stateful: its states would belong to the model.");
  }
  const bool by_itself =
      is_one_of<ActivationLayer, ActivityRegularizationLayer, AddLayer, AlphaDropoutLayer, AverageLayer, DenseLayer,
                DropoutLayer, ELULayer, GaussianDropoutLayer, GaussianNoiseLayer, IdentityLayer, LeakyReLULayer,
                MaskingLayer, MaximumLayer, MinimumLayer, MultiplyLayer, ReLULayer, RescalingLayer,
                SpatialDropout1DLayer, SubtractLayer, ThresholdedReLULayer, TimeDistributedLayer>(layer) ||
      (is_one_of<BatchNormalizationLayer, ConcatenateLayer, LayerNormalizationLayer, NormalizationLayer, SoftmaxLayer>(
           layer) &&
       leaves_time(layer, rank));
  if (!by_itself) {
    refuse_to_stream(layer,
                     "it is not known to treat each step of a sequence by itself. If it does, wrap it in "
                     "TimeDistributed.");
  }
  return StreamKind::each_step;
}

}  // namespace hornbeam
