// A layer of one's own, derived from a built-in one, as configs name it: "ReversedLSTM". In Python it was
//
//   class ReversedLSTM(LSTM):
//       def __init__(self, **kwargs):
//           kwargs["go_backwards"] = True
//           super().__init__(**kwargs)
//       def call(self, inputs, **kwargs):
//           return K.reverse(super().call(inputs, **kwargs), 1)
#pragma once

#include "hornbeam/hornbeam.hpp"

class ReversedLSTM final : public hb::LSTMLayer {
 public:
  static constexpr const char* kClassName = "ReversedLSTM";
  explicit ReversedLSTM(const hb::LayerOptions& options) : LSTMLayer(options) {}
  std::string class_name() const override { return kClassName; }
  // Once the config is read.
  void check() {
    flags_.go_backwards = true;
    LSTMLayer::check();
  }
  hb::Values call(const hb::Values& inputs, hb::CallContext& context) override {
    return hb::ops::reverse(LSTMLayer::call(inputs, context), {1});
  }
};

// For custom_objects: the class by its name.
inline hb::CustomObjects reversed_lstm() {
  return {{ReversedLSTM::kClassName, hb::LayerFactory(hb::layer_from_config<ReversedLSTM>)}};
}
