// StringSplitV2 and StringSplit: the parts of each string, as a sparse tensor.
#include <algorithm>

#include "ops/shape_math.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::string_view without_leading_blanks(std::string_view text) {
  const auto first = std::find_if_not(text.begin(), text.end(), is_blank);
  text.remove_prefix(static_cast<std::size_t>(first - text.begin()));
  return text;
}

// By runs of blanks. What is left after `most` parts (less than 0: no limit) is one more.
void split_at_blanks(std::string_view text, std::int64_t most, std::vector<std::string>& out) {
  text = without_leading_blanks(text);
  for (std::int64_t count = 0; !text.empty();) {
    const auto end = std::find_if(text.begin(), text.end(), is_blank);
    const auto size = static_cast<std::size_t>(end - text.begin());
    out.emplace_back(text.substr(0, size));
    text = without_leading_blanks(text.substr(size));
    if (most > 0 && ++count == most) {
      out.emplace_back(text);
      return;
    }
  }
}

void split_at(std::string_view text, std::string_view separator, std::int64_t most, std::vector<std::string>& out) {
  std::int64_t count = 0;
  for (auto at = text.find(separator); at != text.npos; at = text.find(separator)) {
    out.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
    if (most > 0 && ++count == most) break;
  }
  out.emplace_back(text);
}

std::vector<Shape> split_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 1, "StringSplit", "input");
  require_rank(c.shape(1), 0, "StringSplit", "the separator");
  return {Shape{None, 2}, Shape{None}, Shape{2}};
}

// The parts of each row as a sparse tensor; `ends`: where those of a row end.
std::vector<Tensor> sparse_parts(std::vector<std::string>& parts, const std::vector<std::int64_t>& ends) {
  const auto total = static_cast<std::int64_t>(parts.size());
  auto indices = Tensor::empty(DType::int64, {total, 2});
  auto* index = indices.mutable_data<std::int64_t>().data();
  std::int64_t longest = 0, from = 0;
  for (std::size_t row = 0; row < ends.size(); ++row) {
    longest = std::max(longest, ends[row] - from);
    for (std::int64_t i = from; i < ends[row]; ++i) {
      *index++ = static_cast<std::int64_t>(row);
      *index++ = i - from;
    }
    from = ends[row];
  }
  auto values = Tensor::empty(DType::string, {total});
  std::move(parts.begin(), parts.end(), values.mutable_data<std::string>().begin());
  return {indices, values, int_vector(DType::int64, {static_cast<std::int64_t>(ends.size()), longest})};
}

std::vector<Tensor> string_split(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto& input = inputs[0];
  if (input.rank() != 1) {
    throw InvalidArgumentError("input must be a vector, got shape: " + input.shape().to_string());
  }
  if (inputs[1].rank() != 0) {
    throw InvalidArgumentError("sep must be a scalar, got shape: " + inputs[1].shape().to_string());
  }
  const auto& separator = inputs[1].data<std::string>()[0];
  const auto most = attrs.i("maxsplit");
  std::vector<std::string> parts;
  std::vector<std::int64_t> ends;
  for (const auto& text : input.data<std::string>()) {
    if (most == 0) {
      parts.push_back(text);
    } else if (separator.empty()) {
      split_at_blanks(text, most, parts);
    } else {
      split_at(text, separator, most, parts);
    }
    ends.push_back(static_cast<std::int64_t>(parts.size()));
  }
  return sparse_parts(parts, ends);
}

// At each of the separator's characters, or without any between all of them.
std::vector<Tensor> string_split_at_characters(const Attrs& attrs, std::span<const Tensor> inputs) {
  if (inputs[0].rank() != 1) {
    throw InvalidArgumentError("input must be a vector, got shape: " + inputs[0].shape().to_string());
  }
  if (inputs[1].rank() != 0) {
    throw InvalidArgumentError("delimiter must be a scalar, got shape: " + inputs[1].shape().to_string());
  }
  const auto& separators = inputs[1].data<std::string>()[0];
  const bool skip_empty = attrs.b("skip_empty");
  std::vector<std::string> parts;
  std::vector<std::int64_t> ends;
  const auto add = [&](std::string_view part) {
    if (!part.empty() || !skip_empty) parts.emplace_back(part);
  };
  for (const std::string_view text : inputs[0].data<std::string>()) {
    if (text.empty()) {  // no parts, not an empty one
    } else if (separators.empty()) {
      for (std::size_t i = 0; i < text.size(); ++i) parts.emplace_back(text.substr(i, 1));
    } else {
      for (std::size_t from = 0;;) {
        const auto at = text.find_first_of(separators, from);
        add(text.substr(from, at - from));
        if (at == text.npos) break;
        from = at + 1;
      }
    }
    ends.push_back(static_cast<std::int64_t>(parts.size()));
  }
  return sparse_parts(parts, ends);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(string_split) {
  using namespace hornbeam;
  add_op(OpDef("StringSplitV2")
             .input("input: string")
             .input("sep: string")
             .output("indices: int64")
             .output("values: string")
             .output("shape: int64")
             .attr("maxsplit: int = -1")
             .shape(split_shape)
             .dynamic(string_split)
             .no_gradient());
  add_op(OpDef("StringSplit")
             .input("input: string")
             .input("delimiter: string")
             .output("indices: int64")
             .output("values: string")
             .output("shape: int64")
             .attr("skip_empty: bool = true")
             .shape(split_shape)
             .dynamic(string_split_at_characters)
             .no_gradient());
}
