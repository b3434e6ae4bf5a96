// HDF5 format: changing layer.trainable may result in a different order of layer.weights when the model contains nested
// layers: trainable ones come first.
#include "sections.h"

namespace guide {
namespace {

class NestedDenseLayer : public hb::Layer {
 public:
  explicit NestedDenseLayer(std::int64_t units, const std::string& name)
      : Layer(name),
        dense_1(track("dense_1", hb::Dense(units, {.name = "dense_1"}))),
        dense_2(track("dense_2", hb::Dense(units, {.name = "dense_2"}))) {}

  hb::Values call(const hb::Values& inputs, hb::CallContext&) override { return dense_2(dense_1(inputs)); }

  const hb::Dense dense_1, dense_2;
};

using Names = std::vector<std::string>;

Names names_of(const std::vector<hb::Variable>& variables) {
  Names names;
  for (const auto& v : variables) names.push_back(v->name());
  return names;
}

}  // namespace

void order_of_nested_weights(const Folder& folder) {
  const auto nested = hb::make<NestedDenseLayer>(10, "nested");
  const auto nested_model = hb::Sequential({hb::Input({784}), nested});
  const auto variable_names = names_of(nested_model->weights());
  nested_model->save_weights(folder / "before.h5");

  // Changing trainable status of one of the nested layers...
  nested->dense_1->set_trainable(false);

  const auto variable_names_2 = names_of(nested_model->weights());
  check(variable_names != variable_names_2, "the order of variables changed");
  check(variable_names == Names{"nested/dense_1/kernel:0", "nested/dense_1/bias:0",  //
                                "nested/dense_2/kernel:0", "nested/dense_2/bias:0"},
        "dense_1 comes first");
  check(variable_names_2 == Names{"nested/dense_2/kernel:0", "nested/dense_2/bias:0",  //
                                  "nested/dense_1/kernel:0", "nested/dense_1/bias:0"},
        "what is trainable comes first");
  nested_model->save_weights(folder / "after.h5");

  // A file fits a model whose layers have the trainable statuses that it was saved with.
  const auto same_status = hb::make<NestedDenseLayer>(10, "nested");
  same_status->dense_1->set_trainable(false);
  const auto other_model = hb::Sequential({hb::Input({784}), same_status});
  other_model->load_weights(folder / "after.h5");
  assert_same_weights(other_model->weights(), nested_model->weights());
  const auto misfit = error_of([&] { other_model->load_weights(folder / "before.h5"); });
  check(misfit.starts_with("ValueError"), "the shapes of the other order do not fit");

  const auto x = hb::ops::random_uniform({3, 784});
  leave_numbers(folder / "before.h5", x, nested_model->predict(x));
  leave_numbers(folder / "after.h5", x, nested_model->predict(x));
}

}  // namespace guide
