// What MultiHeadAttention and GroupQueryAttention have in common: each is called on a query, a value and, where that is
// another tensor, a key, projects them with an EinsumDense each, and what attention makes of them with a further one.
//
//   auto y = attention({query, value});                  // Python: attention(query, value)
//   auto z = attention({query, value, key}, {.tensors = {{"attention_mask", mask}},
//                                            .kwargs = {{"use_causal_mask", true}}});
//
// query (batch, ..., features), value and key (batch, ..., their features). attention_mask (batch, target, source) is
// true where attention may go; the masks that the tensors carry are joined with it. With the keyword argument
// return_attention_scores the scores are a second output. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"
#include "hornbeam/layers/dropout.hpp"
#include "hornbeam/layers/einsum_dense.hpp"

namespace hornbeam {

// Options of both, in the order of Keras's signatures.
#define HB_ATTENTION_WEIGHT_OPTIONS                            \
  Initializer kernel_initializer = "glorot_uniform";           \
  Initializer bias_initializer = "zeros";                      \
  Regularizer kernel_regularizer = {};                         \
  Regularizer bias_regularizer = {};                           \
  Regularizer activity_regularizer = {};                       \
  Constraint kernel_constraint = {};                           \
  Constraint bias_constraint = {};                             \
  bool use_gate = false;                 /* from Keras 3 on */ \
  std::optional<std::int64_t> seed = {}; /* from Keras 3 on */

template <class Options, class F>
void attention_weight_fields(Options& o, F&& f) {
  f("kernel_initializer", o.kernel_initializer);
  f("bias_initializer", o.bias_initializer);
  f("kernel_regularizer", o.kernel_regularizer);
  f("bias_regularizer", o.bias_regularizer);
  f("activity_regularizer", o.activity_regularizer);
  f("kernel_constraint", o.kernel_constraint);
  f("bias_constraint", o.bias_constraint);
}

class ProjectedAttentionLayer : public Layer {
 public:
  // A list of two or three tensors is query, value and key.
  std::optional<Call> arranged(const Values& inputs, const CallOptions& options) override;
  // For the shapes of query, value and key. Of one shape alone nothing is made: the first call does it.
  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;

  // The arguments of call, in the order of Keras 3's signature; tf.keras has no masks of single tensors among them.
  static const std::vector<std::string>& argument_names();
  // The shapes it was built for, by the names that Keras 3 calls them: query_shape, value_shape, and key_shape where a
  // key was given. Empty before.
  const std::vector<std::pair<std::string, Shape>>& shapes() const { return shapes_; }

 protected:
  explicit ProjectedAttentionLayer(const LayerOptions& options) : Layer(options) {}

  struct Projected {
    Tensor query, key, value;
    Tensor mask;          // undefined: none
    bool causal = false;  // and nothing else masks: `mask` is undefined
    bool returns_scores = false;
    bool training = false;
  };
  struct Attended {
    Tensor output, scores;
  };
  // Makes the parts: dense_for and track_parts.
  virtual void make_parts(const Shape& query, const Shape& value, const Shape& key) = 0;
  virtual Attended attend(const Projected& given) = 0;
  virtual std::optional<std::int64_t> sliding_window() const = 0;
  // Does a mask that is given with the call become bool when nothing is joined with it?
  virtual bool casts_given_mask() const = 0;
  // Is the argument query_mask heeded? (The mask that the query carries always is.)
  virtual bool takes_query_mask() const = 0;

  // Dense parts get what `options` says of weights.
  template <class Options>
  EinsumDense dense_for(const char* name, const std::string& equation, const Shape& output_shape,
                        const std::string& bias_axes, const Options& o, const Shape& input_shape,
                        const Activation& activation = "linear") const {
    EinsumDense dense(equation, output_shape,
                      {.activation = activation,
                       .bias_axes = o.use_bias ? std::optional(bias_axes) : std::nullopt,
                       .kernel_initializer = o.kernel_initializer,
                       .bias_initializer = o.bias_initializer,
                       .kernel_regularizer = o.kernel_regularizer,
                       .bias_regularizer = o.bias_regularizer,
                       .activity_regularizer = o.activity_regularizer,
                       .kernel_constraint = o.kernel_constraint,
                       .bias_constraint = o.bias_constraint,
                       .name = name,
                       .dtype = dtype_policy()});
    dense->ensure_built({input_shape});
    return dense;
  }
  struct Parts {
    std::optional<EinsumDense> query, key, gate, value, output;
    double dropout = 0;
    std::optional<std::int64_t> seed;
    std::vector<std::int64_t> softmax_axes = {-1};
  };
  // In Keras's order, with a softmax and a dropout that have names and nothing else.
  void track_parts(Parts parts);
  Tensor dropped_scores(const Tensor& scores, bool training) const;
  // As many dims as the scores have: more of size 1 before the last `kept`.
  static Tensor widened_mask(Tensor mask, std::size_t rank, std::size_t kept);
  // Of [batch, length, heads, size] each, as Keras 3 computes it where the scores are not asked for.
  static Tensor dot_product_attention(const Projected& given, double scale);

 private:
  Tensor joined_mask(const Tensor& query, const Tensor& value, const Tensor& key_mask,
                     const CallContext& context) const;
  Parts parts_;
  std::vector<std::pair<std::string, Shape>> shapes_;
};

}  // namespace hornbeam
