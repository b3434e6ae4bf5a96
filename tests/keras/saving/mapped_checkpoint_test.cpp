// A damaged checkpoint, read and mapped: whose checksums are compared when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace {

class DamagedCheckpoints : public testing::Test {
 protected:
  static Sequential model() { return Sequential({Input({256}), Dense(128, {.name = "large"}), Dense(1)}); }
  DamagedCheckpoints() {
    model()->save_weights(dir_.file("sound"));
    std::filesystem::copy(dir_.file("sound.index"), dir_.file("damaged.index"));
    auto data = read_file(dir_.file("sound.data-00000-of-00001"));
    data[data.size() / 2] ^= 1;  // of the large kernel
    write_file(dir_.file("damaged.data-00000-of-00001"), data);
  }
  TempDir dir_;
  const Tensor x_ = Tensor::zeros(DType::float32, {1, 256});
};

TEST_F(DamagedCheckpoints, IsRefusedWhenRead) {
  const auto model = this->model();
  EXPECT_THAT([&] { model->load_weights(dir_.file("damaged")); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr("damaged"), HasSubstr("layer_with_weights-0/kernel"),
                                               HasSubstr("checksum (crc32c)"))));
  EXPECT_NO_THROW(model->predict(x_));
}

TEST_F(DamagedCheckpoints, MappedIsRefusedAtItsFirstUseAndEachAfter) {
  const auto model = this->model();
  model->load_weights(dir_.file("damaged"), {.map = true});
  const auto refused = ThrowsMessage<FormatError>(
      AllOf(HasSubstr("damaged"), HasSubstr("layer_with_weights-0/kernel"), HasSubstr("checksum (crc32c)")));
  EXPECT_THAT([&] { model->predict(x_); }, refused);
  EXPECT_THAT([&] { model->predict(x_); }, refused);
  EXPECT_THAT([&] { model->get_weights(); }, refused);
  EXPECT_THAT([&] { model->weights().front()->writable(); }, refused);
  EXPECT_THAT([&] { model->save(dir_.file("saved.h5")); }, refused);
  EXPECT_FALSE(std::filesystem::exists(dir_.file("saved.h5")));
  model->load_weights(dir_.file("sound"), {.map = true});
  const auto mapped = model->predict(x_).tensor();
  model->load_weights(dir_.file("sound"));
  EXPECT_EQ(mapped.item<float>(), model->predict(x_).tensor().item<float>());
}

TEST_F(DamagedCheckpoints, MappedIsCheckedByThreadsAtOnce) {
  for (const auto* name : {"damaged", "sound"}) {
    const auto model = this->model();
    model->load_weights(dir_.file(name), {.map = true});
    std::atomic<int> refused = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          try {
            model->get_weights();
          } catch (const FormatError&) {
            ++refused;
          }
        });
      }
    }
    EXPECT_EQ(refused, std::string(name) == "damaged" ? 4 : 0) << name;
  }
}

}  // namespace
