// What a file gives a model: all of it is read and checked before any is assigned, so that an error leaves the model as
// it was.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace hornbeam {

class Assignments {
 public:
  // `assign` is not to fail: what can be refused is refused before it is added.
  void add(std::function<void()> assign) { steps_.push_back(std::move(assign)); }
  // In the order they were added, each once.
  void run() {
    for (const auto& assign : std::exchange(steps_, {})) assign();
  }

 private:
  std::vector<std::function<void()>> steps_;
};

}  // namespace hornbeam
