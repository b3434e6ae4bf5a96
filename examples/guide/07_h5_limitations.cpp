// Keras H5 format, limitations: two things are not in the file.
#include "sections.h"

namespace guide {
namespace {

class Scale : public hb::Layer {
 public:
  using Layer::Layer;
  void build(const hb::Shape& input_shape) override {
    scale_ = add_weight("scale", {input_shape.back()}, {.initializer = "ones"});
  }
  hb::Values call(const hb::Values& inputs, hb::CallContext& context) override {
    // Of losses that a layer adds in call() the file need not know: they come with the layer.
    context.add_loss(hb::ops::reduce_sum(hb::ops::square(scale_)));
    return hb::Tensor(inputs) * scale_;
  }
  static auto from_config(const hb::Config& config) { return hb::make<Scale>(config.at("name").as_string()); }

 private:
  hb::Variable scale_;
};

double loss_of(const hb::ModelRef& model, const hb::Tensor& x, const hb::Tensor& y) {
  return model->evaluate(x, y).at("loss");
}

// 1. External losses & metrics, added by model.add_loss() and model.add_metric(), are not saved, unlike in SavedModel.
void external_losses(const Folder& folder, const hb::Tensor& x, const hb::Tensor& y) {
  const auto inputs = hb::Input({32});
  const hb::Tensor outputs = hb::Dense(1)(inputs);
  const hb::Functional model(inputs, outputs);
  model->add_loss(hb::ops::reduce_mean(hb::ops::square(outputs)));
  model->add_metric(outputs, "mean_output");
  model->compile({.optimizer = "adam", .loss = "mse"});
  const auto logs = model->evaluate(x, y);

  hb::SaveReport report;
  model->save(folder / "external.h5", {.report = &report});
  check(!report.dropped.empty(), "the report names what is not in the file");
  const auto from_h5 = hb::models::load_model(folder / "external.h5");
  check(loss_of(from_h5, x, y) < logs.at("loss"), "the added loss is missing");
  check(!error_of([&] { from_h5->evaluate(x, y).at("mean_output"); }).empty(), "the added metric is missing");

  // They are to be added again after loading.
  const hb::Tensor loaded_outputs = from_h5->outputs();
  from_h5->add_loss(hb::ops::reduce_mean(hb::ops::square(loaded_outputs)));
  from_h5->add_metric(loaded_outputs, "mean_output");
  from_h5->compile({.optimizer = "adam", .loss = "mse"});
  check(from_h5->evaluate(x, y).values() == logs.values(), "the loss is the original's again");

  model->save(folder / "external");
  const auto from_savedmodel = hb::models::load_model(folder / "external");
  check(from_savedmodel->evaluate(x, y).values() == logs.values(), "a SavedModel keeps what was added");

  leave_numbers(folder / "external.h5", x, model->predict(x));
  leave_numbers(folder / "external", x, model->predict(x));
  hb::save_npy(folder / "external.target.npy", y);
  hb::save_npy(folder / "external.evaluated.npy", hb::Tensor::from<double>({2}, {logs.values()[0], logs.values()[1]}));
}

// 2. The computation graph of custom objects is not in the file: their classes are needed.
void custom_objects(const Folder& folder, const hb::Tensor& x, const hb::Tensor& y) {
  const hb::Sequential model({hb::Input({32}), hb::make<Scale>("scale"), hb::Dense(1)});
  model->compile({.optimizer = "adam", .loss = "mse"});
  model->save(folder / "custom.h5");
  leave_numbers(folder / "custom.h5", x, model->predict(x));

  const auto error = error_of([&] { hb::models::load_model(folder / "custom.h5"); });
  check(error.starts_with("ValueError: Unknown layer: Scale"), "the class is missing; not \"" + error + "\"");
  const auto loaded = hb::models::load_model(folder / "custom.h5",  //
                                             {.custom_objects = {{"Scale", hb::custom_object<Scale>()}}});
  // The loss that the layer adds in call() is there.
  check(loss_of(loaded, x, y) == loss_of(model, x, y), "the layer's own loss is kept");
}

}  // namespace

void h5_limitations(const Folder& folder) {
  const auto x = hb::ops::random_uniform({16, 32}), y = hb::ops::random_uniform({16, 1});
  external_losses(folder, x, y);
  custom_objects(folder, x, y);
}

}  // namespace guide
