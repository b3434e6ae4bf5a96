#include "formats/csv/csv_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/test_data.h"

namespace hornbeam::formats {
namespace {

const std::string kTables = test_data("formats") + "/csv/";

// `step` bytes at a time.
CsvReader reader_of(const std::string& text, const CsvReader::Options& options = {}, std::size_t step = 1 << 20) {
  const auto read = [text, step, at = std::size_t{0}](std::span<char> room) mutable {
    const auto count = std::min({step, room.size(), text.size() - at});
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), count, room.begin());
    at += count;
    return count;
  };
  return {read, "t.csv", options};
}

std::vector<std::vector<double>> rows_of(CsvReader& reader) {
  std::vector<std::vector<double>> rows;
  std::vector<double> row(reader.columns().size());
  while (reader.next(std::vector<bool>(row.size(), true), row)) rows.push_back(row);
  return rows;
}

std::string csv_error(const std::string& text, const CsvReader::Options& options = {}) {
  try {
    auto reader = reader_of(text, options);
    (void)rows_of(reader);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_same_number(double got, const std::string& wanted) {
  const auto value = std::strtod(wanted.c_str(), nullptr);
  if (std::isnan(value)) {
    EXPECT_TRUE(std::isnan(got)) << wanted;
  } else {
    EXPECT_EQ(got, value) << wanted;
    EXPECT_EQ(std::signbit(got), std::signbit(value)) << wanted;
  }
}

const Config& expected_csv() {
  static const auto all = Config::parse(testing_support::read_file(kTables + "expected.json"));
  return all;
}

}  // namespace

TEST(Csv, ReadsWhatOthersWrote) {
  const auto& tables = expected_csv().at("tables").as_dict();
  EXPECT_EQ(std::distance(tables.begin(), tables.end()), 8);
  for (const auto& [name, wanted] : tables) {
    SCOPED_TRACE(name);
    const auto text = testing_support::read_file(kTables + name + ".csv");
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
      auto reader = reader_of(text, {.separator = name == "tabs" ? '\t' : ','}, step);
      ASSERT_EQ(Config(reader.columns()), wanted.at("columns"));
      const auto rows = rows_of(reader);
      ASSERT_EQ(rows.size(), wanted.at("rows").size());
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t c = 0; c < rows[r].size(); ++c) {
          expect_same_number(rows[r][c], wanted.at("rows").at(r).at(c).as_string());
        }
      }
    }
  }
}

TEST(Csv, NumbersArePythons) {
  for (const auto& [text, wanted] : expected_csv().at("numbers").as_dict()) {
    const auto got = csv_number(text);
    ASSERT_EQ(got.has_value(), !wanted.is_null()) << text;
    if (got) expect_same_number(*got, wanted.as_string());
  }
}

TEST(Csv, AHeaderIsALineWithAWord) {
  EXPECT_EQ(reader_of("1,2\n3,4").columns(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(reader_of("a,2\n3,4").columns(), (std::vector<std::string>{"a", "2"}));
  EXPECT_EQ(reader_of("1,2\n3,4", {.header = true}).columns(), (std::vector<std::string>{"1", "2"}));
  auto without = reader_of("1,\n", {.header = false});
  std::vector<double> row(2);
  EXPECT_TRUE(without.next({true, false}, row));
  EXPECT_EQ(row[0], 1);
  EXPECT_FALSE(without.next({true, false}, row));
}

TEST(Csv, ColumnsThatNobodyWantsHoldAnything) {
  auto reader =
      reader_of("name,x\n\"a,\r\n\"\"b\"\"\"," + std::string(" 1 ") + "\n" + std::string(1 << 20, 'z') + ",2\n,3");
  std::vector<double> row(2);
  for (const double x : {1, 2, 3}) {
    ASSERT_TRUE(reader.next({false, true}, row));
    EXPECT_EQ(row[1], x);
  }
  EXPECT_EQ(reader.line(), 5);
  EXPECT_FALSE(reader.next({false, true}, row));
}

TEST(Csv, ErrorsNameLineColumnAndWhatWasFound) {
  EXPECT_EQ(csv_error(""), "t.csv: expected rows of numbers, found nothing");
  EXPECT_EQ(csv_error("\n\r\n\r"), "t.csv: expected rows of numbers, found nothing");
  EXPECT_EQ(csv_error("a,b\n1,2\n\n3,x\n"), "t.csv (line 4, column 'b'): expected a number, found 'x'");
  EXPECT_EQ(csv_error("1,2\n3,\n"), "t.csv (line 2, column 1): expected a number, found an empty field");
  EXPECT_EQ(csv_error("1,2\n3\n"), "t.csv (line 2): expected 2 fields, found 1");
  EXPECT_EQ(csv_error("1,2\n3,4,5\n"), "t.csv (line 2): expected 2 fields, found more");
  EXPECT_EQ(csv_error("1,2\n3,1e999"), "t.csv (line 2, column 1): expected a number that float64 holds, found '1e999'");
  EXPECT_EQ(
      csv_error("1\n" + std::string(129, '1')),
      "t.csv (line 2, column 0): expected a number of at most 128 characters, found '" + std::string(40, '1') + "...'");
  EXPECT_EQ(csv_error("a\n\"1\n\n"),
            "t.csv (line 2): expected a quote that closes the field, found the end of the file");
  EXPECT_EQ(csv_error("a\n\"1\"2\n"), "t.csv (line 2): expected a separator behind the quote, found '2'");
  EXPECT_EQ(csv_error("1\n2 3\n"), "t.csv (line 2, column 0): expected a number, found '2 3'");
  EXPECT_EQ(csv_error(std::string("1\n\x01\0\n", 5)), "t.csv (line 2, column 0): expected a number, found '..'");
  EXPECT_EQ(csv_error("a" + std::string(4096, 'b')),
            "t.csv (line 1, field 1): expected a name of at most 4096 bytes, found 'a" + std::string(39, 'b') + "...'");
  EXPECT_EQ(csv_error(std::string((1 << 20), ',')), "t.csv (line 1): expected at most 1048576 fields, found more");
  EXPECT_THROW(CsvReader::open("/nowhere/t.csv", {}), OSError);
  EXPECT_THROW(CsvReader::open("/", {}), OSError);
}

}  // namespace hornbeam::formats
