// JSON to Config, understanding what Python's json.loads does.
//
// Our own descent rather than a library's: what Python writes (NaN, Infinity) is no JSON, and libraries refuse it.
// Recursion is bounded by kMaxDepth, memory by the length of the text.
#include <algorithm>
#include <charconv>
#include <limits>

#include "base/config_items.h"
#include "base/utf8.h"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

constexpr int kMaxDepth = 512;

class Parser {
 public:
  Parser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Config document() {
    skip_space();
    Config value = parse_value();
    skip_space();
    if (at_ != text_.size()) fail("the end of the document", shown());
    return value;
  }

 private:
  Config parse_value() {
    switch (peek()) {
      case '{':
        return parse_dict();
      case '[':
        return parse_list();
      case '"':
        return parse_string();
      default:
        break;
    }
    if (accept("null")) return nullptr;
    if (accept("true")) return true;
    if (accept("false")) return false;
    if (accept("NaN")) return std::numeric_limits<double>::quiet_NaN();
    if (accept("Infinity")) return std::numeric_limits<double>::infinity();
    if (accept("-Infinity")) return -std::numeric_limits<double>::infinity();
    return parse_number();
  }

  Config parse_list() {
    enter();
    Config::List items;
    if (skip_space(); peek() == ']') {
      leave();
      return items;
    }
    for (;;) {
      items.push_back(parse_value());
      skip_space();
      if (peek() == ']') break;
      expect(',', "',' or ']'");
      skip_space();
    }
    leave();
    return items;
  }

  Config parse_dict() {
    enter();
    Config::Dict items;
    if (skip_space(); peek() == '}') {
      leave();
      return items;
    }
    for (;;) {
      if (peek() != '"') fail("a key in double quotes", shown());
      std::string key = parse_string();
      skip_space();
      expect(':', "':'");
      skip_space();
      items.emplace_back(std::move(key), parse_value());
      skip_space();
      if (peek() == '}') break;
      expect(',', "',' or '}'");
      skip_space();
    }
    const auto sorted = base::sorted_items(items);
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end(),
                                          [](const auto* a, const auto* b) { return a->first == b->first; });
    if (twice != sorted.end())
      fail("each key once", "a duplicate: key '" + (*twice)->first + "' again in the dict that ends here");
    leave();
    return items;
  }

  std::string parse_string() {
    ++at_;
    std::string out;
    for (;;) {
      const auto start = at_;
      while (at_ < text_.size() && text_[at_] >= ' ' && text_[at_] != '"' && text_[at_] != '\\') ++at_;
      out.append(text_.substr(start, at_ - start));
      if (at_ >= text_.size()) fail("'\"'", "the end of the text");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c == '\\') {
        ++at_;
        parse_escape(out);
      } else if (static_cast<unsigned char>(c) < ' ') {
        fail("an escaped control character", shown());
      } else {
        const auto before = at_;
        if (!base::decode_utf8(text_, at_)) fail("UTF-8", shown());
        out.append(text_.substr(before, at_ - before));
      }
    }
  }

  void parse_escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (c == 'u') {
      ++at_;
      char32_t unit = parse_unit();
      if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        const char32_t low = parse_unit();
        if (low < 0xDC00 || low > 0xDFFF) fail("the second half of a surrogate pair", "another character");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      }
      if (unit >= 0xD800 && unit <= 0xDFFF) fail("a pair of surrogates", "one alone");
      base::append_utf8(out, unit);
      return;
    }
    const auto index = at_ < text_.size() ? kNames.find(c) : std::string_view::npos;
    if (index == std::string_view::npos) fail("an escape such as \\n or \\u0041", shown());
    out += kMeanings[index];
    ++at_;
  }

  char32_t parse_unit() {
    unsigned value = 0;
    const auto digits = text_.substr(std::min(at_, text_.size()), 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + 4) fail("four hexadecimal digits", shown());
    at_ += 4;
    return value;
  }

  Config parse_number() {
    const auto start = at_;
    bool is_float = false;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!skip_digits()) {
      at_ = start;
      fail("a value", shown());
    }
    if (peek() == '.') {
      ++at_;
      is_float = true;
      if (!skip_digits()) fail("a digit", shown());
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      is_float = true;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!skip_digits()) fail("a digit", shown());
    }
    const auto token = text_.substr(start, at_ - start);
    if (is_float) return float_of(token);
    std::int64_t value = 0;
    if (std::from_chars(token.data(), token.data() + token.size(), value).ec != std::errc{}) {
      at_ = start;
      fail("an integer of 64 bits", std::string(token.substr(0, 40)));
    }
    return value;
  }

  static double float_of(std::string_view token) {
    double value = 0;
    if (std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc{}) return value;
    // Out of range, where from_chars says not to which side: Python makes it infinite or zero.
    const bool negative = token.front() == '-';
    const auto e = token.find_first_of("eE");
    const auto mantissa = token.substr(negative, (e == std::string_view::npos ? token.size() : e) - negative);
    const auto first = mantissa.find_first_of("123456789");
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    std::int64_t exponent = 0;
    if (e != std::string_view::npos) {
      const auto digits = token.substr(e + (token[e + 1] == '+' ? 2 : 1));
      if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc{}) {
        exponent = digits.front() == '-' ? -(std::int64_t{1} << 62) : (std::int64_t{1} << 62);
      }
      // So that adding the place of the point cannot overflow.
      exponent = std::clamp(exponent, -(std::int64_t{1} << 62), std::int64_t{1} << 62);
    }
    const auto magnitude = exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
    value = first != std::string_view::npos && magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return negative ? -value : value;
  }

  bool skip_digits() {
    const auto start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ != start;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void expect(char c, const char* what) {
    if (peek() != c) fail(what, shown());
    ++at_;
  }
  void enter() {
    if (++depth_ > kMaxDepth) fail("at most " + std::to_string(kMaxDepth) + " nested lists and dicts", "one more");
    ++at_;
  }
  void leave() {
    --depth_;
    ++at_;
  }

  std::string shown() const {
    if (at_ >= text_.size()) return "the end of the text";
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c > ' ' && c <= '~') return std::string("'") + text_[at_] + "'";
    return "byte " + std::to_string(c);
  }
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    const auto before = text_.substr(0, std::min(at_, text_.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw FormatError(source_, "line " + std::to_string(line) + " column " + std::to_string(column), expected, found);
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Config Config::parse(std::string_view json, const std::string& source) { return Parser(json, source).document(); }

}  // namespace hornbeam
