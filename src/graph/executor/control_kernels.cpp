#include "graph/executor/control_kernels.h"

#include <cstring>

#include "graph/executor/runner.h"
#include "ops/function_body.h"
#include "tensor/variant.h"

namespace hornbeam::graph {
namespace {

constexpr std::size_t kAlign = 64;
std::size_t padded(std::size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

std::size_t bytes_of(const TensorSpec& spec) {
  return static_cast<std::size_t>(spec.shape.num_elements()) * size_of(spec.dtype);
}

// What each function gets: specs of its arguments, and the values of those that are always the same.
struct Passed {
  std::vector<TensorSpec> specs;
  std::vector<Tensor> fixed;

  Passed(const NestedCall& call, std::span<const TensorSpec> inputs, std::span<const Tensor> values) {
    for (const auto i : call.passed) {
      specs.push_back(inputs[i]);
      fixed.push_back(values[i]);
    }
    for (const auto v : call.varying) fixed[v] = Tensor();
  }

  std::shared_ptr<const Plan> plan(const NestedCall& call, const NestedFacts& facts, std::size_t function,
                                   const std::vector<bool>& takes = {}) const {
    return std::make_shared<const Plan>(call.functions[function]->program(), specs, facts.functions[function], fixed,
                                        takes);
  }
};

// ---- If, Case ----

class BranchKernel final : public Kernel {
 public:
  BranchKernel(const NestedCall& call, const TensorSpec& selector, std::vector<std::shared_ptr<const Plan>> plans)
      : call_(call), selector_(selector), plans_(std::move(plans)) {
    scratch_bytes = call.passed.size() * sizeof(const std::byte*);
  }

  void run(const KernelRun& io) const override {
    const auto selector = Tensor::borrow(selector_.dtype, selector_.shape, io.in[0]);
    const auto& plan = *plans_[chosen_branch(call_.node.attrs, selector, plans_.size())];
    auto** arguments = reinterpret_cast<const std::byte**>(io.scratch);
    for (std::size_t k = 0; k < call_.passed.size(); ++k) arguments[k] = io.in[call_.passed[k]];
    Plan::Session(plan).run(arguments, io.out);
  }

 private:
  const NestedCall& call_;
  TensorSpec selector_;
  std::vector<std::shared_ptr<const Plan>> plans_;
};

// ---- While ----

// A loop variable has two places: a turn reads one and writes the other. One of them is the op's output.
class LoopKernel final : public Kernel {
 public:
  LoopKernel(const NestedCall& call, std::span<const TensorSpec> outputs, std::shared_ptr<const Plan> condition,
             std::shared_ptr<const Plan> body)
      : call_(call), condition_(std::move(condition)), body_(std::move(body)), answer_(condition_->results().at(0)) {
    std::size_t at = 0;
    const auto place = [&](std::size_t bytes) {
      const auto here = at;
      at += padded(bytes);
      return here;
    };
    arguments_at_ = place(call.passed.size() * sizeof(std::byte*));
    results_at_ = place(call.varying.size() * sizeof(std::byte*));
    answer_at_ = place(bytes_of(answer_));
    for (const auto& spec : outputs) {
      const bool variant = spec.dtype == DType::variant;
      vars_.push_back({variant, variant ? 0 : bytes_of(spec), variant ? variants_++ : place(bytes_of(spec))});
    }
    scratch_bytes = at;
  }

  void run(const KernelRun& io) const override {
    Turns turns(*this, io);
    Plan::Session condition(*condition_), body(*body_);
    while (turns.another(condition)) turns.take(body);
    turns.finish();
  }

 private:
  struct Var {
    bool variant;
    std::size_t bytes;
    std::size_t spare;  // offset in the scratch, or number of a variant
  };

  // One run of the loop.
  class Turns {
   public:
    Turns(const LoopKernel& kernel, const KernelRun& io)
        : k_(kernel),
          io_(io),
          arguments_(reinterpret_cast<const std::byte**>(io.scratch + kernel.arguments_at_)),
          results_(reinterpret_cast<std::byte**>(io.scratch + kernel.results_at_)),
          variants_(kernel.variants_) {
      const auto& passed = k_.call_.passed;
      for (std::size_t i = 0; i < passed.size(); ++i) arguments_[i] = io.in[passed[i]];
      for (std::size_t v = 0; v < k_.vars_.size(); ++v) {
        results_[v] = io.out[v];
        if (k_.vars_[v].variant) keep_variant(v);
      }
    }

    bool another(Plan::Session& condition) const {
      auto* answer = io_.scratch + k_.answer_at_;
      condition.run(arguments_, &answer);
      if (k_.answer_.dtype == DType::boolean && k_.answer_.shape.empty()) return answer[0] != std::byte{0};
      return is_true(Tensor::borrow(k_.answer_.dtype, k_.answer_.shape, answer));
    }

    void take(Plan::Session& body) {
      body.run(arguments_, results_);
      for (std::size_t v = 0; v < k_.vars_.size(); ++v) {
        auto*& argument = arguments_[k_.call_.varying[v]];
        argument = results_[v];
        results_[v] = argument == io_.out[v] ? spare(v) : io_.out[v];
      }
    }

    // The last values to the outputs.
    void finish() {
      for (std::size_t v = 0; v < k_.vars_.size(); ++v) {
        const auto* value = arguments_[k_.call_.varying[v]];
        if (value == io_.out[v]) continue;
        if (k_.vars_[v].variant) {
          *as_variant(io_.out[v]) = std::move(*as_variant(const_cast<std::byte*>(value)));
        } else if (k_.vars_[v].bytes) {
          std::memcpy(io_.out[v], value, k_.vars_[v].bytes);
        }
      }
    }

   private:
    static Variant* as_variant(std::byte* at) { return reinterpret_cast<Variant*>(at); }

    std::byte* spare(std::size_t v) {
      const auto& var = k_.vars_[v];
      return var.variant ? reinterpret_cast<std::byte*>(&variants_[var.spare]) : io_.scratch + var.spare;
    }

    // Turns take variants over: the input's own stays.
    void keep_variant(std::size_t v) {
      auto*& argument = arguments_[k_.call_.varying[v]];
      variants_[k_.vars_[v].spare] = *reinterpret_cast<const Variant*>(argument);
      argument = spare(v);
    }

    const LoopKernel& k_;
    const KernelRun& io_;
    const std::byte** arguments_;
    std::byte** results_;
    std::vector<Variant> variants_;
  };

  const NestedCall& call_;
  std::shared_ptr<const Plan> condition_, body_;
  TensorSpec answer_;
  std::vector<Var> vars_;
  std::size_t arguments_at_ = 0, results_at_ = 0, answer_at_ = 0, variants_ = 0;
};

}  // namespace

std::unique_ptr<Kernel> make_call_kernel(const NestedCall& call, const NestedFacts& facts,
                                         std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs,
                                         std::span<const Tensor> values,
                                         std::vector<std::shared_ptr<const Plan>>& plans) {
  const Passed passed(call, inputs, values);
  if (call.node.op->calls == CallKind::loop) {
    std::vector<bool> varies(call.passed.size());
    for (const auto v : call.varying) varies[v] = true;
    auto condition = passed.plan(call, facts, 0), body = passed.plan(call, facts, 1, varies);
    plans.push_back(condition);
    plans.push_back(body);
    return std::make_unique<LoopKernel>(call, outputs, std::move(condition), std::move(body));
  }
  std::vector<std::shared_ptr<const Plan>> branches;
  for (std::size_t f = 0; f < call.functions.size(); ++f) branches.push_back(passed.plan(call, facts, f));
  plans.insert(plans.end(), branches.begin(), branches.end());
  return std::make_unique<BranchKernel>(call, inputs[0], std::move(branches));
}

}  // namespace hornbeam::graph
