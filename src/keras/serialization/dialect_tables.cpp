#include "keras/serialization/dialect_tables.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/serialization.hpp"

namespace hornbeam {
namespace {

// One row per classes and key; presence in tf2.2, tf2.15, keras3 and, when it differs from tf2.15, tf-keras:
// x always, - never, s when set, o dropped; w when `companion` is set.
struct KeyRow {
  const char* classes;
  const char* key;
  const char* neutral;  // JSON
  const char* presence;
  const char* companion = "";
};

constexpr const char* kGlorot = R"({"class_name": "GlorotUniform", "config": {"seed": null}})";

constexpr KeyRow kRows[] = {
    {"InputLayer", "optional", "false", "--xx"},
    {"Layer", "activity_regularizer", "null", "--x"},
    {"Layer", "autocast", "true", "--x"},
    {"Dense", "activity_regularizer", "null", "xxs"},
    {"Dense Embedding EinsumDense ReversibleEmbedding", "quantization_config", "null", "--x"},
    {"Dense EinsumDense Embedding ReversibleEmbedding Conv1D Conv2D Conv3D", "lora_rank", "null", "--s"},
    {"Dense EinsumDense Embedding ReversibleEmbedding Conv1D Conv2D Conv3D", "lora_alpha", "null", "--s"},
    {"Embedding ReversibleEmbedding", "batch_input_shape", "[null, null]", "xxo"},
    {"Embedding ReversibleEmbedding", "input_length", "null", "xxo"},
    {"Conv1D Conv2D Conv3D", "groups", "1", "-xx"},
    {"Conv1DTranspose Conv2DTranspose Conv3DTranspose", "groups", "1", "-x-"},
    {"Conv3DTranspose", "dilation_rate", "[1, 1, 1]", "--x"},
    {"DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D", "groups", "1", "-x-"},
    {"SeparableConv1D SeparableConv2D", "kernel_initializer", kGlorot, "xxo"},
    {"SeparableConv1D SeparableConv2D", "kernel_regularizer", "null", "xxo"},
    {"SeparableConv1D SeparableConv2D", "kernel_constraint", "null", "xxo"},
    {"BatchNormalization", "synchronized", "false", "-sx"},
    {"BatchNormalization SyncBatchNormalization", "renorm", "false", "ssx"},
    {"BatchNormalization SyncBatchNormalization", "renorm_clipping", "null", "wwx", "renorm"},
    {"BatchNormalization SyncBatchNormalization", "renorm_momentum", "0.99", "wwx", "renorm"},
    {"Softmax", "robust_masking", "false", "---s"},
    {"RandomBrightness RandomContrast RandomCrop RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth "
     "RandomZoom",
     "rng_type", "\"stateful\"", "---x"},
    {"BatchNormalization", "virtual_batch_size", "null", "ss-"},
    {"LayerNormalization", "rms_scaling", "false", "--x"},
    {"Normalization", "invert", "false", "-xx"},
    {"Normalization", "mean", "null", "-xx"},
    {"Normalization", "variance", "null", "-xx"},
    {"Rescaling", "offset", "0.0", "-xx"},
    {"Resizing", "crop_to_aspect_ratio", "false", "-xx"},
    {"Resizing", "pad_to_aspect_ratio", "false", "--x"},
    {"Resizing", "fill_mode", "\"constant\"", "oox"},
    {"Resizing", "fill_value", "0.0", "oox"},
    {"Resizing", "antialias", "false", "--x"},
    {"Resizing CenterCrop RandomCrop RandomFlip RandomTranslation RandomRotation RandomZoom RandomContrast "
     "RandomBrightness",
     "data_format", "\"channels_last\"", "--x"},
    {"RandomContrast", "value_range", "[0, 255]", "--x"},
    {"RandomCrop RandomFlip RandomTranslation RandomRotation RandomZoom RandomContrast RandomBrightness",
     "bounding_box_format", "null", "--s"},
    {"RandomGrayscale", "seed", "null", "--s"},          // which Keras 3 takes, and does not write itself
    {"MaxNumBoundingBoxes", "fill_value", "-1", "--s"},  // likewise
    {"Pipeline", "trainable", "true", "--o"},
    {"Pipeline", "dtype", "\"float32\"", "--o"},
    {"RandomTranslation RandomRotation", "fill_value", "0.0", "-xx"},
    {"GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D", "keepdims", "false", "-xx"},
    {"GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D", "keepdims", "false", "-xx"},
    {"AlphaDropout GaussianDropout GaussianNoise", "seed", "null", "oxx"},
    {"AlphaDropout", "noise_shape", "null", "--x"},
    {"SpatialDropout1D SpatialDropout2D SpatialDropout3D", "noise_shape", "null", "xx-"},
    {"SpatialDropout1D SpatialDropout2D SpatialDropout3D", "trainable", "true", "xxo"},
    {"SpatialDropout2D SpatialDropout3D", "data_format", "\"channels_last\"", "--x"},
    {"Attention AdditiveAttention", "causal", "false", "xso"},
    {"Attention", "score_mode", "\"dot\"", "-xx"},
    {"Attention AdditiveAttention", "seed", "null", "--x"},
    {"MultiHeadAttention", "use_gate", "false", "--x"},
    {"MultiHeadAttention", "sliding_window", "null", "--x"},
    {"MultiHeadAttention", "seed", "null", "--x"},
    {"MultiHeadAttention", "query_shape", "null", "-xo"},
    {"MultiHeadAttention", "key_shape", "null", "-xo"},
    {"MultiHeadAttention", "value_shape", "null", "-xo"},
    {"MultiHeadAttention", "softmax_robust_masking", "false", "---x"},
    {"MultiHeadAttention GroupQueryAttention", "flash_attention", "null", "--s"},
    {"Lambda", "function_type", "\"lambda\"", "xxo"},
    {"Lambda", "module", "null", "xxo"},
    {"Lambda", "output_shape", "null", "xxs"},
    {"Lambda", "output_shape_type", "\"raw\"", "xxo"},
    {"Lambda", "output_shape_module", "null", "xxo"},
    {"Lambda", "mask", "null", "sss"},
    {"Lambda", "mask_type", "\"lambda\"", "wwo", "mask"},
    {"Lambda", "mask_module", "null", "wwo", "mask"},
    {"ZeroPadding1D", "data_format", "\"channels_last\"", "--x"},
    {"LSTM GRU SimpleRNN RNN", "time_major", "false", "xx-"},
    {"LSTM GRU SimpleRNN RNN Bidirectional", "num_constants", "0", "ss-"},
    {"LSTM GRU SimpleRNN RNN", "zero_output_for_mask", "false", "ssx"},
    {"ConvLSTM1D ConvLSTM2D ConvLSTM3D", "time_major", "false", "xx-"},
    {"ConvLSTM1D ConvLSTM2D ConvLSTM3D", "num_constants", "0", "ss-"},
    {"ConvLSTM1D ConvLSTM2D ConvLSTM3D", "zero_output_for_mask", "false", "ssx"},
    {"ConvLSTM1D ConvLSTM2D ConvLSTM3D", "seed", "null", "--x"},
    {"LSTM GRU LSTMCell GRUCell", "implementation", "2", "xxo"},
    {"LSTM GRU LSTMCell GRUCell SimpleRNNCell", "seed", "null", "--x"},
    {"SimpleRNN", "seed", "null", "--o"},
    {"Discretization HashedCrossing", "trainable", "true", "xxo"},
    {"CategoryEncoding", "sparse", "false", "xx-"},
    {"StringLookup IntegerLookup", "oov_method", "\"floormod\"", "--x"},
    {"StringLookup IntegerLookup", "salt", "null", "--x"},
    {"TextVectorization", "sparse", "false", "-xx"},
    {"TextVectorization", "ragged", "false", "-xx"},
    {"TextVectorization", "idf_weights", "null", "-xx"},
    {"TextVectorization", "encoding", "\"utf-8\"", "-xx"},
    // Initializers.
    {"GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform VarianceScaling", "input_axes", "null",
     "--x"},
    {"GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform VarianceScaling", "output_axes", "null",
     "--x"},
    {"initializer:Identity", "gain", "1.0", "xxs"},  // Keras 3 takes it, and does not write it itself
};

constexpr KeyName kNames[] = {
    {"InputLayer", "batch_input_shape", "batch_shape", Target::keras3},
    {"LeakyReLU", "alpha", "negative_slope", Target::keras3},
};

struct DefaultRow {
  Target target;
  const char* classes;
  const char* key;
  const char* value;  // JSON
};
constexpr DefaultRow kDefaults[] = {
    {Target::tf22, "RandomRotation RandomTranslation", "fill_mode", "\"constant\""},
    {Target::tf22, "TextVectorization", "pad_to_max_tokens", "true"},
    {Target::tf22, "Normalization", "axis", "-1"},
    {Target::keras3, "ConvLSTM1D ConvLSTM2D ConvLSTM3D", "recurrent_activation", "\"sigmoid\""},
};

// Words that name no function.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"RandomFourierFeatures", "kernel_initializer"},
};

constexpr std::pair<std::string_view, std::string_view> kRounded[] = {
    {"LeakyReLU", "alpha"},
    {"ELU", "alpha"},
    {"ThresholdedReLU", "theta"},
    {"ReLU", "max_value"},
    {"ReLU", "negative_slope"},
    {"ReLU", "threshold"},
    {"L1", "l1"},
    {"L2", "l2"},
    {"L1L2", "l1"},
    {"L1L2", "l2"},
};

std::set<std::string, std::less<>> words(std::string_view list) {
  const auto all = words_of(list);
  return {all.begin(), all.end()};
}

bool in_list(const std::set<std::string, std::less<>>& list, std::string_view word) { return list.contains(word); }

Presence presence_of(char letter) {
  switch (letter) {
    case 'x':
      return Presence::always;
    case 's':
      return Presence::when_set;
    case 'w':
      return Presence::with_companion;
    case 'o':
      return Presence::dropped;
    default:
      return Presence::never;
  }
}

std::map<std::string, std::vector<KeyRule>, std::less<>> read_rows() {
  std::map<std::string, std::vector<KeyRule>, std::less<>> out;
  for (const auto& row : kRows) {
    const auto neutral = Config::parse(row.neutral, "the table of keys");
    for (const auto& name : words(row.classes)) {
      out[name].push_back(
          {row.key,
           neutral,
           {presence_of(row.presence[0]), presence_of(row.presence[1]), presence_of(row.presence[2])},
           presence_of(std::string_view(row.presence).size() > kTargets ? row.presence[kTargets] : row.presence[1]),
           row.companion});
    }
  }
  return out;
}

}  // namespace

