#include "graph/replay/table_files.h"

#include <charconv>
#include <vector>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam::graph {
namespace {

constexpr std::int64_t kLineNumber = -1, kWholeLine = -2;

std::vector<std::string_view> columns_of(std::string_view line, char delimiter) {
  std::vector<std::string_view> columns;
  for (std::size_t from = 0;;) {
    const auto end = line.find(delimiter, from);
    columns.push_back(line.substr(from, end - from));
    if (end == line.npos) return columns;
    from = end + 1;
  }
}

template <class T>
T number_in(std::string_view text, const std::string& file, std::int64_t line) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) {
    throw InvalidArgumentError("Field " + std::string(text.substr(0, 40)) + " in line " + std::to_string(line) +
                               " of " + file + " is not a valid number.");
  }
  return value;
}

// What one side of the table takes from each line.
class Side {
 public:
  Side(std::int64_t index, DType dtype, std::int64_t offset) : index_(index), dtype_(dtype), offset_(offset) {
    if (index < kWholeLine) throw InvalidArgumentError("Invalid index: " + std::to_string(index));
    if (index == kLineNumber && !is_integer(dtype)) {
      throw InvalidArgumentError("Key/value index for line number requires an integer dtype, got " +
                                 std::string(name_of(dtype)));
    }
    if (index == kWholeLine && dtype != DType::string && !is_integer(dtype)) {
      throw InvalidArgumentError("Key/value index for whole line requires string or integer, got " +
                                 std::string(name_of(dtype)));
    }
  }

  void add(std::string_view line, const std::vector<std::string_view>& columns, std::int64_t number,
           const std::string& file) {
    if (index_ == kLineNumber) {
      numbers_.push_back(
          static_cast<std::int64_t>(static_cast<std::uint64_t>(number) + static_cast<std::uint64_t>(offset_)));
      return;
    }
    if (index_ >= 0 && static_cast<std::size_t>(index_) >= columns.size()) {
      throw InvalidArgumentError("Invalid number of columns in " + file + " line " + std::to_string(number) + " (" +
                                 std::string(line.substr(0, 40)) + ") : expected at least " +
                                 std::to_string(index_ + 1) + " got " + std::to_string(columns.size()));
    }
    const auto text = index_ == kWholeLine ? line : columns[static_cast<std::size_t>(index_)];
    if (dtype_ == DType::string) {
      texts_.emplace_back(text);
    } else if (is_floating(dtype_)) {
      floats_.push_back(number_in<double>(text, file, number));
    } else {
      numbers_.push_back(number_in<std::int64_t>(text, file, number));
    }
  }

  Tensor tensor() const {
    const auto vector = [](const auto& v) { return Shape{static_cast<std::int64_t>(v.size())}; };
    if (dtype_ == DType::string) return Tensor::from<std::string>(vector(texts_), texts_);
    if (is_floating(dtype_)) return ops::cast(Tensor::from<double>(vector(floats_), floats_), dtype_);
    return ops::cast(Tensor::from<std::int64_t>(vector(numbers_), numbers_), dtype_);
  }

 private:
  std::int64_t index_;
  DType dtype_;
  std::int64_t offset_;
  std::vector<std::string> texts_;
  std::vector<std::int64_t> numbers_;
  std::vector<double> floats_;
};

}  // namespace

std::pair<Tensor, Tensor> table_of_lines(std::string_view text, const Attrs& attrs, DType key_dtype, DType value_dtype,
                                         const std::string& file) {
  const auto offset = attrs.has("offset") ? attrs.i("offset") : 0;
  const auto size = attrs.has("vocab_size") ? attrs.i("vocab_size") : -1;
  const auto delimiter = attrs.has("delimiter") ? attrs.s("delimiter") : "\t";
  if (delimiter.size() != 1) throw InvalidArgumentError("delimiter should be only 1 char");
  if (size < -1 || size == 0) throw InvalidArgumentError("vocab_size must be -1 or positive");
  Side keys(attrs.i("key_index"), key_dtype, offset), values(attrs.i("value_index"), value_dtype, offset);
  std::int64_t number = 0;
  while (!text.empty() && number != size) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto columns = columns_of(line, delimiter[0]);
    keys.add(line, columns, number, file);
    values.add(line, columns, number, file);
    ++number;
  }
  if (size != -1 && number < size) {
    throw InvalidArgumentError("Invalid vocab_size in " + file + ": expected " + std::to_string(size) + " but got " +
                               std::to_string(number));
  }
  return {keys.tensor(), values.tensor()};
}

}  // namespace hornbeam::graph
