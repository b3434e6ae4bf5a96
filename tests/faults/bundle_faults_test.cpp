// A bundle saved over an old one, with a fault at each of its file calls in turn: under the prefix is the old bundle or
// the new one, whole, although it is two files; what is said is true; what is left over goes with the next save.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "faults/file_faults.h"
#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/errors.hpp"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using faults::Fault;
using testing_support::TempDir;
namespace tb = formats::tensor_bundle;

struct Case {
  Fault fault;
  bool over_old;  // is there a bundle before?
  const char* name;
};

// All tensors hold one number; more of it than one call writes.
void save(const std::string& prefix, float value) {
  auto wide = Tensor::empty(DType::float32, {700'000});
  std::ranges::fill(wide.mutable_data<float>(), value);
  tb::Writer writer(prefix);
  writer.add("wide", wide);
  writer.add("one", Tensor::scalar(value));
  writer.commit();
}

// 0: no bundle.
float loaded(const std::string& prefix) {
  if (!std::filesystem::exists(tb::index_path(prefix))) return 0;
  const auto bundle = tb::Bundle::open(prefix);
  const auto value = bundle->read("one").item<float>();
  const auto wide = bundle->read("wide");
  EXPECT_TRUE(std::ranges::all_of(wide.data<float>(), [&](float v) { return v == value; }));
  return value;
}

struct End {
  bool killed = false, said_error = false;
  int calls = 0;
  std::string struck;
};

class BundleFaults : public ::testing::TestWithParam<Case> {
 protected:
  // Saves in a process of its own.
  End save_with(int number) {
    const auto log = outside_.file("log");
    std::remove(log.c_str());
    const pid_t child = ::fork();
    if (child == 0) {
      faults::plan(GetParam().fault, number, inside_.path().string());
      int code = 0;
      try {
        save(prefix_, 2);
      } catch (const OSError&) {
        code = 1;
      } catch (...) {
        code = 2;
      }
      std::ofstream(log) << faults::calls_seen() << " " << faults::struck();
      ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    End end;
    end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    EXPECT_TRUE(end.killed || (WIFEXITED(status) && WEXITSTATUS(status) < 2));
    end.said_error = !end.killed && WEXITSTATUS(status) == 1;
    std::ifstream(log) >> end.calls >> end.struck;
    return end;
  }

  TempDir inside_, outside_;
  std::string prefix_ = inside_.file("w");
};

TEST_P(BundleFaults, OldOrNewAndNothingElse) {
  const float old = GetParam().over_old ? 1 : 0;
  bool saw_old = false, saw_new = false;
  int number = 1;
  for (bool more = true; more; ++number) {
    for (const auto& file : std::filesystem::directory_iterator(inside_.path())) std::filesystem::remove(file);
    if (GetParam().over_old) save(prefix_, old);
    const auto end = save_with(number);
    SCOPED_TRACE("call " + std::to_string(number) + " " + end.struck);
    const auto found = loaded(prefix_);
    ASSERT_TRUE(found == old || found == 2);
    (found == 2 ? saw_new : saw_old) = true;
    if (!end.killed) {
      // Only a folder's sync comes after the index is in place.
      EXPECT_TRUE(end.said_error ? found == old || end.struck == "fsync" : found == 2);
      EXPECT_TRUE(found == 2 || inside_.count() == (old == 0 ? 0u : 2u));
      EXPECT_FALSE(end.said_error && GetParam().fault == Fault::short_write);
    }
    more = end.killed || end.calls >= number;
    save(prefix_, 3);
    EXPECT_EQ(loaded(prefix_), 3);
    EXPECT_EQ(inside_.count(), 2u);
  }
  EXPECT_TRUE(saw_new);
  // The others are overcome.
  EXPECT_TRUE(saw_old || GetParam().fault == Fault::short_write || GetParam().fault == Fault::interrupted);
  EXPECT_GT(number, GetParam().over_old ? 25 : 12);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BundleFaults,
    ::testing::Values(Case{Fault::kill, true, "kill"}, Case{Fault::kill, false, "kill_first"},
                      Case{Fault::full_disk, true, "full_disk"}, Case{Fault::full_disk, false, "full_disk_first"},
                      Case{Fault::broken_disk, true, "broken_disk"}, Case{Fault::lost_sync, true, "lost_sync"},
                      Case{Fault::short_write, true, "short_write"}, Case{Fault::interrupted, true, "interrupted"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace hornbeam
