// Attention (Luong's) and AdditiveAttention (Bahdanau's). Mirror keras.layers of the same names. See layers.hpp.
//
//   auto y = Attention()({query, value});  // or {query, value, key}
//
// query (batch, target, dim), value (batch, source, dim'), key (batch, source, dim; default: value); output (batch,
// target, dim'). Keyword arguments of the call: use_causal_mask, and return_attention_scores, which adds the scores
// (batch, target, source). Masked values get no weight; where the query is masked the output is zero. Weights: scale
// and concat_score_weight, where there are such.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct AttentionOptions {
  bool use_scale = false;
  std::string score_mode = "dot";  // or "concat"
  double dropout = 0.0;
  std::optional<std::int64_t> seed = {};  // from Keras 3 on
  bool causal = false;                    // until Keras 2; then an argument of the call
  HB_LAYER_OPTIONS
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0.0;
  std::optional<std::int64_t> seed = {};
  bool causal = false;
  HB_LAYER_OPTIONS
};

// What both have in common.
class DenseAttentionLayer : public Layer {
 public:
  // Refuses what is no list of two or three tensors.
  std::optional<Call> arranged(const Values& inputs, const CallOptions& options) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  bool causal() const { return s_.causal; }

 protected:
  struct Settings {
    bool causal = false;
    double dropout = 0.0;
    bool use_scale = false;
    std::optional<std::int64_t> seed = {};
  };
  explicit DenseAttentionLayer(const LayerOptions& options) : Layer(options) {}
  virtual Tensor scores(const Tensor& query, const Tensor& key) const = 0;
  void check_settings();
  // sum(weight * tanh(query + key)) over the last dim, for each pair of steps.
  static Tensor sum_of_pairs(const Tensor& query, const Tensor& key, const Variable& inner, const Variable& outer);

  Settings s_;
};

class AttentionLayer final : public DenseAttentionLayer {
 public:
  static constexpr const char* kClassName = "Attention";
  explicit AttentionLayer(const LayerOptions& options) : DenseAttentionLayer(options) {}
  explicit AttentionLayer(const AttentionOptions& options);
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  void build(const std::vector<Shape>& input_shapes) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("causal", self.s_.causal);
    f("dropout", self.s_.dropout);
    f("use_scale", self.s_.use_scale);
    f("score_mode", self.score_mode_);
    f("seed", self.s_.seed);
  }
  void check();

  Variable scale, concat_score_weight;  // after build

 protected:
  Tensor scores(const Tensor& query, const Tensor& key) const override;

 private:
  std::string score_mode_ = "dot";
};

class AdditiveAttentionLayer final : public DenseAttentionLayer {
 public:
  static constexpr const char* kClassName = "AdditiveAttention";
  explicit AdditiveAttentionLayer(const LayerOptions& options) : DenseAttentionLayer(options) { s_.use_scale = true; }
  explicit AdditiveAttentionLayer(const AdditiveAttentionOptions& options);
  std::string class_name() const override { return kClassName; }
  Config get_config() const override { return config_of(*this); }
  void build(const std::vector<Shape>& input_shapes) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("causal", self.s_.causal);
    f("dropout", self.s_.dropout);
    f("use_scale", self.s_.use_scale);
    f("seed", self.s_.seed);
  }
  void check() { check_settings(); }

  Variable scale;  // after build

 protected:
  Tensor scores(const Tensor& query, const Tensor& key) const override;
};

HB_LAYER_HANDLE(Attention);
HB_LAYER_HANDLE(AdditiveAttention);

}  // namespace hornbeam
