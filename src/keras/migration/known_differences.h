// What different Kerases make of the same model differently, and no more than that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hornbeam/comparison.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

// Are the two of tf.keras and of Keras 3?
bool across_kerases(const Model& a, const Model& b);

// Where layers of indices give them in another dtype (IntegerLookup's one-hot vectors are float32 in tf.keras, int64 in
// Keras 3) and the numbers are the same, brings b's outputs to a's dtypes and tells so.
void explain_dtypes(const Model& a, const Model& b, const std::vector<Tensor>& outputs_a,
                    std::vector<Tensor>& outputs_b, ModelComparison& result);

// tf.keras 2.2 normalizes batches in a policy's half precision, later Kerases in float32. Of a model with such a layer
// the coarsest of these precisions' unit roundoff, when the two differ in this; else 0.
double half_roundoff(const Model& a, const Model& b);

// Is a result of training of this name what compile() asked for? Others are of layers' add_metric, which Keras 3 has
// not.
bool is_of_compile(const Model& model, const std::string& result);

// The moving variances of BatchNormalization layers whose two Kerases move them otherwise: by the sample's variance,
// which is n / (n - 1) times the batch's own, or by that. Of images tf.keras takes the first and Keras 3 the second, of
// what has three dims 2.15 alone the first.
std::vector<Variable> moving_variances(const Model& model, const Model& other);

// The tables of all Embedding layers: the Kerases' optimizers differ in what they do to rows picked twice, or not at
// all.
std::vector<Variable> embedding_tables(const Model& model);

// The proof that a difference is the Kerases': a model's work again, from where it stood, in the Keras of another, by
// its optimizer as that has it.
class InTheOtherKeras {
 public:
  // Notes where `model` stands.
  InTheOtherKeras(const ModelRef& model, const ModelRef& other);
  // What `work` gives then; afterwards the model is as it was before, but for its metrics. Nothing where the optimizer
  // cannot be brought there, or the work not be done.
  template <class Work>
  auto operator()(Work work) const -> std::optional<decltype(work())> {
    if (unconvertible_) return {};
    try {
      const Moved moved(*this);
      return work();
    } catch (const Error&) {
      return {};
    }
  }

 private:
  struct Moved {
    explicit Moved(const InTheOtherKeras& from);
    Moved(const Moved&) = delete;
    Moved& operator=(const Moved&) = delete;
    ~Moved();
    void assign(const std::vector<Tensor>& values) const;
    void back() const;
    const InTheOtherKeras& from;
    std::string target;
    std::vector<Tensor> weights;
    std::optional<CompileOptions> compiled;
    Config training_config;
  };
  ModelRef model_;
  std::string target_;
  std::vector<Tensor> weights_;
  Optimizer optimizer_;
  bool unconvertible_ = false;
};

}  // namespace hornbeam
