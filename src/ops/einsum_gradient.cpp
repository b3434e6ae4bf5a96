// The gradient of Einsum: by each input, the product of the gradient and the other input, laid out as the input is.
#include <algorithm>

#include "ops/einsum_equation.h"
#include "ops/gradient.h"

namespace hornbeam {
namespace {

constexpr std::string_view kDots = "...";

bool has(std::string_view text, char label) { return text.find(label) != std::string_view::npos; }
bool has_dots(std::string_view text) { return text.find(kDots) != std::string_view::npos; }

Tensor einsum(const std::string& equation, const std::vector<Tensor>& inputs) {
  return call_op("Einsum", inputs, {{"equation", equation}})[0];
}

// Labels of `subscripts` that none of `others` has, each once.
std::string labels_only_in(std::string_view subscripts, std::string_view others) {
  std::string result;
  for (const char c : subscripts) {
    if (c != '.' && !has(others, c) && !has(result, c)) result += c;
  }
  return result;
}
bool repeats(std::string_view subscripts) {
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    if (subscripts[i] != '.' && has(subscripts.substr(i + 1), subscripts[i])) return true;
  }
  return false;
}

// The leftmost dim of x that the label stands for.
std::int64_t axis_of(std::string_view subscripts, char label, const Tensor& x) {
  const auto at = subscripts.find(label), dots = subscripts.find(kDots);
  if (dots == std::string_view::npos || at < dots) return static_cast<std::int64_t>(at);
  if (!x.shape().has_rank()) throw NotImplementedError("the gradient of Einsum needs the rank of its inputs");
  return static_cast<std::int64_t>(x.rank() - (subscripts.size() - at));
}

// What "..." stands for: dims [first, second) of x.
std::pair<std::int64_t, std::int64_t> dots_of(std::string_view subscripts, const Tensor& x) {
  if (!x.shape().has_rank()) throw NotImplementedError("the gradient of Einsum needs the rank of its inputs");
  const auto dots = subscripts.find(kDots);
  return {static_cast<std::int64_t>(dots),
          static_cast<std::int64_t>(x.rank() - (subscripts.size() - dots - kDots.size()))};
}

// By the input x of "x -> output" where the labels `reduced` of x were summed over.
Tensor before_sum(const Tensor& grad, const std::string& output, const std::string& subscripts, const Tensor& x,
                  const std::string& reduced) {
  std::vector<std::int64_t> axes;
  for (const char label : reduced) axes.push_back(axis_of(subscripts, label, x));
  Tensor axes_tensor = Tensor::from<std::int64_t>({static_cast<std::int64_t>(axes.size())}, axes);
  std::string left;
  for (const char c : subscripts) {
    if (!has(reduced, c)) left += c;
  }
  const auto shape = shape_of(x);
  if (!repeats(subscripts) && !repeats(output) && left == output) {
    return call_op1("BroadcastTo", {call_op1("Reshape", {grad, kept_shape(x, axes_tensor)}), shape});
  }
  // The summed dims in front, then laid out.
  const auto front = ops::gather(shape, axes_tensor), rest = shape_of(grad);
  const auto ones = ops::concat({ops::ones_like(front), rest}, 0);
  const auto whole = call_op1("BroadcastTo", {call_op1("Reshape", {grad, ones}), ops::concat({front, rest}, 0)});
  return einsum(reduced + output + "->" + subscripts, {whole});
}

Tensor by_input(const Tensor& grad, const Tensor& x, const Tensor& other, const std::string& subscripts,
                const std::string& other_subscripts, const std::string& output) {
  const auto reduced = labels_only_in(subscripts, output + other_subscripts);
  std::string left;
  for (const char c : subscripts) {
    if (!has(reduced, c)) left += c;
  }
  const auto product = einsum(output + "," + other_subscripts + "->" + left, {grad, other});
  return reduced.empty() ? product : before_sum(product, left, subscripts, x, reduced);
}

// Sums over the dims of "..." that were repeated.
Tensor sum_dots(const Tensor& grad, const Tensor& x, std::string_view subscripts, const Tensor& other,
                std::string_view other_subscripts) {
  const auto [first, last] = dots_of(subscripts, x);
  const auto [other_first, other_last] = dots_of(other_subscripts, other);
  const auto &a = x.shape().dims(), &b = other.shape().dims();
  const bool same = x.shape().is_fully_known() && other.shape().is_fully_known() &&
                    std::equal(a.begin() + first, a.begin() + last, b.begin() + other_first, b.begin() + other_last);
  if (same) return grad;
  const auto args =
      call_op("BroadcastGradientArgs", {ops::strided_slice(shape_of(x), {first}, {last}, {1}),
                                        ops::strided_slice(shape_of(other), {other_first}, {other_last}, {1})});
  return reshape_like(call_op1("Sum", {grad, args[0] + first}, {{"keep_dims", true}}), x);
}

}  // namespace

Tensors einsum_gradient(const GradientContext& c) {
  std::string equation;
  for (const char ch : c.attrs().s("equation")) {
    if (ch != ' ') equation += ch;
  }
  const auto arrow = equation.find("->");
  const std::string inputs = equation.substr(0, arrow), output = equation.substr(arrow + 2);
  const auto grad = c.grad();
  if (c.num_inputs() == 1) {
    const auto reduced = labels_only_in(inputs, output);
    if (reduced.empty()) return {einsum(output + "->" + inputs, {grad})};
    return {before_sum(grad, output, inputs, c.input(0), reduced)};
  }
  const auto comma = inputs.find(',');
  std::string x = inputs.substr(0, comma), y = inputs.substr(comma + 1);
  if (has_dots(output)) {  // the reversed equations need it on both
    if (!has_dots(x)) x += kDots;
    if (!has_dots(y)) y += kDots;
  }
  const auto by = [&](std::size_t i, const std::string& own, const std::string& others) {
    const auto &input = c.input(i), &other = c.input(1 - i);
    const auto result = by_input(grad, input, other, own, others, output);
    return has_dots(output) ? sum_dots(result, input, own, other, others) : result;
  };
  return {c.if_wanted(0, [&] { return by(0, x, y); }), c.if_wanted(1, [&] { return by(1, y, x); })};
}

}  // namespace hornbeam
