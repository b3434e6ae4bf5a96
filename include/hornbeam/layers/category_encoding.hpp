// CategoryEncoding: numbers of categories as one-hot, multi-hot or counts. Mirrors keras.layers.CategoryEncoding.
//
// Input (batch, n) of integers below num_tokens, output (batch, num_tokens). No weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct CategoryEncodingOptions {
  std::string output_mode = "multi_hot";  // or "one_hot", "count"
  bool sparse = false;  // the outputs are dense all the same: Keras's are SparseTensors of these values
  HB_LAYER_OPTIONS
};

class CategoryEncodingLayer final : public Layer {
 public:
  HB_LAYER(CategoryEncodingLayer, "CategoryEncoding")
  CategoryEncodingLayer(std::int64_t num_tokens, const CategoryEncodingOptions& options);
  // `tensors["count_weights"]`: what each input counts, in mode "count". Values out of range throw
  // InvalidArgumentError when it runs.
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("num_tokens", self.num_tokens_);
    f("output_mode", self.output_mode_);
    f("sparse", self.sparse_);
  }
  void check();

 private:
  std::optional<std::int64_t> num_tokens_;
  std::string output_mode_ = "multi_hot";
  bool sparse_ = false;
};
HB_LAYER_HANDLE_OF(CategoryEncoding, CategoryEncodingOptions, std::int64_t, num_tokens);

}  // namespace hornbeam
