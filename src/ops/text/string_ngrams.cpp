// StringNGrams: neighbours in each row of strings, joined.
#include <algorithm>

#include "base/memory_limit.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::vector<Shape> ngrams_shape(const ShapeContext& c) { return {Shape{None}, c.shape(1)}; }

class NGrams {
 public:
  explicit NGrams(const Attrs& attrs)
      : separator_(attrs.s("separator")),
        left_(attrs.s("left_pad")),
        right_(attrs.s("right_pad")),
        widths_(attrs.ints("ngram_widths")),
        pad_width_(attrs.i("pad_width")),
        keep_short_(attrs.b("preserve_short_sequences")) {
    for (const auto width : widths_) {
      if (width <= 0) throw InvalidArgumentError("ngram_widths must contain positive values");
      if (width > kMost) throw InvalidArgumentError("ngram_widths of more than 1024 are not supported");
    }
    if (pad_width_ > kMost) throw InvalidArgumentError("a pad_width of more than 1024 is not supported");
  }

  void add_row(std::span<const std::string> row, std::vector<std::string>& out) {
    const auto size = static_cast<std::int64_t>(row.size());
    const auto before = out.size();
    for (const auto width : widths_) {
      const auto pad = padding(width);
      const auto count = std::max<std::int64_t>(0, size + 2 * pad - width + 1);
      for (std::int64_t i = 0; i < count; ++i) add(row, i, count, width, pad, out);
    }
    if (!keep_short_ || out.size() != before || size == 0 || widths_.empty()) return;
    // Too short for any: all of it, with its padding, is one.
    const auto pad = std::max<std::int64_t>(0, pad_width_);
    add(row, 0, 1, size + 2 * pad, pad, out);
  }

 private:
  static constexpr std::int64_t kMost = 1024;

  std::int64_t padding(std::int64_t width) const {
    return std::min(pad_width_ < 0 ? width - 1 : pad_width_, width - 1);
  }

  void add(std::span<const std::string> row, std::int64_t i, std::int64_t count, std::int64_t width, std::int64_t pad,
           std::vector<std::string>& out) {
    const auto left = std::max<std::int64_t>(0, pad - i), right = std::max<std::int64_t>(0, pad - (count - i - 1));
    const auto from = static_cast<std::size_t>(left > 0 ? 0 : i - pad);
    const auto words = width - left - right;
    std::string text;
    bool first = true;
    const auto append = [&](const std::string& part) {
      if (!first) text += separator_;
      first = false;
      text += part;
    };
    for (std::int64_t k = 0; k < left; ++k) append(left_);
    for (std::int64_t k = 0; k < words; ++k) append(row[from + static_cast<std::size_t>(k)]);
    for (std::int64_t k = 0; k < right; ++k) append(right_);
    if (!total_.add(static_cast<double>(sizeof text + text.size()))) {
      throw InvalidArgumentError("the n-grams take more memory than this machine has");
    }
    out.push_back(std::move(text));
  }

  const std::string &separator_, &left_, &right_;
  const std::vector<std::int64_t>& widths_;
  std::int64_t pad_width_;
  bool keep_short_;
  base::MemoryTotal total_;
};

std::vector<Tensor> string_ngrams(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto words = inputs[0].data<std::string>();
  const auto splits = as_int64s(inputs[1], "StringNGrams");
  check_splits(splits, inputs[0].num_elements());
  NGrams ngrams(attrs);
  std::vector<std::string> made;
  std::vector<std::int64_t> ends;
  if (!splits.empty()) ends.push_back(0);
  for (std::size_t r = 0; r + 1 < splits.size(); ++r) {
    const auto from = static_cast<std::size_t>(splits[r]), to = static_cast<std::size_t>(splits[r + 1]);
    ngrams.add_row(words.subspan(from, to - from), made);
    ends.push_back(static_cast<std::int64_t>(made.size()));
  }
  auto out = Tensor::empty(DType::string, {static_cast<std::int64_t>(made.size())});
  std::move(made.begin(), made.end(), out.mutable_data<std::string>().begin());
  return {out, int_vector(inputs[1].dtype(), ends)};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(string_ngrams) {
  using namespace hornbeam;
  add_op(OpDef("StringNGrams")
             .input("data: string")
             .input("data_splits: Tsplits")
             .output("ngrams: string")
             .output("ngrams_splits: Tsplits")
             .attr("separator: string")
             .attr("ngram_widths: list(int)")
             .attr("left_pad: string")
             .attr("right_pad: string")
             .attr("pad_width: int")
             .attr("preserve_short_sequences: bool")
             .attr("Tsplits: type = int64")
             .shape(ngrams_shape)
             .dynamic(string_ngrams)
             .no_gradient());
}
