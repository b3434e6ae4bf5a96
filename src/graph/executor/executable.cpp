#include "graph/executor.h"
#include "graph/executor/runner.h"
#include "ops/kernels/parallel.h"

namespace hornbeam::graph {

struct Executable::Impl {
  explicit Impl(std::shared_ptr<const Function> function) : runner(std::move(function), budget) {}
  CompileBudget budget;
  Runner runner;
};

Executable::Executable(std::shared_ptr<const Function> function) : impl_(std::make_unique<Impl>(std::move(function))) {}
Executable::~Executable() = default;

const Function& Executable::function() const { return *impl_->runner.program().source; }

std::vector<Tensor> Executable::run(std::span<const Tensor> inputs) const {
  const kernels::DenormalsAreZero flush;
  return impl_->runner.run(inputs);
}

void Executable::run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) const {
  const kernels::DenormalsAreZero flush;
  impl_->runner.run_into(inputs, outputs);
}

struct Executable::Session::Impl {
  explicit Impl(Runner& runner) : session(runner) {}
  Runner::Session session;
};

Executable::Session::Session(const Executable& executable) : impl_(std::make_unique<Impl>(executable.impl_->runner)) {}
Executable::Session::~Session() = default;
Executable::Session::Session(Session&&) noexcept = default;
Executable::Session& Executable::Session::operator=(Session&&) noexcept = default;

void Executable::Session::prepare(std::span<const Tensor> inputs) { impl_->session.prepare(inputs); }

bool Executable::can_run_into(std::span<const Tensor> inputs) const { return impl_->runner.can_run_into(inputs); }

void Executable::Session::run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const kernels::DenormalsAreZero flush;
  impl_->session.run_into(inputs, outputs);
}

std::vector<std::string> Executable::op_types() const {
  std::vector<std::string> types;
  for (const auto& node : impl_->runner.program().function.graph.nodes) types.push_back(node.op->name);
  return types;
}

}  // namespace hornbeam::graph
