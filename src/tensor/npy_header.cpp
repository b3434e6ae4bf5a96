#include "tensor/npy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/checked_math.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::npy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxRank = 64;
constexpr std::size_t kAlignment = 64;

struct Code {
  std::string_view code;  // kind and bytes
  DType dtype;
};
constexpr std::array kCodes{
    Code{"f4", DType::float32},  Code{"f8", DType::float64},   Code{"f2", DType::float16},
    Code{"V2", DType::bfloat16}, Code{"i1", DType::int8},      Code{"i2", DType::int16},
    Code{"i4", DType::int32},    Code{"i8", DType::int64},     Code{"u1", DType::uint8},
    Code{"u2", DType::uint16},   Code{"u4", DType::uint32},    Code{"u8", DType::uint64},
    Code{"b1", DType::boolean},  Code{"c8", DType::complex64}, Code{"c16", DType::complex128},
};

// The few shapes of Python literal that np.save writes; everything else is refused.
class Parser {
 public:
  Parser(std::string_view text, std::size_t offset, const std::string& source)
      : text_(text), offset_(offset), source_(source) {}

  Header dict() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const auto key = string();
      expect(':');
      if (key == "descr" && !has_descr) {
        has_descr = true;
        parse_descr(header);
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        header.shape = shape();
      } else {
        fail("the keys descr, fortran_order and shape, once each", "'" + std::string(key) + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("the end of the header", "more");
    if (!has_descr || !has_order || !has_shape) fail("the keys descr, fortran_order and shape", "fewer");
    return header;
  }

 private:
  void parse_descr(Header& header) {
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(')) {
      fail("a plain dtype such as '<f4'", "a structured one");
    }
    const auto descr = string();
    auto code = descr;
    char order = '=';
    if (!code.empty() && std::string_view("<>|=").find(code.front()) != std::string_view::npos) {
      order = code.front();
      code.remove_prefix(1);
    }
    header.swapped = order == '>';
    if (code == "O" || code == "O8") {
      fail("a plain dtype such as '<f4'", "'|O': Object arrays cannot be loaded when allow_pickle=False");
    }
    for (const auto& known : kCodes) {
      if (known.code != code) continue;
      header.dtype = known.dtype;
      header.item_bytes = size_of(known.dtype);
      return;
    }
    if (!code.empty() && (code.front() == 'S' || code.front() == 'U')) {
      std::uint32_t width = 0;
      const auto end = code.data() + code.size();
      const auto [stop, error] = std::from_chars(code.data() + 1, end, width);
      if (error == std::errc{} && stop == end) {
        header.dtype = DType::string;
        header.text = code.front() == 'S' ? Text::bytes : Text::utf32;
        header.item_bytes = std::size_t{width} * (code.front() == 'S' ? 1 : 4);
        return;
      }
    }
    fail("a dtype such as '<f4', '|b1' or '<U8'", "'" + std::string(descr) + "'");
  }

  Shape shape() {
    Shape result;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t dim = -1;
      const auto begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), dim);
      if (error != std::errc{} || dim < 0) fail("a dim of the shape", "something else");
      at_ += static_cast<std::size_t>(end - begin);
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote it
      if (result.rank() == kMaxRank) fail("at most 64 dims", "more");
      result.push_back(dim);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return result;
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("True or False", "something else");
  }

  std::string_view string() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("a string", "something else");
    const auto end = text_.find(quote, at_ + 1);
    const auto value = text_.substr(at_ + 1, std::min(end, text_.size()) - at_ - 1);
    if (end == std::string_view::npos || value.find('\\') != std::string_view::npos) {
      fail("a plain string", "one without end or with escapes");
    }
    at_ = end + 1;
    return value;
  }

  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("'") + c + "'", at_ < text_.size() ? "something else" : "the end of the header");
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw FormatError(source_, "header, offset " + std::to_string(offset_ + at_), expected, found);
  }

  std::string_view text_;
  std::size_t offset_;
  const std::string& source_;
  std::size_t at_ = 0;
};

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(bytes[i]);
  return value;
}

}  // namespace

Header parse_header(std::span<const std::byte> file, const std::string& source) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || text.size() < 12) {
    throw FormatError(source, "offset 0", "the magic of a .npy file, \\x93NUMPY", "something else");
  }
  const int version = static_cast<unsigned char>(text[6]);
  if (version < 1 || version > 3 || text[7] != 0) {
    throw FormatError(source, "offset 6", "version 1.0, 2.0 or 3.0",
                      std::to_string(version) + "." + std::to_string(static_cast<unsigned char>(text[7])));
  }
  const std::size_t start = version == 1 ? 10 : 12;
  const auto length = little_endian(file.subspan(8, start - 8));
  if (length > file.size() - start) {
    throw FormatError(source, "offset 8", "a header of " + std::to_string(length) + " bytes",
                      std::to_string(file.size() - start));
  }
  Header header = Parser(text.substr(start, length), start, source).dict();
  header.data_offset = start + length;

  // Signed, as Shape counts: a product that overflows on its way to a zero dim is refused here, not there.
  std::optional<std::int64_t> elements = 1;
  for (const auto d : header.shape) {
    if (elements) elements = base::checked_mul(*elements, d);
  }
  const auto present = file.size() - header.data_offset;
  const auto bytes =
      elements ? base::checked_mul(static_cast<std::size_t>(*elements), header.item_bytes) : std::nullopt;
  if (!bytes || *bytes != present) {
    throw FormatError(
        source, "offset " + std::to_string(header.data_offset),
        (bytes ? std::to_string(*bytes) : "more than 2^63") + " bytes of data for shape " + header.shape.to_string(),
        std::to_string(present));
  }
  if (header.item_bytes == 0 && *elements != 0) {
    throw FormatError(source, "header", "elements that have a width", "none");  // else data could not bound the count
  }
  header.elements = static_cast<std::size_t>(*elements);
  return header;
}

std::string header_bytes(DType dtype, const Shape& shape, std::size_t text_bytes) {
  std::string descr;
  if (dtype == DType::string) descr = "|S" + std::to_string(text_bytes);
  for (const auto& known : kCodes) {
    if (known.dtype == dtype) descr = (size_of(dtype) == 1 ? "|" : "<") + std::string(known.code);
  }
  if (descr.empty()) throw TypeError("NumPy has no dtype for " + std::string(name_of(dtype)));
  std::string dict = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape.to_string() + ", }";
  // NumPy leaves room for the first dim to grow to 21 digits.
  if (!shape.empty()) dict.append(21 - std::to_string(shape[0]).size(), ' ');
  const bool short_header = dict.size() + 1 + kAlignment < 65536;
  const std::size_t start = short_header ? 10 : 12;
  dict.append(kAlignment - (start + dict.size() + 1) % kAlignment, ' ');
  dict += '\n';
  std::string out(kMagic);
  out += short_header ? '\1' : '\2';
  out += '\0';
  for (std::size_t i = 0; i < start - 8; ++i) out += static_cast<char>(dict.size() >> (8 * i) & 0xFF);
  return out + dict;
}

}  // namespace hornbeam::npy
