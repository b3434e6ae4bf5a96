// Classes of models that call ops, and layers of several families.
#include "conformance/corpus_classes.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

class ConvNet final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto normed = bn(dw(c1(inputs))).tensor();
    const auto pooled = ops::max_pool(ops::relu6(normed), {2, 2}, {2, 2}, "SAME");
    const auto resized = ops::resize(up(pooled).tensor(), 6, 6);
    return fc(ops::l2_normalize(ops::reduce_mean(resized, {1, 2}), {-1}));
  }

 private:
  HB_ATTR(c1, Conv2D(3, 3, {.padding = "same", .activation = "relu"}));
  HB_ATTR(dw, DepthwiseConv2D(3, {.padding = "same"}));
  HB_ATTR(bn, BatchNormalization());
  HB_ATTR(up, Conv2DTranspose(2, 3, {.strides = {2, 2}, .padding = "same"}));
  HB_ATTR(fc, Dense(3));
};

class MixOps final : public CorpusModel {
 public:
  MixOps() : w_(add_weight("w", {5, 4})) {
    t_ = std::make_shared<VariableNode>("table", Tensor::zeros(DType::float32, {8, 4}), false);
    // A tf.Variable, which is no weight of Keras 3's.
    if (current_target() != Target::keras3) track("t", t_);
  }
  void set_table(const Tensor& value) override { t_->assign(value); }
  Values call(const Values& inputs, CallContext&) override {
    const auto& x = inputs.tensor();
    const auto y = ops::matmul(x, w_);
    const auto k = ops::argmax(y, -1);
    const auto g = ops::gather(t_, k);
    const auto [v, idx] = ops::top_k(y, 2);
    const auto z = ops::one_hot(column(idx, 0), 3) * ops::expand_dims(column(ops::cumsum(v, 1), 0), 1);
    const auto q = ops::where(ops::greater(y, 0.0), ops::exp(-y), ops::log1p(ops::abs(y)));
    // The index is one digit.
    const auto s = ops::fill(ops::shape(k), Tensor::scalar(1.0F));
    auto r = ops::concat({g, z, q, ops::expand_dims(s, 1)}, -1);
    r = ops::reshape(ops::tile(r, {1, 2}), {-1, 2, 12});
    const auto halves = ops::split(r, 2, 1);
    const auto &a = halves.at(0), &b = halves.at(1);
    const auto m = ops::einsum("bij,bkj->bik", {a, b});
    return ops::squeeze(ops::concat({a, ops::reverse(b, {-1}), ops::pad(m, {{0, 0}, {0, 0}, {0, 1}})}, -1), {1});
  }

 private:
  static Tensor column(const Tensor& x, std::int64_t i) { return ops::unstack(x, 1).at(static_cast<std::size_t>(i)); }
  const Variable w_;
  Variable t_;
};

class MhaSub final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override {
    const auto x = inputs.tensor();
    return f(n(x + m(Values{x, x}).tensor()));
  }

 private:
  HB_ATTR(m, MultiHeadAttention(2, 3));
  HB_ATTR(n, LayerNormalization());
  HB_ATTR(f, Dense(4, {.activation = "gelu"}));
};

class SigModel final : public CorpusModel {
 public:
  Values call(const Values& inputs, CallContext&) override { return d(inputs); }

 private:
  HB_ATTR(d, Dense(3));
};

}  // namespace

CustomObjects op_classes() {
  return {{"ConvNet", plain_class<ConvNet>()},
          {"MixOps", plain_class<MixOps>()},
          {"MhaSub", plain_class<MhaSub>()},
          {"SigModel", plain_class<SigModel>()}};
}

}  // namespace conformance
