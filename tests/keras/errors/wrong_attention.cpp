#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

Values inputs(const std::vector<Shape>& shapes) {
  Values::List list;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    list.emplace_back(Input(shapes[i], {.name = std::string(1, static_cast<char>('a' + i))}));
  }
  return list.size() == 1 ? list[0] : Values(std::move(list));
}
Values ones(const std::vector<Shape>& shapes) {
  Values::List list;
  for (const auto& shape : shapes) list.emplace_back(ops::ones(shape));
  return list.size() == 1 ? list[0] : Values(std::move(list));
}
Values masks(std::size_t count) {
  return Values(std::vector<Tensor>(count, ops::cast(ops::ones({2, 4}), DType::boolean)));
}
LayerRef of_json(const char* config) { return layers::deserialize(Config::parse(config)); }

template <class L>
void add_dense_attention(const std::string& name, const char* sizes, std::vector<WrongCall>& calls) {
  static std::vector<std::string> names;  // the calls point to them
  names.reserve(16);
  const auto called = [&](const char* what) { return names.emplace_back(name + what).c_str(); };
  const Shape steps{2, 4, 6};
  calls.push_back({called("_one_tensor"), [] { L({.name = "l"})(inputs({{4, 6}})); }});
  calls.push_back({called("_four"), [] { L({.name = "l"})(inputs({{4, 6}, {4, 6}, {4, 6}, {4, 6}})); }});
  calls.push_back({called("_dropout"), [] { L({.dropout = 2.0, .name = "l"}); }});
  calls.push_back({called("_sizes"), [] { L({.name = "l"})(inputs({{4, 6}, {4, 5}})); }, sizes});
  calls.push_back({called("_one_mask"), [=] { L({.name = "l"})(ones({steps, steps}), {.mask = masks(1)}); }});
}

void einsum_dense(const char* equation, const Shape& shape, const std::optional<std::string>& bias_axes = {},
                  const Shape& on = {4, 6}) {
  EinsumDense(equation, shape, {.bias_axes = bias_axes, .name = "e"})(inputs({on}));
}
void multi_head(std::int64_t heads, std::int64_t key_dim, MultiHeadAttentionOptions options = {}) {
  options.name = "m";
  MultiHeadAttention(heads, key_dim, options)(inputs({{4, 6}, {4, 6}}));
}

}  // namespace

