// Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate: several inputs. Mirror keras.layers. See layers.hpp.
//
// Inputs of one shape, or shapes that broadcast (also of different ranks: a dim is put in after the batch). No weights.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct MergeOptions {
  HB_LAYER_OPTIONS
};

class MergeLayer : public Layer {
 public:
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self&, F&&) {}
  void check() {
    supports_masking_ = true;
    ragged_inputs_ = RaggedInputs::taken;
  }

 protected:
  explicit MergeLayer(const LayerOptions& options) : Layer(options) { check(); }
  virtual Tensor merge(const std::vector<Tensor>& inputs) const = 0;
};

#define HB_MERGE_LAYER(Name)                                                                                 \
  class Name##Layer final : public MergeLayer {                                                              \
   public:                                                                                                   \
    static constexpr const char* kClassName = #Name;                                                         \
    explicit Name##Layer(const LayerOptions& options) : MergeLayer(options) {}                               \
    std::string class_name() const override { return kClassName; }                                           \
    Config get_config() const override { return config_of(*this); }                                          \
                                                                                                             \
   protected:                                                                                                \
    Tensor merge(const std::vector<Tensor>& inputs) const override;                                          \
  };                                                                                                         \
  class Name : public Ref<Name##Layer> {                                                                     \
   public:                                                                                                   \
    explicit Name(const MergeOptions& options = {}) : Ref(std::make_shared<Name##Layer>(options.layer())) {} \
  }

HB_MERGE_LAYER(Add);
HB_MERGE_LAYER(Subtract);
HB_MERGE_LAYER(Multiply);
HB_MERGE_LAYER(Average);
HB_MERGE_LAYER(Maximum);
HB_MERGE_LAYER(Minimum);
#undef HB_MERGE_LAYER

struct ConcatenateOptions {
  std::int64_t axis = -1;
  HB_LAYER_OPTIONS
};

// Inputs joined along one axis; the other dims must be equal.
class ConcatenateLayer final : public Layer {
 public:
  HB_LAYER(ConcatenateLayer, "Concatenate")
  explicit ConcatenateLayer(const ConcatenateOptions& options);
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  std::vector<Tensor> compute_mask(const Values& inputs, const std::vector<Tensor>& masks) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("axis", self.axis_);
  }
  void check() {
    supports_masking_ = true;
    ragged_inputs_ = RaggedInputs::taken;
  }

 private:
  std::int64_t axis_ = -1;
};
HB_LAYER_HANDLE(Concatenate);

}  // namespace hornbeam
