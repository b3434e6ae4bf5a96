// Archives as Keras 2.12 and 2.13 wrote them: modules of older names, and groups of an older name in the weights. Made
// of one of TensorFlow 2.15's.
#include <gmock/gmock.h>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/writer.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "keras/saving/h5_weights.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing_support::expect_close;
using testing_support::read_file;
using testing_support::TempDir;

std::string with_replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The same datasets under older names; attributes are not read.
std::string old_weights(const TempDir& dir, std::shared_ptr<const base::MappedFile> weights) {
  const auto path = dir.file("old.weights.h5");
  base::AtomicFile file(path);
  formats::hdf5::Writer writer(file);
  const auto original = formats::hdf5::File::from_mapping(std::move(weights));
  formats::hdf5::visit_objects(
      original->root(), {{}, [&](const formats::hdf5::Dataset& dataset) {
                           writer.add_dataset(with_replaced(dataset.path(), "layers", "_layer_checkpoint_dependencies"),
                                              read_h5_tensor(dataset, false));
                         }});
  writer.close();
  file.commit();
  return read_file(path);
}

std::string old_archive(const TempDir& dir, const std::string& newer) {
  const auto path = dir.file("old.keras");
  const base::ZipReader in(base::MappedFile::open(newer));
  base::ZipWriter out(path);
  for (const auto& member : in.members()) {
    const auto bytes = in.read(member.name);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (member.name == "config.json") {
      EXPECT_NE(text.find("keras.src.engine.functional"), text.npos);
      text = with_replaced(text, "keras.src.engine.functional", "keras.engine.functional");
    } else if (member.name == "metadata.json") {
      text = R"({"keras_version": "2.12.0", "date_saved": "2023-04-01@12:00:00"})";
    } else if (member.name == "model.weights.h5") {
      text = old_weights(dir, in.open(member.name));
    }
    out.add(member.name, text);
  }
  out.finish();
  return path;
}

TEST(OldArchives, LoadWholeAndGiveTheirWeights) {
  const TempDir dir;
  const auto folder = test_data("keras") + "/keras_v3/";
  std::map<std::string, Tensor> arrays;
  for (auto& [name, value] : load_npz(folder + "tf-2.15.1.npz")) arrays.emplace(name, value);
  backend::clear_session();
  const auto path = old_archive(dir, folder + "tf-2.15.1.keras");
  LoadReport report;
  const auto model = models::load_model(path, {.report = &report});
  EXPECT_EQ(report.keras_version, "2.12.0");
  EXPECT_TRUE(report.missing.empty() && report.unused.empty() && report.mismatched.empty()) << report.to_string();
  expect_close(model->predict(arrays["x"]).tensor(), arrays["predicted"], 1e-5, 1e-6, "the archive");
  const auto logs = model->train_on_batch(arrays["x"], arrays["y"]);
  EXPECT_NEAR(logs.at("loss"), static_cast<double>(arrays["loss"].item<float>()), 1e-5);
  for (const auto& file : {path, dir.file("old.weights.h5")}) {
    const auto other = models::load_model(folder + "tf-2.15.1.keras");
    for (const auto& weight : other->weights()) weight->assign(Tensor::zeros(weight->dtype(), weight->shape()));
    other->load_weights(file, {.report = &report});
    EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
    expect_close(other->predict(arrays["x"]).tensor(), arrays["predicted"], 1e-5, 1e-6, file);
  }
}

}  // namespace
}  // namespace hornbeam