std::vector<WrongCall> wrong_attention() {
  std::vector<WrongCall> calls;
  add_dense_attention<Attention>("attention", "Matrix size-incompatible", calls);
  add_dense_attention<AdditiveAttention>("additiveattention", "Dimensions must be equal, but are 6 and 5 for", calls);
  const std::vector<WrongCall> more{
      {"attention_four_masks",
       [] {
         Attention({.name = "l"})(ones({{2, 4, 6}, {2, 4, 6}}), {.mask = masks(4)});
       }},
      {"attention_key_steps",
       [] {
         Attention({.name = "l"})(ones({{2, 4, 6}, {2, 4, 6}, {2, 5, 6}}));
       },
       "Matrix size-incompatible: In[0]: [2,4,5], In[1]: [2,4,6]"},
      {"attention_score_mode", [] { Attention({.score_mode = "foo", .name = "l"}); },
       "Received: score_mode=foo. Acceptable values are: [\"dot\", \"concat\"]"},
      {"dot_axes_float", [] { of_json(R"({"class_name": "Dot", "config": {"axes": 1.5}})"); }},
      {"dot_axes_three",
       [] {
         Dot({1, 2, 3});
       }},
      {"dot_axes_text", [] { of_json(R"({"class_name": "Dot", "config": {"axes": [1, "a"]}})"); }},
      {"dot_one", [] { Dot(1, {.name = "d"})(inputs({{4}})); }},
      {"dot_three",
       [] {
         Dot(1, {.name = "d"})(inputs({{4}, {4}, {4}}));
       }},
      {"dot_sizes",
       [] {
         Dot(1, {.name = "d"})(inputs({{4}, {5}}));
       }},
      {"dot_axis_out_of_range",
       [] {
         Dot(3, {.name = "d"})(inputs({{4}, {4}}));
       }},
      {"dot_axis_0",
       [] {
         Dot(0, {.name = "d"})(inputs({{4}, {4}}));
       }},
      {"einsum_dense_equation", [] { einsum_dense("abc->ab", {3}); }},
      {"einsum_dense_equation_dots", [] { einsum_dense("...ab,bc->ac", {3}); }},
      {"einsum_dense_unknown_output",
       [] {
         einsum_dense("abc,cd->abe", {4, 3});
       }},
      {"einsum_dense_unknown_weight",
       [] {
         einsum_dense("abc,cde->abd", {4, 3});
       }},
      {"einsum_dense_bias_axes",
       [] {
         einsum_dense("abc,cd->abd", {4, 3}, "e");
       }},
      {"einsum_dense_shared_dimension",
       [] {
         einsum_dense("abc,cd->abd", {5, 3});
       }},
      {"einsum_dense_no_size",
       [] {
         einsum_dense("abc,cd->abd", {None, None});
       },
       "Shape of weight 'kernel' of layer 'e' is not fully known: (6, None)"},
      {"einsum_dense_rank",
       [] {
         einsum_dense("abc,cd->abd", {None, 3}, {}, {6});
       }},
      {"mha_heads", [] { multi_head(0, 3); }},
      {"mha_key_dim", [] { multi_head(2, -1); },
       "Received an invalid value for argument `key_dim`, expected a positive integer. Received: key_dim=-1"},
      {"mha_value_dim", [] { multi_head(2, 3, {.value_dim = -1}); },
       "Received an invalid value for argument `value_dim`, expected a positive integer or `None`. Received: "
       "value_dim=-1"},
      {"mha_dropout", [] { multi_head(2, 3, {.dropout = 2.0}); }},
      {"mha_axes", [] { multi_head(2, 3, {.attention_axes = {7}}); }},
      {"mha_no_value",
       [] {
         MultiHeadAttention(2, 3, {.name = "m"})(inputs({{4, 6}}));
       }},
      {"mha_key_steps",
       [] {
         MultiHeadAttention(2, 3, {.name = "m"})(ones({{2, 4, 6}, {2, 4, 6}, {2, 5, 6}}));
       },
       "All dimensions of `value` and `key`, except the last one, must be equal. Received: value_shape=(2, 4, 6) and "
       "key_shape=(2, 5, 6)"},
      {"mha_rank_2",
       [] {
         MultiHeadAttention(2, 3, {.name = "m"})(ones({{2, 6}, {2, 6}}));
       }},
      {"mha_window", [] { multi_head(2, 3, {.sliding_window = 0}); }},
      {"mha_flash_dropout", [] { multi_head(2, 3, {.dropout = 0.5, .flash_attention = true}); }},
      {"mha_flash", [] { multi_head(2, 3, {.flash_attention = true}); }},
      {"gqa_heads", [] { GroupQueryAttention(3, 4, 3); }},
      {"gqa_window", [] { GroupQueryAttention(3, 4, 2, {.sliding_window = -1}); }},
      {"gqa_flash_dropout", [] { GroupQueryAttention(3, 4, 2, {.dropout = 0.5, .flash_attention = true}); }},
      {"gqa_features",
       [] {
         GroupQueryAttention(3, 4, 2, {.name = "m"})(inputs({{4, 6}, {4, 5}}));
       }},
      {"gqa_steps",
       [] {
         GroupQueryAttention(3, 4, 2, {.name = "m"})(inputs({{4, 6}, {4, 6}, {5, 6}}));
       }},
      {"gqa_no_value",
       [] {
         GroupQueryAttention(3, 4, 2, {.name = "m"})(inputs({{4, 6}}));
       },
       "GroupQueryAttention.call() missing 1 required positional argument: 'value'"},
      {"reversible_reverse_size",
       [] {
         ReversibleEmbedding(5, 4, {.name = "r"})(ops::ones({2, 3, 3}), {.kwargs = {{"reverse", true}}});
       },
       "Matrix size-incompatible: In[0]: (6, 3), In[1]: (5, 4)"},
      {"reversible_dtype", [] { ReversibleEmbedding(5, 4, {.reverse_dtype = "foo", .name = "r"}); },
       "Cannot convert value 'foo' to a TensorFlow DType."},
  };
  calls.insert(calls.end(), more.begin(), more.end());
  return calls;
}

}  // namespace hornbeam::testing_support
