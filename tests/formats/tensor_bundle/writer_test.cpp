#include "formats/tensor_bundle/writer.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/atomic_folder.h"
#include "formats/tensor_bundle/test_bundles.h"
#include "support/temp_dir.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;
using testing_support::TempDir;

// Writes what is in a bundle, in the order in which it lies there.
void copy(const Bundle& from, const std::string& prefix) {
  auto names = from.names();
  std::ranges::stable_sort(
      names, {}, [&](const std::string& name) { return std::pair(from.entry(name).offset, from.entry(name).size); });
  Writer writer(prefix);
  for (const auto& name : names) writer.add(name, from.read(name));
  writer.commit();
}

Tensor filled(float value, std::int64_t size = 1000) {
  auto tensor = Tensor::empty(DType::float32, {size});
  std::ranges::fill(tensor.mutable_data<float>(), value);
  return tensor;
}

void save(const std::string& prefix, float value) {
  Writer writer(prefix);
  writer.add("a", filled(value));
  writer.add("b", Tensor::scalar(value));
  writer.add("c", Tensor::scalar(std::string("c")));
  writer.commit();
}

float loaded(const std::string& prefix) {
  const auto bundle = Bundle::open(prefix);
  bundle->verify_all();
  const auto a = bundle->read("a"), b = bundle->read("b");
  for (const float value : a.data<float>()) EXPECT_EQ(value, b.item<float>());
  return b.item<float>();
}

// Whoever fills the folder holds it already.
TEST(BundleWriter, WritesIntoAFolderThatIsBeingFilled) {
  const TempDir dir;
  base::AtomicFolder folder(dir.file("m"), {"ckpt"});
  save(folder.temporary() + "/ckpt", 3);
  folder.commit();
  EXPECT_EQ(loaded(dir.file("m/ckpt")), 3);
}

TEST(BundleWriter, SameBytesAsTensorFlow) {
  const TempDir dir;
  for (const auto& name : {"types", "model-2.2.3", "model-2.15.1"}) {
    copy(*Bundle::open(recorded(name)), dir.file(name));
    for (const auto* ending : {".index", ".data-00000-of-00001"}) {
      EXPECT_EQ(read_file(dir.file(name) + ending), read_file(recorded(name) + ending)) << name << ending;
    }
  }
  EXPECT_EQ(dir.count(), 6u);
}

TEST(BundleWriter, IndexesWithSlicesAndSeveralFiles) {
  for (const auto& name : {"sliced", "merged", "quantized", "far"}) {
    const auto bytes = read_file(recorded(name) + ".index");
    EXPECT_EQ(serialize(parse_index(as_raw(bytes), name)), bytes) << name;
  }
}

TEST(BundleWriter, ReplacesAnOldBundleUnderItsUsualName) {
  const TempDir dir;
  for (const float value : {1.0F, 2.0F, 3.0F}) {
    save(dir.file("w"), value);
    EXPECT_EQ(loaded(dir.file("w")), value);
    EXPECT_TRUE(std::filesystem::exists(dir.file("w.data-00000-of-00001")));
    EXPECT_EQ(dir.count(), 2u);
  }
}

// As a writer leaves it that was killed before it was through.
TEST(BundleWriter, ReplacesABundleOfTwoFiles) {
  const TempDir dir;
  save(dir.file("w"), 1);
  auto index = parse_index(as_raw(read_file(dir.file("w.index"))), "w.index");
  index.shards = 2;
  testing_support::write_file(dir.file("w.index"), serialize(index));
  std::filesystem::rename(dir.file("w.data-00000-of-00001"), dir.file("w.data-00000-of-00002"));
  EXPECT_EQ(loaded(dir.file("w")), 1);
  save(dir.file("w"), 2);
  EXPECT_EQ(loaded(dir.file("w")), 2);
  EXPECT_EQ(dir.count(), 2u);
}

TEST(BundleWriter, ReplacesWhatIsNoBundle) {
  const TempDir dir;
  testing_support::write_file(dir.file("w.index"), "nonsense");
  testing_support::write_file(dir.file("w.data-00000-of-00001"), "nonsense");
  save(dir.file("w"), 2);
  EXPECT_EQ(loaded(dir.file("w")), 2);
  EXPECT_EQ(dir.count(), 2u);
}

TEST(BundleWriter, KeepsPermissions) {
  const TempDir dir;
  save(dir.file("w"), 1);
  for (const auto* ending : {".index", ".data-00000-of-00001"}) ::chmod((dir.file("w") + ending).c_str(), 0600);
  save(dir.file("w"), 2);
  for (const auto* ending : {".index", ".data-00000-of-00001"}) {
    struct stat now {};
    ASSERT_EQ(::stat((dir.file("w") + ending).c_str(), &now), 0);
    EXPECT_EQ(now.st_mode & 0777U, 0600U) << ending;
  }
}

TEST(BundleWriter, NothingWithoutCommit) {
  const TempDir dir;
  { Writer(dir.file("w")).add("a", Tensor::scalar(1.0F)); }
  EXPECT_EQ(dir.count(), 0u);
  EXPECT_THROW(Writer(dir.file("missing/w")), OSError);
}

TEST(BundleWriter, RefusesWhatBundlesCannotHold) {
  const TempDir dir;
  Writer w(dir.file("w"));
  w.add("a", Tensor::scalar(1.0F));
  try {
    w.add("a", Tensor::scalar(1.0F));
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_THAT(e.what(), HasSubstr("Adding duplicate key: a"));
  }
  EXPECT_THROW(w.add("", Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.add(std::string("a\0b", 3), Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.add("\xff", Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.add("v", Tensor::empty(DType::variant, {})), TypeError);
  w.commit();
  EXPECT_THROW(w.add("b", Tensor::scalar(1.0F)), ValueError);
  EXPECT_THROW(w.commit(), ValueError);
  EXPECT_EQ(Bundle::open(dir.file("w"))->names(), std::vector<std::string>{"a"});
}

TEST(BundleWriter, LargeTensorsAndManyStrings) {
  const TempDir dir;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 3000; ++i) texts.push_back(std::string(i % 1500, static_cast<char>('a' + i % 26)));
  Writer w(dir.file("w"));
  w.add("texts", Tensor::from<std::string>({3000}, texts));
  w.add("numbers", filled(0.5F, 3'000'001));
  w.commit();
  const auto bundle = Bundle::open(dir.file("w"));
  EXPECT_TRUE(std::ranges::equal(bundle->read("texts").data<std::string>(), texts));
  EXPECT_EQ(bundle->read("numbers").data<float>()[3'000'000], 0.5F);
}

// The last wins, and nobody sees a mixture.
TEST(BundleWriter, WritersAndReadersOfOnePrefix) {
  const TempDir dir;
  save(dir.file("w"), 0);
  std::vector<std::thread> threads;
  std::atomic<int> at_work{2};
  for (const float first : {1.0F, 1001.0F}) {
    threads.emplace_back([&, first] {
      for (int i = 0; i < 20; ++i) save(dir.file("w"), first + static_cast<float>(i));
      --at_work;
    });
  }
  int reads = 0;
  while (at_work > 0) {
    loaded(dir.file("w"));
    ++reads;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(reads, 3);
  EXPECT_TRUE(loaded(dir.file("w")) == 20 || loaded(dir.file("w")) == 1020);
  EXPECT_EQ(dir.count(), 2u);
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
