#include "formats/file_kind.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/zip_writer.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/npy.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::formats {
namespace {

using testing_support::TempDir;
using testing_support::write_file;

void write_zip(const std::string& path, const std::vector<std::string>& names) {
  base::ZipWriter zip(path);
  for (const auto& name : names) zip.add(name, "");
  zip.finish();
}

TEST(FileKind, IsToldFromTheBytes) {
  const TempDir dir;
  const auto npy = dir.file("array");
  save_npy(npy, Tensor::scalar(1.0F));
  write_zip(dir.file("model"), {"metadata.json", "config.json", "model.weights.h5"});
  write_zip(dir.file("arrays"), {"000.npy", "001.npy"});
  write_zip(dir.file("others"), {"d", "b.npy", "a", "c"});
  write_zip(dir.file("no_members"), {});
  write_file(dir.file("object"), " \n{\"a\": 1}");
  write_file(dir.file("list"), "[1]");
  write_file(dir.file("text"), "text");
  write_file(dir.file("nothing"), "");
  // An archive that holds an HDF5 file where a reader of HDF5 would look for a signature.
  std::string within(512, '\0');
  within.replace(0, 4, "PK\x03\x04");
  write_file(dir.file("broken"), within + "\x89HDF\r\n\x1a\n");
  write_file(dir.file("h5"), std::string(512, '\0') + "\x89HDF\r\n\x1a\n");
  std::filesystem::create_directories(dir.file("folder/within"));
  std::filesystem::create_directory(dir.file("saved"));
  write_file(dir.file("saved/saved_model.pb"), "");
  const std::tuple<const char*, FileKind, const char*> kCases[] = {
      {"array", FileKind::npy, "a NumPy array (.npy)"},
      {"model", FileKind::keras_v3, "a Keras v3 archive (.keras)"},
      {"arrays", FileKind::npz, "NumPy arrays (.npz): 000.npy, 001.npy"},
      {"others", FileKind::zip, "a zip archive without config.json: a, b.npy, c, ..."},
      {"no_members", FileKind::zip, "an empty zip archive"},
      {"object", FileKind::json, "JSON"},
      {"list", FileKind::json, "JSON"},
      {"text", FileKind::other, "a file of none of Keras's formats"},
      {"nothing", FileKind::other, "an empty file"},
      {"h5", FileKind::hdf5, "an HDF5 file"},
      {"folder", FileKind::folder, "a folder with within"},
      {"saved", FileKind::saved_model, "a SavedModel folder"},
  };
  for (const auto& [name, kind, text] : kCases) {
    const auto found = kind_of(dir.file(name));
    const bool is_zip = kind == FileKind::keras_v3 || kind == FileKind::npz || kind == FileKind::zip;
    EXPECT_EQ(found.zip != nullptr, is_zip) << name;
    EXPECT_EQ(found.kind, kind) << name;
    EXPECT_EQ(found.text, text) << name;
  }
  EXPECT_THROW(kind_of(dir.file("broken")), FormatError);
  EXPECT_THROW(kind_of(dir.file("none")), OSError);
}

}  // namespace
}  // namespace hornbeam::formats
