// Saves with a fault, each in a process of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "faults/file_faults.h"
#include "hornbeam/hornbeam.hpp"
#include "support/temp_dir.h"

namespace hornbeam::faults {

// How a child process ended.
struct End {
  bool killed = false, said_error = false;
  std::string struck;  // the call that met the fault; one that was killed cannot say
  int calls = 0;
};

// The `number`th file call under `inside` meets the fault; `log`: a file elsewhere.
inline End save_with(Fault fault, int number, const std::string& inside, const std::string& log,
                     const std::function<void()>& save) {
  std::remove(log.c_str());
  const pid_t child = ::fork();
  if (child == 0) {
    plan(fault, number, inside);
    int code = 0;
    try {
      save();
    } catch (const OSError&) {
      code = 1;
    } catch (...) {
      code = 2;
    }
    std::ofstream(log) << calls_seen() << " " << struck();
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

// Every weight of it has this value.
inline ModelRef make_model(float value, std::int64_t units) {
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

}  // namespace hornbeam::faults
