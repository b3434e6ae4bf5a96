// One call of a loaded function, with all that it calls.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graph/replay/prepared.h"

namespace hornbeam::graph {

class LoadedFunctions::Run {
 public:
  Run(const LoadedFunctions& library, const Assign& assign) : library_(library), assign_(assign) {}
  // Throws ValueError when calls are nested too deeply, or nodes are too many.
  std::vector<Tensor> call(const std::string& name, std::vector<Tensor> arguments, int depth);

 private:
  using Step = PreparedFunction::Step;
  using Tensors = std::vector<Tensor>;
  Tensors perform(const Step& step, Tensors inputs, int depth);
  Tensor read(const Variable& variable) const;
  bool is_initialized(const Tensor& resource) const;
  void write(const Variable& variable, const Tensor& value);
  Tensors perform_named(const Step& step, const Tensors& inputs);
  Tensors perform_switch(const Step& step, const Tensors& inputs) const;
  Tensors restore(const Step& step, const Tensors& inputs) const;
  void fill_table(const Step& step, const Tensors& inputs) const;
  Tensors perform_call(const Step& step, const Tensors& inputs, int depth);
  Tensors call_inside(const std::string& name, Tensors arguments, int depth);  // of control flow
  Tensors perform_choice(const Step& step, const Tensors& inputs, int depth);
  Tensors perform_loop(const Step& step, const Tensors& inputs, int depth);

  static constexpr int kMaxDepth = 64;
  static constexpr std::int64_t kMostSteps = 2'000'000;
  const LoadedFunctions& library_;
  const Assign& assign_;
  std::map<const VariableNode*, Tensor> assigned_;  // what assign_ took
  int inside_ = 0;                                  // branches and turns that are at work
  std::int64_t steps_ = 0;
};

}  // namespace hornbeam::graph
