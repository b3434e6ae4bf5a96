// APIs for saving weights to disk & loading them back: a TensorFlow checkpoint is the default; HDF5 by save_format, or
// when the path ends in .h5 or .hdf5. In tf.keras 2.2 (and here) .keras is HDF5, too.
#include "sections.h"

namespace guide {
namespace {

bool is_checkpoint(const std::string& path) { return std::filesystem::exists(path + ".index"); }

}  // namespace

void saving_weights_to_disk(const Folder& folder) {
  const auto model = sequential_model();
  model->save_weights(folder / "default");
  model->save_weights(folder / "other.suffix");
  model->save_weights(folder / "suffix.h5");
  model->save_weights(folder / "suffix.hdf5");
  model->save_weights(folder / "said_tf", {.save_format = "tf"});
  model->save_weights(folder / "said_h5", {.save_format = "h5"});

  const auto digits = hb::ops::random_uniform({3, 784});
  const auto expected = model->predict(digits);
  for (const std::string name : {"default", "other.suffix", "said_tf", "suffix.h5", "suffix.hdf5", "said_h5"}) {
    const bool hdf5 = name.starts_with("suffix") || name == "said_h5";
    check(is_checkpoint(folder / name) == !hdf5, name + (hdf5 ? " is HDF5" : " is a checkpoint"));
    const auto other = sequential_model();
    other->load_weights(folder / name);
    assert_same_weights(other->weights(), model->weights());
    leave_numbers(folder / name, digits, expected);
  }
  // A suffix that says one thing, and a format that says another.
  const auto error = error_of([&] { model->save_weights(folder / "wrong.h5", {.save_format = "tf"}); });
  check(error.starts_with("ValueError: save_weights got save_format=\"tf\""), "this is refused; not \"" + error + "\"");

  // The third way: arrays in memory.
  const std::vector<hb::Tensor> weights = model->get_weights();
  check(weights.size() == 6, "three kernels and three biases");
}

}  // namespace guide
