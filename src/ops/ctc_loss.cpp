// CTCLoss: minus the logarithm of the probability of a label sequence, summed over all ways to spread it over time with
// blanks between, and its gradient for the logits. The blank is the last class.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/axes.h"
#include "ops/dispatch.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

std::vector<Shape> ctc_shape(const ShapeContext& c) {
  const auto &logits = c.shape(0), &indices = c.shape(1), &values = c.shape(2), &lengths = c.shape(3);
  const auto check = [](const Shape& s, std::size_t rank, const char* what) {
    if (!s.has_rank() || s.rank() == rank) return;
    throw InvalidArgumentError(std::string(what) + " must have rank " + std::to_string(rank) + ", but got shape " +
                               bracketed(s));
  };
  check(logits, 3, "inputs");
  check(indices, 2, "labels_indices");
  check(values, 1, "labels_values");
  check(lengths, 1, "sequence_length");
  const auto differ = [](std::int64_t a, std::int64_t b) { return a >= 0 && b >= 0 && a != b; };
  if (indices.has_rank() && values.has_rank() && (differ(indices[0], values[0]) || differ(indices[1], 2))) {
    throw InvalidArgumentError(
        "labels_indices and labels_values must contain the same number of rows, but saw shapes: " + bracketed(indices) +
        " vs. " + bracketed(values));
  }
  auto batch = logits.has_rank() ? logits[1] : None;
  if (lengths.has_rank() && differ(batch, lengths[0])) {
    throw InvalidArgumentError("len(sequence_length) != batch_size.  len(sequence_length):  " +
                               std::to_string(lengths[0]) + " batch_size: " + std::to_string(batch));
  }
  if (batch == None && lengths.has_rank()) batch = lengths[0];
  if (logits.has_rank() && logits[2] == 0) throw InvalidArgumentError("CTCLoss needs at least one class, the blank");
  return {Shape{batch}, logits.has_rank() ? Shape{logits[0], batch, logits[2]} : Shape{None, batch, None}};
}

struct CtcOptions {
  bool collapse_repeated, merge_repeated, ignore_longer;
  std::int64_t time, batch, classes;
};

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  if (a == kImpossible) return b;
  if (b == kImpossible) return a;
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

// The labels of each sequence, in order, without what fills them up: classes from the blank on.
std::vector<std::vector<std::int64_t>> label_sequences(const std::int64_t* indices, const std::int32_t* values,
                                                       std::int64_t count, const CtcOptions& o) {
  std::vector<std::vector<std::int64_t>> sequences(static_cast<std::size_t>(o.batch));
  std::vector<bool> ended(sequences.size());
  std::vector<std::int64_t> last(sequences.size(), -1);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = indices[2 * i];
    if (row < 0 || row >= o.batch) {
      throw InvalidArgumentError("CTCLoss: label index of batch entry " + std::to_string(row) + " is not in [0, " +
                                 std::to_string(o.batch) + ")");
    }
    const auto b = static_cast<std::size_t>(row);
    const std::int64_t label = values[i];
    if (label < 0) {
      throw InvalidArgumentError("All labels must be nonnegative integers, batch: " + std::to_string(row) +
                                 " label: " + std::to_string(label));
    }
    if (label >= o.classes - 1) {
      ended[b] = true;
      continue;
    }
    if (ended[b]) {
      throw InvalidArgumentError("Saw a non-null label (index >= num_classes - 1) following a null label, batch: " +
                                 std::to_string(row) + " num_classes: " + std::to_string(o.classes));
    }
    if (!o.collapse_repeated || last[b] != label) sequences[b].push_back(label);
    last[b] = label;
  }
  return sequences;
}

// One sequence: logarithms of probabilities, and of the paths up to and from a place of the label with blanks between.
class Lattice {
 public:
  Lattice(const std::vector<std::int64_t>& labels, std::int64_t length, const CtcOptions& o)
      : options_(o), length_(length), places_(2 * static_cast<std::int64_t>(labels.size()) + 1) {
    for (const auto label : labels) {
      classes_.push_back(o.classes - 1);
      classes_.push_back(label);
    }
    classes_.push_back(o.classes - 1);
  }

