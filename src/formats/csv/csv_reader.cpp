#include "formats/csv/csv_reader.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "hornbeam/errors.hpp"

namespace hornbeam::formats {
namespace {

constexpr std::size_t kBuffer = 1 << 16, kMaxColumns = 1 << 20, kMaxName = 4096, kMaxNumber = 128;
constexpr int kNone = -1;

// A field in a message: its beginning, on one line.
std::string shown(std::string_view field) {
  if (field.empty()) return "an empty field";
  std::string text = "'";
  for (const char c : field.substr(0, 40)) text += static_cast<unsigned char>(c) < 0x20 ? '.' : c;
  return text + (field.size() > 40 ? "...'" : "'");
}

}  // namespace

std::optional<double> csv_number(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::invalid_argument || stopped != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // In so few digits it is the exponent that tells which way.
    const bool small = text.find("e-") != text.npos || text.find("E-") != text.npos;
    value = small ? 0.0 : std::numeric_limits<double>::infinity();
    if (text[0] == '-') value = -value;
  }
  return value;
}

CsvReader::CsvReader(Source source, std::string file, const Options& options)
    : source_(std::move(source)), file_(std::move(file)), options_(options), buffer_(kBuffer) {
  read_first_line();
}

CsvReader CsvReader::open(const std::string& path, const Options& options) {
  const std::shared_ptr<std::FILE> file(std::fopen(path.c_str(), "rb"), [](std::FILE* f) {
    if (f) std::fclose(f);
  });
  const auto fail = [path] { throw OSError("Unable to open file " + path + ": " + std::strerror(errno)); };
  if (!file) fail();
  const auto read = [file, fail](std::span<char> room) {
    const auto got = std::fread(room.data(), 1, room.size(), file.get());
    if (got == 0 && std::ferror(file.get()) != 0) fail();
    return got;
  };
  return {read, path, options};
}

int CsvReader::peek() {
  if (at_ == filled_) {
    at_ = 0;
    filled_ = source_(buffer_);
    if (filled_ == 0) return kNone;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvReader::take() {
  const int c = peek();
  if (c != kNone) ++at_;
  return c;
}

// Takes what follows a CR, too.
bool CsvReader::ends_line(int c) {
  if (c != '\n' && c != '\r') return false;
  if (c == '\r' && peek() == '\n') (void)take();
  ++line_;
  return true;
}

bool CsvReader::skip_empty_lines() {
  while (peek() == '\n' || peek() == '\r') (void)ends_line(take());
  return peek() != kNone;
}

CsvReader::End CsvReader::read_field(std::size_t room) {
  const int separator = static_cast<unsigned char>(options_.separator);
  const auto blank = [&](int c) { return (c == ' ' || c == '\t') && c != separator; };
  const auto keep = [&](int c) {
    if (field_.size() <= room) field_ += static_cast<char>(c);
  };
  field_.clear();
  int c = take();
  while (blank(c)) c = take();
  if (c == '"') {
    const auto began = line_;
    for (c = take();; c = take()) {
      if (c == kNone) {
        throw FormatError(file_, "line " + std::to_string(began), "a quote that closes the field",
                          "the end of the file");
      }
      if (c == '"') {
        if (peek() != '"') break;
        (void)take();
      } else if (c == '\n') {
        ++line_;
      }
      keep(c);
    }
    do c = take();
    while (blank(c));
    if (c == kNone) return End::file;
    if (c == separator) return End::separator;
    if (ends_line(c)) return End::line;
    throw FormatError(file_, "line " + std::to_string(line_), "a separator behind the quote",
                      shown(std::string(1, static_cast<char>(c))));
  }
  // Blanks at the end do not count: how many there are is known when something follows them.
  std::string blanks;
  for (;; c = take()) {
    if (c == kNone || c == separator || ends_line(c)) break;
    if (blank(c)) {
      if (blanks.size() <= room) blanks += static_cast<char>(c);
      continue;
    }
    for (const char b : blanks) keep(static_cast<unsigned char>(b));
    blanks.clear();
    keep(c);
  }
  return c == kNone ? End::file : c == separator ? End::separator : End::line;
}

void CsvReader::read_first_line() {
  for (const int c : {0xEF, 0xBB, 0xBF}) {
    if (peek() != c) break;
    (void)take();
  }
  if (!skip_empty_lines()) throw FormatError(file_, "", "rows of numbers", "nothing");
  row_line_ = line_;
  bool numbers = true;
  for (auto end = End::separator; end == End::separator;) {
    if (first_.size() == kMaxColumns) {
      throw FormatError(file_, "line " + std::to_string(row_line_),
                        "at most " + std::to_string(kMaxColumns) + " fields", "more");
    }
    end = read_field(kMaxName);
    if (field_.size() > kMaxName) {
      throw FormatError(file_, "line " + std::to_string(row_line_) + ", field " + std::to_string(first_.size() + 1),
                        "a name of at most " + std::to_string(kMaxName) + " bytes", shown(field_));
    }
    numbers = numbers && csv_number(field_);
    first_.push_back(field_);
  }
  if (options_.header.value_or(!numbers)) {
    columns_ = std::exchange(first_, {});
  } else {
    for (std::size_t i = 0; i < first_.size(); ++i) columns_.push_back(std::to_string(i));
  }
}

std::string CsvReader::place(std::size_t column) const {
  return "line " + std::to_string(row_line_) + ", column " +
         (columns_[column] == std::to_string(column) ? columns_[column] : "'" + columns_[column] + "'");
}

double CsvReader::number_at(std::size_t column) const {
  if (field_.size() > kMaxNumber) {
    throw FormatError(file_, place(column), "a number of at most " + std::to_string(kMaxNumber) + " characters",
                      shown(field_));
  }
  const auto value = csv_number(field_);
  if (!value) throw FormatError(file_, place(column), "a number", shown(field_));
  const auto word = field_.find_first_of("nN") != std::string::npos;  // nan, inf, infinity
  if (std::isinf(*value) && !word)
    throw FormatError(file_, place(column), "a number that float64 holds", shown(field_));
  return *value;
}

bool CsvReader::next(const std::vector<bool>& wanted, std::span<double> values) {
  const bool kept = !first_.empty();
  if (!kept && !skip_empty_lines()) return false;
  if (!kept) row_line_ = line_;
  const auto count = columns_.size();
  std::size_t i = 0;
  for (auto end = End::separator; end == End::separator; ++i) {
    if (i == count) {
      throw FormatError(file_, "line " + std::to_string(row_line_), std::to_string(count) + " fields", "more");
    }
    if (kept) {
      field_ = std::move(first_[i]);
      end = i + 1 == count ? End::line : End::separator;
    } else {
      end = read_field(wanted[i] ? kMaxNumber : 0);
    }
    if (wanted[i]) values[i] = number_at(i);
  }
  if (i < count) {
    throw FormatError(file_, "line " + std::to_string(row_line_), std::to_string(count) + " fields", std::to_string(i));
  }
  first_.clear();
  return true;
}

}  // namespace hornbeam::formats
