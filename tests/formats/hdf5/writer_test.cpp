// What the writer writes, read by our own reader and by libhdf5.
#include "formats/hdf5/writer.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <thread>

#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/oracle.h"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam::formats::hdf5 {
namespace {

using testing_support::read_file;
using testing_support::TempDir;
using Texts = std::vector<std::string>;

// Fills a file by `fill`, and gives its path.
template <class Fill>
std::string written(const TempDir& dir, const std::string& name, const Fill& fill) {
  const auto path = dir.file(name);
  base::AtomicFile file(path);
  Writer writer(file);
  fill(writer);
  writer.close();
  file.commit();
  return path;
}

void fill_with_everything(Writer& w) {
  w.add_attribute("/", "backend", "tensorflow", Charset::utf8);
  w.add_attribute("/", "empty", "", Charset::ascii);
  w.add_attribute("/", "model_config", std::string(300'000, 'x'), Charset::ascii);
  w.add_group("/model_weights");
  w.add_group("/model_weights");
  w.add_group("/model_weights/a/b");
  w.add_attribute("/model_weights", "fixed", {"a", "a longer one", "Käse"}, StringList::fixed);
  w.add_attribute("/model_weights", "variable", {"a", "", "a longer one"}, StringList::variable);
  w.add_attribute("/model_weights", "none", Texts{}, StringList::fixed);
  w.add_dataset("/model_weights/a/b/kernel:0", Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  w.add_dataset("/model_weights/scalar", Tensor::scalar<std::int64_t>(-7));
  w.add_dataset("/model_weights/no elements", Tensor::zeros(DType::float32, {0, 4}));
  w.add_dataset("/types/bool", Tensor::from<bool>({3}, {true, false, true}));
  w.add_dataset("/types/half", Tensor::from<Float16>({2}, {Float16(1.5F), Float16(-0.25F)}));
  w.add_dataset("/types/bfloat16", Tensor::from<BFloat16>({2}, {BFloat16(3.0F), BFloat16(-2.0F)}));
  w.add_dataset("/types/double", Tensor::scalar(0.1));
  w.add_dataset("/types/uint8", Tensor::from<std::uint8_t>({2}, {0, 255}));
  w.add_dataset("/types/string", Tensor::from<std::string>({2}, {std::string("grün"), std::string()}));
}

TEST(Hdf5Writer, OurReaderFindsWhatWasWritten) {
  const TempDir dir;
  const auto file = File::open(written(dir, "a.h5", fill_with_everything));
  const auto root = file->root(), weights = root.group("model_weights"), types = root.group("types");
  EXPECT_EQ(root.attribute("backend").as_string(), "tensorflow");
  EXPECT_EQ(root.attribute("backend").type_name(), "UTF-8 strings");
  EXPECT_EQ(root.attribute("empty").as_string(), "");
  EXPECT_EQ(root.attribute("model_config").as_string(), std::string(300'000, 'x'));
  EXPECT_EQ(root.attribute("model_config").type_name(), "ASCII strings");
  EXPECT_EQ(weights.attribute("fixed").as_strings(), (Texts{"a", "a longer one", "Käse"}));
  EXPECT_EQ(weights.attribute("fixed").type_name(), "ASCII strings of 12 bytes, NUL-padded");
  EXPECT_EQ(weights.attribute("variable").as_strings(), (Texts{"a", "", "a longer one"}));
  EXPECT_EQ(weights.attribute("none").type_name(), "float64");
  EXPECT_EQ(weights.attribute("none").shape(), std::vector<std::int64_t>{0});
  const auto kernel = weights.dataset("a/b/kernel:0");
  EXPECT_EQ(kernel.shape(), (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(kernel.mapped().size(), 24u);
  EXPECT_EQ(reinterpret_cast<const float*>(kernel.read_bytes(24).data())[5], 6.0F);
  EXPECT_EQ(weights.dataset("scalar").dtype(), DType::int64);
  EXPECT_TRUE(weights.dataset("scalar").shape().empty());
  EXPECT_EQ(weights.dataset("no elements").shape(), (std::vector<std::int64_t>{0, 4}));
  EXPECT_EQ(types.dataset("bool").dtype(), DType::boolean);
  EXPECT_EQ(types.dataset("half").dtype(), DType::float16);
  EXPECT_EQ(types.dataset("bfloat16").dtype(), DType::bfloat16);
  EXPECT_EQ(types.dataset("string").read_strings(), (Texts{"grün", ""}));
}

TEST(Hdf5Writer, LibhdfReadsItAsWeDo) {
  const TempDir dir;
  const auto compared = testing::compare_with_libhdf5(written(dir, "a.h5", fill_with_everything));
  EXPECT_EQ(compared.datasets, 9);
  EXPECT_EQ(compared.attributes, 6);
}

TEST(Hdf5Writer, HasTheFormOfH5py) {
  const TempDir dir;
  const auto bytes = read_file(written(dir, "a.h5", fill_with_everything));
  ASSERT_GT(bytes.size(), 96u);
  EXPECT_EQ(bytes.substr(0, 8), "\x89HDF\r\n\x1a\n");
  EXPECT_EQ(bytes[8], 0);                     // superblock 0
  EXPECT_NE(bytes.find("SNOD"), bytes.npos);  // old groups
}

TEST(Hdf5Writer, GivesTheSameBytesEachTime) {
  const TempDir dir;
  const auto first = read_file(written(dir, "a.h5", fill_with_everything));
  const auto second = read_file(written(dir, "b.h5", fill_with_everything));
  EXPECT_TRUE(first == second);
}

TEST(Hdf5Writer, CutsListsThatWouldNotFitAHeader) {
  const TempDir dir;
  Texts names;
  for (int i = 0; i < 701; ++i) names.push_back(std::string(112, 'n') + std::to_string(100 + i));
  const auto file = File::open(written(
      dir, "a.h5", [&](Writer& w) { write_attribute_strings(w, "/", "layer_names", names, StringList::variable); }));
  const auto root = file->root();
  EXPECT_FALSE(root.has_attribute("layer_names"));
  EXPECT_EQ(root.attribute("layer_names0").count(), 351u);  // as numpy's array_split
  EXPECT_EQ(root.attribute("layer_names1").count(), 350u);
  EXPECT_EQ(root.attribute("layer_names1").type_name(), "ASCII strings of 115 bytes, NUL-padded");
  EXPECT_EQ(load_attribute_strings(root, "layer_names"), names);
}

TEST(Hdf5Writer, RefusesWhatHdf5CannotHold) {
  const TempDir dir;
  base::AtomicFile file(dir.file("a.h5"));
  Writer w(file);
  w.add_dataset("/a", Tensor::scalar(1.0F));
  EXPECT_THROW(w.add_dataset("/a", Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.add_dataset("/a/b", Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.add_attribute("/missing", "x", "y", Charset::ascii), ValueError);
  EXPECT_THROW(w.add_group(""), ValueError);
  EXPECT_THROW(w.add_attribute("/", "x", std::string("a\0b", 3), Charset::ascii), ValueError);
  EXPECT_THROW(w.add_dataset("/nul", Tensor::from<std::string>({1}, {std::string("a\0b", 3)})), ValueError);
  EXPECT_THROW(w.add_dataset("/c", Tensor::zeros(DType::complex64, {1})), TypeError);
  EXPECT_THROW(write_attribute_strings(w, "/", "n", {std::string(70'000, 'n')}, StringList::fixed), RuntimeError);
}

TEST(Hdf5Writer, LeavesLibhdfsErrorPrintingAsItWas) {
  H5E_auto2_t before = nullptr, after = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  const TempDir dir;
  written(dir, "a.h5", fill_with_everything);
  H5Eget_auto2(H5E_DEFAULT, &after, &data);
  EXPECT_NE(before, nullptr);
  EXPECT_EQ(before, after);
}

TEST(Hdf5Writer, ThreadsWriteFilesOfTheirOwn) {
  const TempDir dir;
  const auto alone = read_file(written(dir, "alone.h5", fill_with_everything));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) written(dir, std::to_string(t) + ".h5", fill_with_everything);
    });
  }
  for (auto& thread : threads) thread.join();
  for (int t = 0; t < 3; ++t) EXPECT_TRUE(read_file(dir.file(std::to_string(t) + ".h5")) == alone);
}

}  // namespace
}  // namespace hornbeam::formats::hdf5