  // Steps that the labels need at least: repeated ones a blank between.
  std::int64_t needed() const {
    std::int64_t steps = places_ / 2;
    for (std::int64_t s = 3; s < places_ && options_.merge_repeated; s += 2) steps += at(s) == at(s - 2);
    return steps;
  }

  template <class T>
  void run(const T* logits, std::int64_t step, T* loss, T* gradient) {
    fill_logs(logits, step);
    forward();
    backward();
    const auto total = places_ == 1 ? alpha(length_ - 1, 0)
                                    : log_sum(alpha(length_ - 1, places_ - 1), alpha(length_ - 1, places_ - 2));
    *loss = static_cast<T>(-total);
    for (std::int64_t t = 0; t < length_; ++t) {
      std::vector<double> found(static_cast<std::size_t>(options_.classes), kImpossible);
      for (std::int64_t s = 0; s < places_; ++s) {
        auto& of_class = found[static_cast<std::size_t>(at(s))];
        of_class = log_sum(of_class, alpha(t, s) + beta(t, s));
      }
      for (std::int64_t c = 0; c < options_.classes; ++c) {
        const auto share = total == kImpossible ? 0.0 : std::exp(found[static_cast<std::size_t>(c)] - total);
        gradient[t * step + c] = static_cast<T>(std::exp(log(t, c)) - share);
      }
    }
  }

 private:
  std::int64_t at(std::int64_t s) const { return classes_[static_cast<std::size_t>(s)]; }
  double& log(std::int64_t t, std::int64_t c) { return logs_[static_cast<std::size_t>(t * options_.classes + c)]; }
  double& alpha(std::int64_t t, std::int64_t s) { return alpha_[static_cast<std::size_t>(t * places_ + s)]; }
  double& beta(std::int64_t t, std::int64_t s) { return beta_[static_cast<std::size_t>(t * places_ + s)]; }
  bool stays(std::int64_t s) const { return options_.merge_repeated || s % 2 == 0; }
  // May the blank between s - 2 and s be left out?
  bool skips(std::int64_t s) const { return s % 2 == 1 && s >= 3 && !(options_.merge_repeated && at(s) == at(s - 2)); }

  template <class T>
  void fill_logs(const T* logits, std::int64_t step) {
    logs_.resize(static_cast<std::size_t>(length_ * options_.classes));
    for (std::int64_t t = 0; t < length_; ++t) {
      auto top = kImpossible;
      for (std::int64_t c = 0; c < options_.classes; ++c)
        top = std::max(top, static_cast<double>(logits[t * step + c]));
      double sum = 0;
      for (std::int64_t c = 0; c < options_.classes; ++c)
        sum += std::exp(static_cast<double>(logits[t * step + c]) - top);
      for (std::int64_t c = 0; c < options_.classes; ++c) {
        log(t, c) = static_cast<double>(logits[t * step + c]) - top - std::log(sum);
      }
    }
  }
  void forward() {
    alpha_.assign(static_cast<std::size_t>(length_ * places_), kImpossible);
    alpha(0, 0) = log(0, at(0));
    if (places_ > 1) alpha(0, 1) = log(0, at(1));
    for (std::int64_t t = 1; t < length_; ++t) {
      for (std::int64_t s = 0; s < places_; ++s) {
        auto sum = stays(s) ? alpha(t - 1, s) : kImpossible;
        if (s > 0) sum = log_sum(sum, alpha(t - 1, s - 1));
        if (skips(s)) sum = log_sum(sum, alpha(t - 1, s - 2));
        alpha(t, s) = sum + log(t, at(s));
      }
    }
  }
  // Without the step's own probability, which is in alpha.
  void backward() {
    beta_.assign(static_cast<std::size_t>(length_ * places_), kImpossible);
    beta(length_ - 1, places_ - 1) = 0;
    if (places_ > 1) beta(length_ - 1, places_ - 2) = 0;
    for (auto t = length_ - 2; t >= 0; --t) {
      for (std::int64_t s = 0; s < places_; ++s) {
        auto sum = stays(s) ? beta(t + 1, s) + log(t + 1, at(s)) : kImpossible;
        if (s + 1 < places_) sum = log_sum(sum, beta(t + 1, s + 1) + log(t + 1, at(s + 1)));
        if (s + 2 < places_ && skips(s + 2)) sum = log_sum(sum, beta(t + 1, s + 2) + log(t + 1, at(s + 2)));
        beta(t, s) = sum;
      }
    }
  }

