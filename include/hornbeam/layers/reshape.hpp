// Flatten, Reshape, Permute, RepeatVector, Identity: layers that move values without changing them. Mirror
// keras.layers. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct FlattenOptions {
  std::string data_format = {};  // default: backend::image_data_format()
  HB_LAYER_OPTIONS
};

// (batch, ...) -> (batch, product of the rest); with channels_first the channels are moved last before.
class FlattenLayer final : public Layer {
 public:
  HB_LAYER(FlattenLayer, "Flatten")
  explicit FlattenLayer(const FlattenOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("data_format", self.data_format_);
  }
  void check();

 private:
  std::string data_format_;
};

struct ReshapeOptions {
  HB_LAYER_OPTIONS
};

// (batch, ...) -> (batch, *target_shape); one dim may be -1. Throws ValueError when the sizes do not fit.
class ReshapeLayer final : public Layer {
 public:
  HB_LAYER(ReshapeLayer, "Reshape")
  ReshapeLayer(std::vector<std::int64_t> target_shape, const ReshapeOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("target_shape", self.target_shape_);
  }
  void check();

 private:
  std::vector<std::int64_t> target_shape_;
};

struct PermuteOptions {
  HB_LAYER_OPTIONS
};

// Dims in another order; `dims` count from 1 and leave out the batch.
class PermuteLayer final : public Layer {
 public:
  HB_LAYER(PermuteLayer, "Permute")
  PermuteLayer(std::vector<std::int64_t> dims, const PermuteOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("dims", self.dims_);
  }
  void check();

 private:
  std::vector<std::int64_t> dims_;
};

struct RepeatVectorOptions {
  HB_LAYER_OPTIONS
};

// (batch, features) -> (batch, n, features)
class RepeatVectorLayer final : public Layer {
 public:
  HB_LAYER(RepeatVectorLayer, "RepeatVector")
  RepeatVectorLayer(std::int64_t n, const RepeatVectorOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("n", self.n_);
  }
  void check();

 private:
  std::int64_t n_ = 0;
};

struct IdentityOptions {
  HB_LAYER_OPTIONS
};

class IdentityLayer final : public Layer {
 public:
  HB_LAYER(IdentityLayer, "Identity")
  explicit IdentityLayer(const IdentityOptions& options) : Layer(options.layer()) { check(); }
  Values call(const Values& inputs, CallContext&) override { return inputs; }
  template <class Self, class F>
  static void fields(Self&, F&&) {}
  void check() { supports_masking_ = true; }
};

HB_LAYER_HANDLE(Flatten);
HB_LAYER_HANDLE_OF(Reshape, ReshapeOptions, std::vector<std::int64_t>, target_shape);
HB_LAYER_HANDLE_OF(Permute, PermuteOptions, std::vector<std::int64_t>, dims);
HB_LAYER_HANDLE_OF(RepeatVector, RepeatVectorOptions, std::int64_t, n);
HB_LAYER_HANDLE(Identity);

}  // namespace hornbeam
