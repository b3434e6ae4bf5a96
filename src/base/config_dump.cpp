// Config to JSON, byte for byte as Python's json.dumps.
#include <cmath>

#include "base/float_repr.h"
#include "base/utf8.h"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void write(const Config& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out_ += std::to_string(value.as_int());
    } else if (value.is_float()) {
      write_float(value.as_double());
    } else if (value.is_string()) {
      write_string(value.as_string());
    } else if (value.is_list()) {
      write_items('[', ']', value.as_list(), [&](const Config& item) { write(item); });
    } else {
      write_items('{', '}', value.as_dict(), [&](const Config::Item& item) {
        write_string(item.first);
        out_ += ": ";
        write(item.second);
      });
    }
  }

  std::string take() { return std::move(out_); }

 private:
  template <class Items, class WriteItem>
  void write_items(char open, char close, const Items& items, WriteItem write_item) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += indent_ < 0 ? ", " : ",";
      first = false;
      new_line();
      write_item(item);
    }
    --depth_;
    if (!items.empty()) new_line();
    out_ += close;
  }

  void new_line() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * depth_, ' ');
  }

  void write_float(double value) {
    if (std::isnan(value)) {
      out_ += "NaN";
    } else if (std::isinf(value)) {
      out_ += value < 0 ? "-Infinity" : "Infinity";
    } else {
      out_ += base::float_repr(value);
    }
  }

  void write_string(std::string_view text) {
    out_ += '"';
    for (std::size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c >= ' ' && c <= '~') {
        if (c == '"' || c == '\\') out_ += '\\';
        out_ += c;
        ++at;
        continue;
      }
      const auto point = base::decode_utf8(text, at);
      if (!point) throw ValueError("a string of a config is not UTF-8: byte " + std::to_string(at));
      write_escaped(*point);
    }
    out_ += '"';
  }

  void write_escaped(char32_t c) {
    switch (c) {
      case '\b':
        out_ += "\\b";
        return;
      case '\f':
        out_ += "\\f";
        return;
      case '\n':
        out_ += "\\n";
        return;
      case '\r':
        out_ += "\\r";
        return;
      case '\t':
        out_ += "\\t";
        return;
      default:
        break;
    }
    if (c >= 0x10000) {
      write_unit(0xD800 + ((c - 0x10000) >> 10));
      write_unit(0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      write_unit(c);
    }
  }

  void write_unit(char32_t unit) {
    static constexpr char kDigits[] = "0123456789abcdef";
    out_ += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kDigits[(unit >> shift) & 15];
  }

  int indent_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string Config::dump(int indent) const {
  Writer writer(indent);
  writer.write(*this);
  return writer.take();
}

}  // namespace hornbeam