const std::vector<KeyRule>& key_rules(std::string_view class_name) {
  static const auto rules = read_rows();
  static const std::vector<KeyRule> none;
  const auto it = rules.find(class_name);
  return it == rules.end() ? none : it->second;
}

void set_defaults_of(Target target, std::string_view class_name, Config& config) {
  for (const auto& row : kDefaults) {
    if (row.target != target || config.has(row.key) || !words(row.classes).contains(class_name)) continue;
    config.set(row.key, Config::parse(row.value, "the table of defaults"));
  }
}

Config key_form(std::string_view class_name, std::string_view key, Target target, const Config& value,
                std::size_t rank) {
  // Keras 3 keeps the bounds that a number stands for.
  if (key == "factor" && target == Target::keras3 && (value.is_int() || value.is_float())) {
    if (class_name == "RandomRotation") return Config(std::vector<double>{-value.as_double(), value.as_double()});
    if (class_name == "RandomContrast") return Config(std::vector<double>{value.as_double(), value.as_double()});
  }
  // Keras 3 keeps a single size as a tuple of one.
  if (class_name == "MultiHeadAttention" && (key == "output_shape" || key == "attention_axes") &&
      target == Target::keras3 && value.is_int()) {
    return Config(Config::List{value});
  }
  const bool batch = class_name == "BatchNormalization";
  if (key != "axis" || rank == 0 || (!batch && class_name != "LayerNormalization")) return value;
  auto axes = value.as_ints();
  const auto last = static_cast<std::int64_t>(rank) - 1;
  if (target == Target::keras3) {
    if (axes.size() != 1 || (batch && value.is_int())) return value;
    if (axes[0] == last) axes[0] = -1;
    return batch ? Config(axes[0]) : Config(axes);
  }
  for (auto& axis : axes) axis += axis < 0 ? last + 1 : 0;
  return Config(axes);
}

