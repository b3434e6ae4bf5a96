#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

Tensor zeros(const Shape& shape) { return Tensor::zeros(DType::float32, shape); }
LayerRef built_dense() {
  const Dense d(3, {.name = "d"});
  d(Input({2}));
  return d;
}
Sequential m() {
  return Sequential({Input({2}), Dense(4, {.name = "dense_0"}), Dense(3, {.name = "dense_1"})}, {.name = "m"});
}
Sequential lazy() { return Sequential({Dense(3, {.name = "d"})}, {.name = "m"}); }
LayerRef lazy_dense() { return Dense(3, {.name = "d"}); }
Functional two_inputs() {
  const auto a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"});
  return Functional({a, b}, Dense(1, {.name = "d"})(Concatenate({.name = "c"})({a, b})), {.name = "m"});
}

class Own : public Model {
 public:
  Own() : Model("own") {}
  Values call(const Values& x, CallContext&) override { return x; }
};

}  // namespace

std::vector<WrongCall> wrong_weights() {
  return {
      {"subclassed_get_config", [] { make<Own>()->get_config(); }},
      {"layer_get_output_at",
       [] {
         const Dense d(3, {.name = "d"});
         const auto a = d(Input({3})), b = d(Input({3}));
         d->get_output_at(5);
       }},
      {"layer_set_weights_count",
       [] {
         built_dense()->set_weights({zeros({2, 3})});
       }},
      {"layer_set_weights_many",
       [] {
         built_dense()->set_weights({zeros({2, 3}), zeros({3}), zeros({3})});
       }},
      {"layer_set_weights_shape",
       [] {
         built_dense()->set_weights({zeros({3, 2}), zeros({3})});
       }},
      {"layer_set_weights_none",
       [] {
         lazy_dense()->set_weights({zeros({2, 3}), zeros({3})});
       }},
      {"model_set_weights_count",
       [] {
         m()->set_weights({zeros({2, 4})});
       }},
      {"model_set_weights_shape",
       [] {
         m()->set_weights({zeros({4, 2}), zeros({4}), zeros({4, 3}), zeros({3})});
       }},
      {"weights_unbuilt", [] { lazy()->weights(); }},
      {"get_weights_unbuilt", [] { lazy()->get_weights(); }},
      {"summary_unbuilt", [] { lazy()->summary(); }},
      {"count_params_unbuilt", [] { lazy()->count_params(); }},
      {"layer_count_params_unbuilt", [] { lazy_dense()->count_params(); }},
      {"layer_input_uncalled", [] { lazy_dense()->input(); }},
      {"layer_output_uncalled", [] { lazy_dense()->output(); }},
      {"layer_output_shape_uncalled", [] { lazy_dense()->output_shape(); }},
      {"subclassed_summary", [] { make<Own>()->summary(); }},
      {"subclassed_to_json", [] { make<Own>()->to_json(); }, "Model \"own\" (Own) is defined by its code"},
      {"predict_too_few",
       [] {
         two_inputs()->predict(zeros({3, 2}));
       },
       "Layer m expects 2 inputs, but it received 1 input tensors. Inputs received: ["},
      {"predict_too_few_list",
       [] {
         two_inputs()->predict({zeros({3, 2})});
       },
       "Layer m expects 2 inputs, but it received 1 input tensors. Inputs received: ["},
      {"predict_too_many",
       [] {
         two_inputs()->predict({zeros({3, 2}), zeros({3, 2}), zeros({3, 2})});
       },
       "Layer m expects 2 inputs, but it received 3 input tensors. Inputs received: ["},
      {"predict_missing_key",
       [] {
         two_inputs()->predict({{"a", zeros({3, 2})}});
       },
       "Missing data for input \"b\"."},
      {"predict_cardinality",
       [] {
         two_inputs()->predict({zeros({3, 2}), zeros({4, 2})});
       }},
      {"predict_wrong_features",
       [] {
         m()->predict(zeros({3, 5}));
       }},
      {"predict_wrong_rank",
       [] {
         Sequential({Input({4, 2}), Conv1D(2, 2, {.name = "c"})}, {.name = "m"})->predict(zeros({3}));
       },
       "Input 0 of layer m is incompatible with the layer: expected ndim=3, found ndim=1. Full shape received: [None]"},
      {"call_wrong_features",
       [] {
         const auto i = Input({2}, {.name = "i"});
         Functional(i, Dense(1, {.name = "d"})(i), {.name = "m"})(zeros({3, 5}));
       },
       "Input 0 of layer m is incompatible with the layer: expected axis -1 of input shape to have value 2"},
      {"predict_none", [] { m()->predict({}); }, "Layer m expects 1 inputs, but it received 0 input tensors."},
  };
}

}  // namespace hornbeam::testing_support