  const CtcOptions& options_;
  std::int64_t length_, places_;
  std::vector<std::int64_t> classes_;
  std::vector<double> logs_, alpha_, beta_;
};

template <class T>
void run_ctc(const KernelRun& io, std::int64_t labels, const CtcOptions& o) {
  const auto sequences = label_sequences(io.input<std::int64_t>(1), io.input<std::int32_t>(2), labels, o);
  T *losses = io.output<T>(0), *gradients = io.output<T>(1);
  std::fill_n(gradients, o.time * o.batch * o.classes, T{});
  for (std::int64_t b = 0; b < o.batch; ++b) {
    const std::int64_t length = io.input<std::int32_t>(3)[b];
    if (length < 0 || length > o.time) {
      throw InvalidArgumentError("sequence_length(" + std::to_string(b) + ") <= " + std::to_string(o.time));
    }
    losses[b] = T{};
    if (length == 0) continue;
    Lattice lattice(sequences[static_cast<std::size_t>(b)], length, o);
    if (lattice.needed() > length) {
      if (o.ignore_longer) continue;
      throw InvalidArgumentError(
          "Not enough time for target transition sequence (required: " + std::to_string(lattice.needed()) +
          ", available: " + std::to_string(length) + ")" + std::to_string(b) +
          "You can turn this error into a warning by using the flag "
          "ignore_longer_outputs_than_inputs");
    }
    lattice.run(io.input<T>(0) + b * o.classes, o.batch * o.classes, losses + b, gradients + b * o.classes);
  }
}

std::unique_ptr<Kernel> ctc_kernel(const KernelSpec& spec) {
  const auto& logits = spec.inputs[0].shape;
  const CtcOptions o{spec.attrs.b("preprocess_collapse_repeated"),
                     spec.attrs.b("ctc_merge_repeated"),
                     spec.attrs.b("ignore_longer_outputs_than_inputs"),
                     logits[0],
                     logits[1],
                     logits[2]};
  const auto labels = spec.inputs[2].shape[0];
  return dispatch<Types<float, double>>(spec.inputs[0].dtype, "CTCLoss", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) { run_ctc<T>(io, labels, o); });
  });
}

// The second output is the first derivative: what it is made of is not seen from outside, so there is no second one.
Tensors ctc_gradient(const GradientContext& c) {
  const auto first = call_op("PreventGradient", {c.output(1)},
                             {{"message",
                               "Currently there is no way to take the second  derivative of ctc_loss due to the fused "
                               "implementation's interaction  with tf.gradients()"}});
  return c.first(ops::expand_dims(ops::expand_dims(c.grad(0), -1), 0) * first.at(0));
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(ctc_loss) {
  using namespace hornbeam;
  add_op(OpDef("CTCLoss")
             .input("inputs: T")
             .input("labels_indices: int64")
             .input("labels_values: int32")
             .input("sequence_length: int32")
             .output("loss: T")
             .output("gradient: T")
             .attr("preprocess_collapse_repeated: bool = false")
             .attr("ctc_merge_repeated: bool = true")
             .attr("ignore_longer_outputs_than_inputs: bool = false")
             .attr("T: type = float32")
             .shape(ctc_shape)
             .kernel(ctc_kernel)
             .gradient(ctc_gradient));
}