bool can_say(std::string_view class_name, std::string_view key, const Config& value, Target target) {
  const bool keras3 = target == Target::keras3;
  // Keras 3 resizes by fewer rules.
  const bool resizes = class_name == "Resizing" || class_name == "UpSampling2D";
  if (resizes && (value == Config("gaussian") || value == Config("mitchellcubic"))) return !keras3;
  if (class_name == "UpSampling2D" && key == "interpolation" && value != Config("nearest") &&
      value != Config("bilinear")) {
    return target != Target::tf22;
  }
  // Before 2.3 rotations are by what is not negative.
  if (class_name == "RandomRotation" && key == "factor" && value.is_list() && target == Target::tf22) {
    for (const auto& bound : value.as_list()) {
      if (bound.as_double() < 0) return false;
    }
  }
  // Before 2.3 Softmax takes one axis.
  if (class_name == "Softmax" && key == "axis" && value.is_list()) return target != Target::tf22;
  // Thresholds below 0 are of 2.2 alone, such slopes of tf.keras.
  if (class_name == "ThresholdedReLU" || class_name == "ReLU" || class_name == "LeakyReLU") {
    const bool negative = value.is_number() && value.as_double() < 0;
    if (negative && (key == "theta" || key == "threshold")) return target == Target::tf22;
    if (negative && key == "alpha") return !keras3;
  }
  // Keras 3 has causal padding in Conv1D alone.
  if (class_name != "Conv1D" && key == "padding" && value == Config("causal")) return !keras3;
  // A Lambda's Python bytecode is of one Keras: a list in Keras 2, an object in Keras 3.
  if (class_name == "Lambda" && (key == "function" || key == "mask") && !value.is_string() && !value.is_null()) {
    return value.is_dict() == keras3;
  }
  return true;
}

