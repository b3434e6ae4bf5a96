// Hashing and HashedCrossing: strings or integers into buckets, by TensorFlow's hashes. Mirror keras.layers.Hashing and
// HashedCrossing.
//
// Hashing: input of any shape. HashedCrossing: a list of inputs (batch,) or (batch, 1), crossed. Output: the bucket's
// number (int64) in mode "int", else as CategoryEncoding's. No weights. See layers.hpp.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct HashingOptions {
  Config mask_value = {};  // a string or an integer: it has bucket 0 to itself
  // A key of two integers, by which SipHash is used in place of FarmHash.
  std::optional<std::vector<std::int64_t>> salt = {};
  std::string output_mode = "int";
  bool sparse = false;  // the outputs are dense all the same
  HB_LAYER_OPTIONS
};

class HashingLayer final : public Layer {
 public:
  HB_LAYER(HashingLayer, "Hashing")
  HashingLayer(std::int64_t num_bins, const HashingOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("num_bins", self.num_bins_);
    f("salt", self.salt_);
    f("mask_value", self.mask_value_);
    f("output_mode", self.output_mode_);
    f("sparse", self.sparse_);
  }
  void check();

 private:
  Tensor bins_of(Tensor values) const;
  std::optional<std::int64_t> num_bins_;
  std::optional<std::vector<std::int64_t>> salt_;
  Config mask_value_;
  std::string output_mode_ = "int";
  bool sparse_ = false;
};
HB_LAYER_HANDLE_OF(Hashing, HashingOptions, std::int64_t, num_bins);

struct HashedCrossingOptions {
  std::string output_mode = "int";  // or "one_hot"
  bool sparse = false;              // the outputs are dense all the same
  HB_LAYER_OPTIONS
};

class HashedCrossingLayer final : public Layer {
 public:
  HB_LAYER(HashedCrossingLayer, "HashedCrossing")
  HashedCrossingLayer(std::int64_t num_bins, const HashedCrossingOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("num_bins", self.num_bins_);
    f("output_mode", self.output_mode_);
    f("sparse", self.sparse_);
  }
  void check();

 private:
  std::int64_t num_bins_ = 0;
  std::string output_mode_ = "int";
  bool sparse_ = false;
};
HB_LAYER_HANDLE_OF(HashedCrossing, HashedCrossingOptions, std::int64_t, num_bins);

}  // namespace hornbeam
