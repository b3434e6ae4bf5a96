// StringLower and StringUpper: of ASCII, or of all of Unicode when the encoding says so.
#include <utf8proc.h>

#include "base/utf8.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3, kSigma = 0x3C3, kFinalSigma = 0x3C2, kDottedI = 0x130, kDotAbove = 0x307;

bool is_letter(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      return false;
  }
}

std::u32string decoded_or_throw(const std::string& text) {
  std::u32string points;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = base::decode_utf8(text, at);
    points.push_back(c.value_or(0xFFFD));
    if (!c) ++at;
  }
  return points;
}

std::string lowered_utf8(const std::string& text) {
  const auto points = decoded_or_throw(text);
  std::string out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto c = points[i];
    if (c == kCapitalSigma) {  // at the end of a word it looks otherwise
      const bool after = i > 0 && is_letter(points[i - 1]), before = i + 1 < points.size() && is_letter(points[i + 1]);
      base::append_utf8(out, after && !before ? kFinalSigma : kSigma);
    } else if (c == kDottedI) {
      base::append_utf8(out, U'i');
      base::append_utf8(out, kDotAbove);
    } else {
      base::append_utf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    }
  }
  return out;
}

std::string raised_utf8(const std::string& text) {
  std::string out;
  for (const auto c : decoded_or_throw(text)) {
    if (c == 0xDF) {  // no capital of one letter
      out += "SS";
    } else {
      base::append_utf8(out, static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
    }
  }
  return out;
}

// bytes: of ASCII alone, others stay.
std::string cased_bytes(std::string text, char first, char last) {
  for (auto& c : text) {
    if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

template <bool kLower>
std::unique_ptr<Kernel> case_kernel(const KernelSpec& spec) {
  const auto& encoding = spec.attrs.s("encoding");
  if (!encoding.empty() && encoding != "utf-8") {
    throw InvalidArgumentError("only utf-8 or '' (no encoding) is supported, received " + encoding);
  }
  const bool ascii = encoding.empty();
  return each_string<std::string>(spec, [ascii](const std::string& s) {
    if (ascii) return kLower ? cased_bytes(s, 'A', 'Z') : cased_bytes(s, 'a', 'z');
    return kLower ? lowered_utf8(s) : raised_utf8(s);
  });
}

OpDef case_op(const char* name, KernelFactory kernel) {
  return OpDef(name)
      .input("input: string")
      .output("output: string")
      .attr("encoding: string = ''")
      .shape(same_as_first)
      .kernel(kernel)
      .no_gradient();
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(string_case) {
  using namespace hornbeam;
  add_op(case_op("StringLower", case_kernel<true>));
  add_op(case_op("StringUpper", case_kernel<false>));
}