std::string_view key_name(std::string_view class_name, std::string_view key, Target target) {
  for (const auto& name : kNames) {
    if (name.class_name == class_name && name.ours == key && name.target == target) return name.theirs;
  }
  return key;
}

bool is_plain_word(std::string_view class_name, std::string_view key) {
  return std::ranges::find(kWords, std::pair(class_name, key)) != std::end(kWords);
}

bool rounded_to_float32(std::string_view class_name, std::string_view key, Target target) {
  return target != Target::keras3 && std::ranges::find(kRounded, std::pair(class_name, key)) != std::end(kRounded);
}

bool has_class(std::string_view class_name, Target target) {
  static const auto from_23 = words(
      "TFOpLambda SlicingOpLambda ClassMethod OrthogonalRegularizer CategoryEncoding Conv1DTranspose ConvLSTM1D "
      "ConvLSTM3D DepthwiseConv1D Discretization EinsumDense GroupNormalization HashedCrossing Hashing Identity "
      "IntegerLookup MultiHeadAttention RandomBrightness RandomFourierFeatures RandomZoom SpectralNormalization "
      "StringLookup UnitNormalization");
  static const auto until_215 = words(
      "TFOpLambda SlicingOpLambda ClassMethod TensorFlowOpLayer AddLoss AddMetric AbstractRNNCell CuDNNGRU CuDNNLSTM "
      "DenseFeatures LocallyConnected1D LocallyConnected2D RandomFourierFeatures RandomHeight RandomWidth "
      "SyncBatchNormalization ThresholdedReLU");
  static const auto from_3 = words(
      "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D "
      "AdaptiveMaxPooling2D AdaptiveMaxPooling3D AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization "
      "CutMix Equalization GroupedQueryAttention GroupQueryAttention MaxNumBoundingBoxes MelSpectrogram MixUp Pipeline "
      "RMSNormalization RandAugment RandomColorDegeneration RandomColorJitter RandomElasticTransform RandomErasing "
      "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization "
      "RandomSaturation RandomSharpness RandomShear ReversibleEmbedding STFT STFTSpectrogram Solarization");
  if (in_list(from_3, class_name) || class_name.starts_with("ops>")) return target == Target::keras3;
  if (in_list(from_23, class_name) && target == Target::tf22) return false;
  return target != Target::keras3 || !in_list(until_215, class_name);
}

