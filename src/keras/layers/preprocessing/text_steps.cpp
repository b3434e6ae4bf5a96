#include "keras/layers/preprocessing/text_steps.h"

#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

constexpr const char* kPunctuation = R"([!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\'])";

Tensor int64_scalar(std::int64_t n) { return Tensor::scalar(n); }

}  // namespace

Tensor standardized_texts(Tensor texts, const std::string& step) {
  if (step.starts_with("lower")) texts = call_op1("StringLower", {texts});
  if (!step.ends_with("strip_punctuation")) return texts;
  return call_op1("StaticRegexReplace", {texts}, {{"pattern", std::string(kPunctuation)}, {"rewrite", std::string()}});
}

Tensor split_at_whitespace(const Tensor& texts) {
  const auto parts = call_op("StringSplitV2", {texts, Tensor::scalar(std::string())});
  const auto rows = ops::squeeze(ops::slice(parts[0], {0, 0}, {-1, 1}), {1});
  const auto count = ops::gather(parts[2], Tensor::scalar(std::int32_t{0}));
  const auto lengths = call_op1("UnsortedSegmentSum", {ops::ones_like(rows), rows, count});
  const auto ends = call_op1("Cumsum", {lengths, Tensor::scalar(std::int32_t{0})});
  const auto zero = Tensor::from<std::int64_t>({1}, {0});
  return make_ragged(parts[1], {ops::concat({zero, ends}, 0)});
}

Tensor split_to_characters(const Tensor& texts) {
  const auto decoded = call_op("UnicodeDecode", {texts}, {{"input_encoding", std::string("UTF-8")}});
  const auto count = ops::cast(ops::size(decoded[1]), DType::int64);
  const auto each = ops::range(int64_scalar(0), count + int64_scalar(1), int64_scalar(1));
  const auto characters = call_op1("UnicodeEncode", {decoded[1], each}, {{"output_encoding", std::string("UTF-8")}});
  return make_ragged(characters, {decoded[0]});
}

Tensor joined_ngrams(const Tensor& words, const std::vector<std::int64_t>& widths) {
  const Attrs attrs{{"separator", std::string(" ")}, {"ngram_widths", widths},
                    {"left_pad", std::string()},     {"right_pad", std::string()},
                    {"pad_width", std::int64_t{0}},  {"preserve_short_sequences", false}};
  const auto* ragged = as_ragged(words);
  if (ragged) {
    auto splits = ragged->splits;
    const auto made = call_op("StringNGrams", {ragged->flat, splits.back()}, attrs);
    splits.back() = made[1];
    return make_ragged(made[0], splits);
  }
  if (words.rank() == 0 || words.rank() > 2)
    throw ValueError("`ngrams` takes rows of words, received " + words.to_string());
  const auto sizes = ops::cast(ops::shape(words), DType::int64);
  const auto dim = [&](std::int32_t i) { return ops::gather(sizes, Tensor::scalar(i)); };
  const auto rows = words.rank() == 2 ? dim(0) : int64_scalar(1), width = words.rank() == 2 ? dim(1) : dim(0);
  const auto splits = ops::range(int64_scalar(0), rows + int64_scalar(1), int64_scalar(1)) * width;
  const auto made = call_op("StringNGrams", {ops::reshape(words, Shape{-1}), splits}, attrs);
  if (words.rank() == 1) return made[0];
  const auto box = make_ragged(made[0], {made[1]});
  return filled_rows(*as_ragged(box), -1, Tensor::scalar(std::string()));
}

Tensor filled_rows(const RaggedImpl& rows, std::int64_t width, const Tensor& fill) {
  std::vector<std::int64_t> shape(rows.splits.size() + 1, -1);
  shape.back() = width;
  std::vector<Tensor> inputs{Tensor::from<std::int64_t>({static_cast<std::int64_t>(shape.size())}, shape), rows.flat,
                             ops::cast(fill, rows.flat.dtype())};
  inputs.insert(inputs.end(), rows.splits.begin(), rows.splits.end());
  const std::vector<std::string> types(rows.splits.size(), "ROW_SPLITS");
  return call_op(
             "RaggedTensorToTensor", std::span<const Tensor>(inputs),
             {{"num_row_partition_tensors", static_cast<std::int64_t>(types.size())}, {"row_partition_types", types}})
      .at(0);
}

Tensor resized_last_dim(const Tensor& x, std::int64_t width) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  if (rank == 0) throw ValueError("a scalar cannot be brought to a length of " + std::to_string(width));
  const auto sizes = ops::shape(x);
  const auto last = ops::gather(sizes, Tensor::scalar(static_cast<std::int32_t>(rank - 1)));
  const auto wanted = Tensor::scalar(static_cast<std::int32_t>(width));
  const auto kept = ops::reshape(ops::minimum(last, wanted), Shape{1});
  const auto front = ops::slice(sizes, {0}, {rank - 1});
  const auto begin = Tensor::zeros(DType::int32, {rank});
  const auto cut = call_op1("Slice", {x, begin, ops::concat({front, kept}, 0)});
  const auto missing = ops::reshape(wanted, Shape{1}) - kept;
  const auto after = ops::concat({Tensor::zeros(DType::int32, {rank - 1}), missing}, 0);
  auto filled = call_op1("Pad", {cut, ops::stack({begin, after}, 1)});
  auto dims = x.shape();
  dims[static_cast<std::size_t>(rank - 1)] = width;
  for (std::size_t d = 0; d + 1 < dims.rank(); ++d) {
    if (dims[d] < 0 && d > 0) return filled;
  }
  if (dims[0] < 0 && rank > 1) dims[0] = -1;
  return ops::reshape(filled, dims);
}

}  // namespace hornbeam
