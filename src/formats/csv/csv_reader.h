// Rows of numbers of a CSV file, one after another (SPEC.md). Memory: a buffer, and the names of the columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hornbeam::formats {

class CsvReader {
 public:
  // The next bytes of the file, at most as many as there is room for: how many. 0: the end.
  using Source = std::function<std::size_t(std::span<char> room)>;
  // Where there is a header. None: where the first line has a field that is no number.
  struct Options {
    char separator = ',';
    std::optional<bool> header = {};
  };

  // Reads the first line; `file` is for messages. Throws FormatError when there is none, or as next().
  CsvReader(Source source, std::string file, const Options& options);
  // Throws OSError as well.
  static CsvReader open(const std::string& path, const Options& options);

  // The header's, or "0", "1", ...
  const std::vector<std::string>& columns() const { return columns_; }
  // The next row: the number in column i goes to values[i] where wanted[i]; both as long as columns(). False at the
  // end. Throws FormatError, with line, column, and what was found, for a wanted field that is no number, a line with
  // more or fewer fields than the first, a quote that nothing closes.
  bool next(const std::vector<bool>& wanted, std::span<double> values);
  // That of the row read last, from 1.
  std::int64_t line() const { return row_line_; }
  // For errors about a row: `column` by its place.
  std::string place(std::size_t column) const;

 private:
  enum class End { separator, line, file };
  int peek();
  int take();
  // Collects a field, at most `room` bytes of it and one more.
  End read_field(std::size_t room);
  bool ends_line(int c);
  bool skip_empty_lines();
  void read_first_line();
  double number_at(std::size_t column) const;

  Source source_;
  std::string file_;
  Options options_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::int64_t line_ = 1, row_line_ = 0;
  std::string field_;
  std::vector<std::string> columns_, first_;  // first_: fields of a first line that is no header, until it is taken
};

// The number that all of the text is; none where it is none. What is too great is infinite, what is too small 0.
std::optional<double> csv_number(std::string_view text);

}  // namespace hornbeam::formats
