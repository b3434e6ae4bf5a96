// The order of keys where it is not the one of tf.keras 2.15.
#include <map>
#include <string>

#include "keras/serialization/dialect_tables.h"

namespace hornbeam {
namespace {

struct OrderRow {
  const char* classes;
  const char* keys;  // in that dialect's names; keys that are not listed come after
};

constexpr const char* kSeparable =
    "name trainable dtype filters kernel_size strides padding data_format dilation_rate groups activation use_bias "
    "kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint "
    "bias_constraint depth_multiplier depthwise_initializer pointwise_initializer depthwise_regularizer "
    "pointwise_regularizer depthwise_constraint pointwise_constraint";

constexpr OrderRow kKeras2[] = {
    {"SeparableConv1D SeparableConv2D", kSeparable},
    {"L1L2", "l1 l2"},
    {"DepthwiseConv1D DepthwiseConv2D",
     "name trainable dtype kernel_size strides padding data_format dilation_rate groups"},
};

constexpr OrderRow kKeras3[] = {
    {"Attention AdditiveAttention", "name trainable dtype use_scale score_mode dropout"},
    {"AveragePooling1D MaxPooling1D", "name trainable dtype pool_size padding strides data_format"},
    {"BatchNormalization",
     "name trainable dtype axis momentum epsilon center scale beta_initializer gamma_initializer "
     "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint "
     "gamma_constraint synchronized renorm renorm_clipping renorm_momentum"},
    {"Bidirectional", "name trainable dtype merge_mode layer backward_layer"},
    {"CenterCrop RandomCrop Resizing", "name trainable dtype data_format bounding_box_format height width"},
    {"Conv1DTranspose Conv2DTranspose Conv3DTranspose",
     "name trainable dtype filters kernel_size strides padding output_padding data_format dilation_rate"},
    {"ConvLSTM1D ConvLSTM2D ConvLSTM3D",
     "name trainable dtype return_sequences return_state go_backwards stateful unroll zero_output_for_mask filters "
     "kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias "
     "kernel_initializer recurrent_initializer bias_initializer unit_forget_bias"},
    {"DepthwiseConv1D DepthwiseConv2D",
     "name trainable dtype depth_multiplier kernel_size strides padding data_format dilation_rate activation use_bias "
     "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer activity_regularizer "
     "depthwise_constraint bias_constraint"},
    {"Discretization", "bin_boundaries num_bins epsilon output_mode sparse name dtype"},
    {"AlphaDropout Dropout", "name trainable dtype rate seed noise_shape"},
    {"ELU", "name alpha trainable dtype"},
    {"HashedCrossing", "num_bins output_mode sparse name dtype"},
    {"L1L2", "l1 l2"},
    {"Layer", "name activity_regularizer trainable dtype autocast"},
    {"LSTM GRU SimpleRNN RNN",
     "name trainable dtype return_sequences return_state go_backwards stateful unroll zero_output_for_mask"},
    {"LSTMCell",
     "name trainable dtype units activation recurrent_activation use_bias unit_forget_bias kernel_initializer "
     "recurrent_initializer bias_initializer"},
    {"LayerNormalization", "name trainable dtype axis epsilon center scale rms_scaling"},
    {"MultiHeadAttention",
     "name trainable dtype num_heads key_dim value_dim dropout use_bias use_gate output_shape attention_axes "
     "sliding_window"},
    {"Orthogonal", "seed gain"},
    {"RandomNormal TruncatedNormal", "seed mean stddev"},
    {"RandomUniform", "seed minval maxval"},
    {"RandomBrightness RandomContrast", "name trainable dtype data_format bounding_box_format factor value_range seed"},
    {"RandomFlip", "name trainable dtype data_format bounding_box_format seed mode"},
    {"RandomRotation", "name trainable dtype data_format bounding_box_format"},
    {"RandomShear",
     "name trainable dtype data_format bounding_box_format x_factor y_factor fill_mode interpolation seed fill_value"},
    {"Pipeline", "layers name"},
    {"RandomTranslation RandomZoom",
     "name trainable dtype data_format bounding_box_format height_factor width_factor fill_mode interpolation seed "
     "fill_value"},
    {"ReversibleEmbedding",
     "name trainable dtype input_dim output_dim embeddings_initializer embeddings_regularizer activity_regularizer "
     "embeddings_constraint mask_zero quantization_config"},
    {"SeparableConv1D SeparableConv2D",
     "name trainable dtype depth_multiplier filters kernel_size strides padding data_format dilation_rate activation "
     "use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer "
     "pointwise_regularizer bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint "
     "bias_constraint"},
    {"SpatialDropout1D SpatialDropout2D SpatialDropout3D", "rate seed name dtype data_format"},
    {"StringLookup IntegerLookup",
     "name trainable dtype invert max_tokens num_oov_indices oov_token mask_token output_mode sparse pad_to_max_tokens "
     "vocabulary_dtype idf_weights vocabulary vocabulary_size oov_method salt encoding"},
    {"VarianceScaling", "seed scale mode distribution"},
};

using Orders = std::map<std::string, std::vector<std::string>, std::less<>>;

template <std::size_t N>
Orders read(const OrderRow (&rows)[N]) {
  Orders orders;
  for (const auto& row : rows) {
    for (const auto& name : words_of(row.classes)) orders[name] = words_of(row.keys);
  }
  return orders;
}

const std::vector<std::string>* order_of(std::string_view class_name, Target target) {
  static const Orders keras2 = read(kKeras2), keras3 = read(kKeras3);
  const auto& orders = target == Target::keras3 ? keras3 : keras2;
  const auto it = orders.find(class_name);
  return it == orders.end() ? nullptr : &it->second;
}

// The key to stand right after another, when the config has both.
void move_after(std::string_view other, std::string_view key, Config& config) {
  const auto* found = config.find(key);
  if (!found || !config.has(other)) return;
  auto out = Config::dict();
  for (const auto& [name, value] : config.as_dict()) {
    if (name != key) out.set(name, value);
    if (name == other) out.set(key, *found);
  }
  config = std::move(out);
}

}  // namespace

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (end > 0) out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

void order_keys(std::string_view class_name, Target target, Config& config) {
  if (const auto* order = order_of(class_name, target)) {
    auto out = Config::dict();
    for (const auto& key : *order) {
      if (const auto* value = config.find(key)) out.set(key, *value);
    }
    for (const auto& [key, value] : config.as_dict()) {
      if (!out.has(key)) out.set(key, value);
    }
    config = std::move(out);
  }
  if (class_name == "InputLayer" || (class_name == "Layer" && target == Target::keras3)) return;
  move_after(target == Target::tf22 ? "trainable" : "dtype", "batch_input_shape", config);
  move_after("quantization_config", "lora_rank", config);
  move_after("lora_rank", "lora_alpha", config);
  // Keras 3's base class says it of all layers that have one.
  if (const auto* regularizer = config.find("activity_regularizer");
      target == Target::keras3 && regularizer && !regularizer->is_null()) {
    move_after("dtype", "activity_regularizer", config);
  }
}

}  // namespace hornbeam
