// Whole-model saving & loading, APIs: model->save() or hb::models::save_model(), hb::models::load_model(). There are
// two formats: a SavedModel folder, which is the default, and one H5 file, by save_format or by the path's suffix.
#include "sections.h"

void guide::choosing_a_format(const Folder& folder) {
  const auto model = get_model();
  const auto x = hb::ops::random_uniform({3, 32});
  const auto y = model->predict(x);

  model->save(folder / "savedmodel");
  hb::models::save_model(model, folder / "also_savedmodel", {.save_format = "tf"});
  for (const std::string name : {"savedmodel", "also_savedmodel"}) {
    check(std::filesystem::is_directory(folder / name), name + " is a folder");
  }

  model->save(folder / "suffix.h5");
  model->save(folder / "suffix.keras");  // tf.keras 2.2: HDF5 under another name
  model->save(folder / "no_suffix", {.save_format = "h5"});
  for (const std::string name : {"suffix.h5", "suffix.keras", "no_suffix"}) {
    check(std::filesystem::is_regular_file(folder / name), name + " is a file");
  }

  // What a file is, loading tells from the file itself.
  for (const std::string name : {"savedmodel", "also_savedmodel", "suffix.h5", "suffix.keras", "no_suffix"}) {
    hb::LoadReport report;
    const auto loaded = hb::models::load_model(folder / name, {.report = &report});
    check(report.format == (name.ends_with("savedmodel") ? "saved_model" : "h5"), "the report tells the format");
    assert_allclose(loaded->predict(x), y);
    leave_numbers(folder / name, x, y);
  }
}
