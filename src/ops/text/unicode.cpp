// UnicodeDecode and UnicodeEncode, of UTF-8: characters as numbers, and back.
#include "base/utf8.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

enum class OnError : std::uint8_t { strict, replace, ignore };

OnError on_error(const Attrs& attrs) {
  const auto& name = attrs.s("errors");
  if (name == "strict") return OnError::strict;
  if (name == "replace") return OnError::replace;
  if (name == "ignore") return OnError::ignore;
  throw InvalidArgumentError("Invalid errors handling: " + name);
}

void require_utf8(const std::string& encoding) {
  if (encoding == "UTF-8" || encoding == "utf-8") return;
  throw NotImplementedError("not yet supported: the encoding " + encoding + " (of UnicodeDecode and UnicodeEncode)");
}

std::int32_t replacement(const Attrs& attrs) {
  const auto c = attrs.i("replacement_char");
  if (c < 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    throw InvalidArgumentError("replacement_char out of unicode codepoint range");
  }
  return static_cast<std::int32_t>(c);
}

// How many bytes of an ill-formed sequence stand for one character: the longest beginning of a well-formed one.
std::size_t ill_formed_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  std::size_t length = 1;
  unsigned low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  std::size_t i = 1;
  while (i < length && i < text.size() && byte(i) >= low && byte(i) <= high) {
    ++i;
    low = 0x80;
    high = 0xBF;
  }
  return i;
}

std::vector<Shape> decode_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  if (!in.is_fully_known()) return {Shape{None}, Shape{None}};
  return {Shape{in.num_elements() + 1}, Shape{None}};
}

std::vector<Tensor> unicode_decode(const Attrs& attrs, std::span<const Tensor> inputs) {
  require_utf8(attrs.s("input_encoding"));
  const auto errors = on_error(attrs);
  const auto instead = replacement(attrs);
  const bool no_controls = attrs.b("replace_control_characters");
  std::vector<std::int32_t> characters;
  std::vector<std::int64_t> splits{0};
  for (const auto& text : inputs[0].data<std::string>()) {
    for (std::size_t at = 0; at < text.size();) {
      const auto c = base::decode_utf8(text, at);
      if (c) {
        characters.push_back(no_controls && *c <= 0x1F ? instead : static_cast<std::int32_t>(*c));
        continue;
      }
      if (errors == OnError::strict) throw InvalidArgumentError("Invalid formatting on input string");
      at += ill_formed_length(std::string_view(text).substr(at));
      if (errors == OnError::replace) characters.push_back(instead);
    }
    splits.push_back(static_cast<std::int64_t>(characters.size()));
  }
  return {int_vector(attrs.type("Tsplits"), splits),
          Tensor::from<std::int32_t>({static_cast<std::int64_t>(characters.size())}, characters)};
}

std::vector<Shape> encode_shape(const ShapeContext& c) {
  const auto& splits = c.shape(1);
  const auto n = splits.has_rank() && splits.rank() == 1 ? splits[0] : None;
  return {Shape{n > 0 ? n - 1 : None}};
}

std::vector<Tensor> unicode_encode(const Attrs& attrs, std::span<const Tensor> inputs) {
  require_utf8(attrs.s("output_encoding"));
  const auto errors = on_error(attrs);
  const auto instead = replacement(attrs);
  const auto splits = as_int64s(inputs[1], "UnicodeEncode");
  if (splits.empty()) throw InvalidArgumentError("input_splits cannot be empty");
  check_splits(splits, inputs[0].num_elements());
  const auto characters = inputs[0].data<std::int32_t>();
  auto out = Tensor::empty(DType::string, {static_cast<std::int64_t>(splits.size()) - 1});
  auto texts = out.mutable_data<std::string>();
  for (std::size_t r = 0; r + 1 < splits.size(); ++r) {
    for (auto i = splits[r]; i < splits[r + 1]; ++i) {
      const auto c = characters[static_cast<std::size_t>(i)];
      if (c >= 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF)) {
        base::append_utf8(texts[r], static_cast<char32_t>(c));
      } else if (c >= 0xD800 && c <= 0xDFFF) {  // in no mode an error to TensorFlow
        base::append_utf8(texts[r], 0xFFFD);
      } else if (errors == OnError::strict) {
        throw InvalidArgumentError("Code point is out of range for Unicode, or a noncharacter.");
      } else if (errors == OnError::replace) {
        base::append_utf8(texts[r], static_cast<char32_t>(instead));
      }
    }
  }
  return {out};
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(unicode) {
  using namespace hornbeam;
  add_op(OpDef("UnicodeDecode")
             .input("input: string")
             .output("row_splits: Tsplits")
             .output("char_values: int32")
             .attr("input_encoding: string")
             .attr("errors: string = 'replace'")
             .attr("replacement_char: int = 65533")
             .attr("replace_control_characters: bool = false")
             .attr("Tsplits: type = int64")
             .shape(decode_shape)
             .dynamic(unicode_decode)
             .no_gradient());
  add_op(OpDef("UnicodeEncode")
             .input("input_values: int32")
             .input("input_splits: Tsplits")
             .output("output: string")
             .attr("errors: string = 'replace'")
             .attr("output_encoding: string")
             .attr("replacement_char: int = 65533")
             .attr("Tsplits: type = int64")
             .shape(encode_shape)
             .dynamic(unicode_encode)
             .no_gradient());
}