std::string activation_name(const std::string& ours, Target target) {
  static const auto all = words("elu exponential linear relu selu sigmoid softmax softplus softsign tanh");
  static const auto keras3_only = words(
      "celu glu hard_shrink hard_silu hard_swish hard_tanh leaky_relu log_sigmoid log_softmax relu6 soft_shrink "
      "sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink threshold");
  if (in_list(all, ours)) return ours;
  if (ours == "swish" || ours == "silu") return target == Target::keras3 ? "silu" : "swish";
  if (ours == "hard_sigmoid") return target == Target::keras3 ? "" : ours;
  if (ours == "hard_sigmoid_keras3") return target == Target::keras3 ? "hard_sigmoid" : "";
  if (ours == "gelu" || ours == "mish") return target == Target::tf22 ? "" : ours;
  if (in_list(keras3_only, ours)) return target == Target::keras3 ? ours : "";
  return ours;  // somebody's own
}

bool keras3_writes_build_config(std::string_view class_name) {
  static const auto without = words(
      "Activation ActivityRegularization AlphaDropout AveragePooling1D AveragePooling2D AveragePooling3D Dropout "
      "ELU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
      "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D Identity InputLayer LeakyReLU Masking "
      "MaxPooling1D MaxPooling2D MaxPooling3D ReLU Reshape Softmax SpatialDropout1D SpatialDropout2D "
      "SpatialDropout3D UnitNormalization");
  return !in_list(without, class_name);
}

bool keras2_build_keeps_shapes(std::string_view class_name) {
  // Classes whose `build` does not call Layer's.
  static const auto without = words(
      "Add Average BatchNormalization Bidirectional Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D "
      "Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Dense DenseFeatures DepthwiseConv1D DepthwiseConv2D Dot "
      "Embedding GRUCell GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D "
      "GlobalMaxPooling2D GlobalMaxPooling3D LSTMCell LayerNormalization LocallyConnected1D LocallyConnected2D Maximum "
      "Minimum Multiply PReLU SeparableConv1D SeparableConv2D SimpleRNNCell SpectralNormalization StackedRNNCells "
      "Subtract TimeDistributed UnitNormalization");
  return find_layer_class(std::string(class_name)) && !in_list(without, class_name);
}

bool keras3_writes_dtype_name(std::string_view class_name) {
  static const auto plain = words(
      "InputLayer SpatialDropout1D SpatialDropout2D SpatialDropout3D Discretization "
      "HashedCrossing");
  return in_list(plain, class_name);
}

const Config& keras3_call_defaults(std::string_view class_name) {
  static const auto no_mask = words(
      "BatchNormalization Functional Sequential Bidirectional GlobalAveragePooling1D "
      "Lambda Softmax TimeDistributed");
  static const auto not_training = words(
      "Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D "
      "SpatialDropout2D SpatialDropout3D SpectralNormalization");
  static const auto both = words("LSTM GRU SimpleRNN RNN ConvLSTM1D ConvLSTM2D ConvLSTM3D");
  static const Config mask{{"mask", nullptr}};
  static const Config training{{"training", false}};
  static const Config training_mask{{"training", false}, {"mask", nullptr}};
  static const auto none = Config::dict();
  if (in_list(no_mask, class_name)) return mask;
  if (in_list(not_training, class_name)) return training;
  return in_list(both, class_name) ? training_mask : none;
}

bool is_builtin_object(std::string_view class_name) {
  static const auto builtin = words(
      "Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal Identity "
      "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform STFT L1 L2 L1L2 "
      "OrthogonalRegularizer MaxNorm NonNeg UnitNorm MinMaxNorm RadialConstraint");
  return in_list(builtin, class_name);
}

const ScaledInitializer* scaled_initializer(std::string_view class_name) {
  static constexpr ScaledInitializer kScaled[] = {{"HeNormal", 2.0, "truncated_normal"},
                                                  {"HeUniform", 2.0, "uniform"},
                                                  {"LecunNormal", 1.0, "truncated_normal"},
                                                  {"LecunUniform", 1.0, "uniform"}};
  const auto* at = std::ranges::find(kScaled, class_name, &ScaledInitializer::class_name);
  return at == std::end(kScaled) ? nullptr : at;
}

}  // namespace hornbeam
