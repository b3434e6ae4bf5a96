#include "keras/saving/cudnn_conversions.h"

#include <algorithm>
#include <array>

#include "hornbeam/errors.hpp"
#include "hornbeam/layers/recurrent.hpp"
#include "keras/layers/recurrent/cudnn_weights.h"

namespace hornbeam {
namespace {

constexpr const char *kAfter = "GRU(reset_after=True)", *kBefore = "GRU(reset_after=False)";

// As Keras calls the forms; empty for layers that have but one.
std::string form_of(const Layer& layer) {
  const auto name = layer.class_name();
  if (name == "LSTM" || name == "CuDNNLSTM" || name == "CuDNNGRU") return name;
  const auto* rnn = dynamic_cast<const BuiltinRNNLayer*>(&layer);
  return name == "GRU" && rnn ? rnn->settings().reset_after ? kAfter : kBefore : "";
}

// Of the weights [kernel, recurrent_kernel, bias] of a file. Empty when a shape is none of these.
std::string form_in_file(bool lstm, const Shape& recurrent_kernel, const Shape& bias) {
  if (recurrent_kernel.rank() != 2) return "";
  const auto width = (lstm ? 4 : 3) * recurrent_kernel[0];
  if (bias == Shape{2 * width}) return lstm ? "CuDNNLSTM" : "CuDNNGRU";
  if (bias == Shape{width}) return lstm ? "LSTM" : kBefore;
  if (!lstm && bias == Shape{2, width}) return kAfter;
  throw ValueError("Invalid bias shape: " + bias.to_string());
}

class Planner {
 public:
  Planner(const std::vector<Variable>& weights, const std::vector<Shape>& found)
      : weights_(weights), found_(found), plan_(weights.size()) {}

  void add(const Layer& layer) {
    if (const auto wanted = form_of(layer); !wanted.empty()) return add(layer, wanted);
    for (const auto& inner : layer.sublayers()) add(*inner);
  }
  std::vector<CuDNNConversion> take() { return std::move(plan_); }

 private:
  void add(const Layer& layer, const std::string& wanted) {
    const auto own = layer.weights();
    std::array<std::size_t, 3> at{};
    if (own.size() != at.size()) return;  // cuDNN's always have a bias
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto it = std::ranges::find(weights_, own[i]);
      if (it == weights_.end()) return;
      at[i] = static_cast<std::size_t>(it - weights_.begin());
    }
    const bool lstm = wanted == "LSTM" || wanted == "CuDNNLSTM";
    const auto form = form_in_file(lstm, found_[at[1]], found_[at[2]]);
    if (form.empty() || form == wanted) return;
    if (form == kBefore || wanted == kBefore) throw ValueError(form + " is not compatible with " + wanted);
    // Values of other shapes are left for the check of shapes.
    if (found_[at[0]] != own[0]->shape() || found_[at[1]] != own[1]->shape()) return;
    const bool from_cudnn = form.starts_with("CuDNN");
    const std::int64_t gates = lstm ? 4 : 3;
    const auto bias = lstm ? (from_cudnn ? lstm_bias_from_cudnn : lstm_bias_to_cudnn)
                           : (from_cudnn ? gru_bias_from_cudnn : gru_bias_to_cudnn);
    const auto kernel = from_cudnn ? kernel_from_cudnn : kernel_to_cudnn;
    plan_[at[0]] = {[=](const Tensor& k) { return kernel(k, gates); }, form};
    plan_[at[1]] = {[=](const Tensor& k) { return recurrent_kernel_transposed(k, gates); }, form};
    plan_[at[2]] = {bias, form};
  }

  const std::vector<Variable>& weights_;
  const std::vector<Shape>& found_;
  std::vector<CuDNNConversion> plan_;
};

}  // namespace

std::vector<CuDNNConversion> cudnn_conversions(const Layer& layer, const std::vector<Variable>& weights,
                                               const std::vector<Shape>& found) {
  Planner planner(weights, found);
  planner.add(layer);
  return planner.take();
}

}  // namespace hornbeam
