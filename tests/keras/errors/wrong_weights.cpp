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

enum class Beside { nothing, regularizer, added_loss };
class AddsLoss : public Layer {
 public:
  AddsLoss() : Layer(LayerOptions{.name = "a"}) {}
  Values call(const Values& x, CallContext& context) override {
    context.add_loss(ops::reduce_mean(x.tensor()));
    return x;
  }
};
// Compiled, with other losses beside the one that wants labels.
ModelRef compiled(Beside beside, const std::string& target, const Losses& losses = "mse") {
  const Dense d(3, {.kernel_regularizer = beside == Beside::regularizer ? "l2" : Regularizer(), .name = "d"});
  const Sequential model({Input({2}), d}, {.name = "m"});
  if (beside == Beside::added_loss) model->add(make<AddsLoss>());
  model->set_target(target);
  model->compile({.optimizer = "sgd", .loss = losses});
  return model;
}

// What each Keras first says of labels that are not given: 2.15 in training, Keras 3 also in evaluation.
void add_missing_labels(std::vector<WrongCall>& calls) {
  static constexpr const char* kMissing =
      "Target data is missing. Your model was compiled with loss=mse, and therefore ";
  const auto add = [&](const char* name, Beside beside, const char* target, const auto& call, const char* ours) {
    calls.push_back({name, [=] { call(*compiled(beside, target)); }, ours});
  };
  const auto fit = [](Model& m) { m.fit(zeros({4, 2})); };
  const auto train = [](Model& m) { m.train_on_batch(zeros({4, 2})); };
  const auto evaluate = [](Model& m) { m.evaluate(zeros({4, 2})); };
  const auto test = [](Model& m) { m.test_on_batch(zeros({4, 2})); };
  add("fit_no_y_plain", Beside::nothing, "tf2.15", fit, kMissing);
  add("fit_no_y_regularized", Beside::regularizer, "tf2.15", fit, "");
  add("fit_no_y_added", Beside::added_loss, "tf2.15", fit, "");
  add("train_on_batch_no_y_plain", Beside::nothing, "tf2.15", train, kMissing);
  add("train_on_batch_no_y_regularized", Beside::regularizer, "tf2.15", train, "");
  add("train_on_batch_no_y_added", Beside::added_loss, "tf2.15", train, "");
  add("evaluate_no_y_plain", Beside::nothing, "keras3", evaluate, kMissing);
  add("evaluate_no_y_regularized", Beside::regularizer, "keras3", evaluate, kMissing);
  add("evaluate_no_y_added", Beside::added_loss, "keras3", evaluate, kMissing);
  add("test_on_batch_no_y_plain", Beside::nothing, "keras3", test, kMissing);
  add("test_on_batch_no_y_regularized", Beside::regularizer, "keras3", test, kMissing);
  add("test_on_batch_no_y_added", Beside::added_loss, "keras3", test, kMissing);
  calls.push_back({"fit_no_loss_plain", [=] { fit(*compiled(Beside::nothing, "tf2.15", {})); },
                   "No loss to compute. Provide a `loss` argument in `compile()`"});
}

}  // namespace

std::vector<WrongCall> wrong_weights() {
  std::vector<WrongCall> calls = {
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
       "Layer \"m\" expects 2 input(s), but it received 1 input tensors. Inputs received: ["},
      {"predict_too_few_list",
       [] {
         two_inputs()->predict({zeros({3, 2})});
       },
       "Layer \"m\" expects 2 input(s), but it received 1 input tensors. Inputs received: ["},
      {"predict_too_many",
       [] {
         two_inputs()->predict({zeros({3, 2}), zeros({3, 2}), zeros({3, 2})});
       },
       "Layer \"m\" expects 2 input(s), but it received 3 input tensors. Inputs received: ["},
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
      {"predict_none", [] { m()->predict({}); }, "Layer \"m\" expects 1 input(s), but it received 0 input tensors."},
  };
  add_missing_labels(calls);
  return calls;
}

}  // namespace hornbeam::testing_support
