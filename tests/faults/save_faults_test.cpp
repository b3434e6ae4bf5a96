// A save over an old model, with a fault at each of its file calls in turn: the path holds the old model or the new
// one, whole; what is said is true; nothing is left lying about.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "faults/file_faults.h"
#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using faults::Fault;
using testing_support::read_file;
using testing_support::TempDir;

enum class Artifact { model, weights };

struct Case {
  Fault fault;
  Artifact artifact;
  const char* name;
  std::int64_t units = 700;
};

ModelRef make_model(float value, std::int64_t units) {
  backend::clear_session();
  const auto x = Input({40});
  // Larger than the pieces that libhdf5 gathers, and smaller.
  auto y = Dense(units, {.name = "wide"})(x);
  y = BatchNormalization({.name = "bn"})(y);
  auto model = Functional(x, Dense(3, {.name = "out"})(y), {.name = "m"});
  std::vector<Tensor> values;
  for (const auto& w : model->get_weights()) {
    auto filled = Tensor::empty(w.dtype(), w.shape());
    for (auto& v : filled.mutable_data<float>()) v = value;
    values.push_back(filled);
  }
  model->set_weights(values);
  return ModelRef(model);
}

void save(const ModelRef& model, Artifact artifact, const std::string& path) {
  if (artifact == Artifact::model) {
    model->save(path);
  } else {
    model->save_weights(path);
  }
}

// How a child process ended.
struct End {
  bool killed = false, said_error = false;
  std::string struck;  // the call that met the fault; one that was killed cannot say
  int calls = 0;
};

class SaveFaults : public ::testing::TestWithParam<Case> {
 protected:
  // Saves `model` in a process of its own.
  End save_with(Fault fault, int number, const ModelRef& model, const std::string& path) {
    const auto log = outside_.file("log");
    std::remove(log.c_str());
    const pid_t child = ::fork();
    if (child == 0) {
      faults::plan(fault, number, inside_.path().string());
      int code = 0;
      try {
        save(model, GetParam().artifact, path);
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
    EXPECT_TRUE(end.killed || WIFEXITED(status)) << "call " << number;
    if (!end.killed) {
      EXPECT_LT(WEXITSTATUS(status), 2) << "call " << number << ": another exception than OSError";
      end.said_error = WEXITSTATUS(status) == 1;
      std::ifstream(log) >> end.calls >> end.struck;
    }
    return end;
  }

  TempDir inside_, outside_;
};

TEST_P(SaveFaults, OldOrNewAndNothingElse) {
  const auto before = make_model(1, GetParam().units), after = make_model(2, GetParam().units);
  const auto path = inside_.file("model.h5"), reference = outside_.file("reference.h5");
  const auto artifact = GetParam().artifact;
  save(before, artifact, reference);
  const auto old_bytes = read_file(reference);
  save(after, artifact, reference);
  const auto new_bytes = read_file(reference);
  ASSERT_NE(old_bytes, new_bytes);

  int number = 1;
  for (bool more = true; more; ++number) {
    SCOPED_TRACE("call " + std::to_string(number));
    testing_support::write_file(path, old_bytes);
    const auto end = save_with(GetParam().fault, number, after, path);
    SCOPED_TRACE(end.struck);
    const auto bytes = read_file(path);
    ASSERT_TRUE(bytes == old_bytes || bytes == new_bytes);
    if (end.killed) {
      save(after, artifact, path);  // the next save takes away what was left
    } else if (end.said_error) {
      // Only the folder's sync comes after the file is in place.
      EXPECT_TRUE(bytes == old_bytes || end.struck == "fsync");
    } else {
      EXPECT_TRUE(bytes == new_bytes);
    }
    EXPECT_EQ(inside_.count(), 1u);
    EXPECT_FALSE(end.said_error && GetParam().fault == Fault::short_write);  // not for the caller to know
    more = end.killed || end.calls >= number;
  }
  EXPECT_GT(number, 8);  // open, flock, fchmod, writes, fsync, rename, fsync of the folder
}

INSTANTIATE_TEST_SUITE_P(Faults, SaveFaults,
                         ::testing::Values(Case{Fault::kill, Artifact::model, "kill"},
                                           Case{Fault::full_disk, Artifact::model, "full_disk"},
                                           Case{Fault::broken_disk, Artifact::model, "broken_disk"},
                                           Case{Fault::lost_sync, Artifact::model, "lost_sync"},
                                           Case{Fault::short_write, Artifact::model, "short_write"},
                                           Case{Fault::interrupted, Artifact::model, "interrupted"},
                                           Case{Fault::kill, Artifact::weights, "kill_weights"},
                                           Case{Fault::full_disk, Artifact::weights, "full_disk_weights"},
                                           // So large that the disk is told to begin while it is being written.
                                           Case{Fault::kill, Artifact::model, "kill_large", 60000},
                                           Case{Fault::broken_disk, Artifact::model, "broken_disk_large", 60000}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace hornbeam
