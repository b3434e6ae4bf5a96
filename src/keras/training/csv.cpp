// Batches of a CSV file's lines.
#include "hornbeam/csv.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "formats/csv/csv_reader.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/model.hpp"

namespace hornbeam {
namespace {

using Names = std::vector<std::string>;

template <class T>
Tensor matrix(const std::vector<double>& values, std::int64_t rows, const Shape& shape_of_row) {
  auto dims = shape_of_row.dims();
  dims.insert(dims.begin(), rows);
  Tensor t = Tensor::empty(DTypeOf<T>::value, Shape(dims));
  std::ranges::transform(values, t.mutable_data<T>().begin(), [](double v) { return static_cast<T>(v); });
  return t;
}

// One array that is made of columns, and the numbers of the rows under way.
struct Table {
  std::vector<std::size_t> columns;
  Shape row;
  std::vector<double> values = {};
};

class Lines {
 public:
  Lines(const std::string& path, const CSVOptions& options)
      : path_(path),
        options_(options),
        doubles_(backend::floatx() == "float64"),
        reader_(formats::CsvReader::open(path, {options.separator, options.header})),
        wanted_(reader_.columns().size()),
        numbers_(reader_.columns().size()) {
    check_options();
    for (const auto& [name, columns] : options.outputs) y_.push_back(table(columns));
    if (!options.y.empty()) y_.push_back(table(options.y));
    if (!options.sample_weight.empty()) {
      weights_.push_back(table({options.sample_weight}));
      weights_[0].row = {};
    }
    for (const auto& [name, columns] : options.inputs) x_.push_back(table(columns));
    if (options.inputs.empty()) x_.push_back(options.x.empty() ? the_others() : table(options.x));
  }

  // At most so many rows; none at the end.
  std::optional<Batch> take(std::int64_t most) {
    std::int64_t rows = 0;
    for (auto* tables : {&x_, &y_, &weights_}) {
      for (auto& t : *tables) t.values.clear();
    }
    for (; rows < most && reader_.next(wanted_, numbers_); ++rows) {
      for (auto* tables : {&x_, &y_, &weights_}) {
        for (auto& t : *tables) {
          for (const auto i : t.columns) t.values.push_back(checked(i));
        }
      }
    }
    if (rows == 0) return std::nullopt;
    return batch(rows);
  }
  // What there is of no rows.
  Batch batch(std::int64_t rows) const {
    return {values(x_, options_.inputs, rows), values(y_, options_.outputs, rows), values(weights_, {}, rows)};
  }

 private:
  void check_options() const {
    if (options_.batch_size < 1) {
      throw ValueError("`batch_size` must be a positive integer. Received: " + std::to_string(options_.batch_size));
    }
    const auto separator = static_cast<unsigned char>(options_.separator);
    if (std::isalnum(separator) ||
        std::string_view("\0\"\n\r.+-", 7).find(options_.separator) != std::string_view::npos) {
      throw ValueError(
          "CSVOptions: the separator must be a byte that neither numbers, quotes nor line ends are made of");
    }
    if ((!options_.x.empty() && !options_.inputs.empty()) || (!options_.y.empty() && !options_.outputs.empty())) {
      throw ValueError("CSVOptions: columns are given as `x` or as `inputs`, as `y` or as `outputs`, not as both");
    }
  }

  Table table(const Names& names) {
    Table made;
    for (const auto& name : names) {
      const auto& all = reader_.columns();
      const auto found = std::ranges::count(all, name);
      if (found != 1) {
        throw ValueError(path_ + ": " + (found == 0 ? "no column" : std::to_string(found) + " columns") + " named '" +
                         name + "'; the columns are " + listed(all));
      }
      made.columns.push_back(static_cast<std::size_t>(std::ranges::find(all, name) - all.begin()));
      wanted_[made.columns.back()] = true;
    }
    made.row = Shape{static_cast<std::int64_t>(names.size())};
    return made;
  }
  Table the_others() {
    Table made;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (!wanted_[i]) made.columns.push_back(i);
    }
    if (made.columns.empty())
      throw ValueError(path_ + ": no column is left for x; the columns are " + listed(reader_.columns()));
    for (const auto i : made.columns) wanted_[i] = true;
    made.row = Shape{static_cast<std::int64_t>(made.columns.size())};
    return made;
  }
  static std::string listed(const Names& names) {
    constexpr std::size_t kMost = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
    return text + (names.size() > kMost ? ", ..." : "");
  }

  double checked(std::size_t column) const {
    const auto value = numbers_[column];
    constexpr double kRoundsToInfinity = 0x1.ffffffp127;  // the greatest float32 may be written with fewer digits
    if (!doubles_ && std::isfinite(value) && std::abs(value) >= kRoundsToInfinity) {
      throw FormatError(path_, reader_.place(column), "a number that float32 holds", Config(value).dump());
    }
    return value;
  }

  Values values(const std::vector<Table>& tables, const std::map<std::string, Names>& by_name,
                std::int64_t rows) const {
    const auto made = [&](const Table& t) {
      return doubles_ ? matrix<double>(t.values, rows, t.row) : matrix<float>(t.values, rows, t.row);
    };
    if (by_name.empty()) return tables.empty() ? Values() : Values(made(tables[0]));
    Values::Dict dict;
    std::size_t i = 0;
    for (const auto& [name, columns] : by_name) dict.emplace(name, made(tables[i++]));
    return Values(std::move(dict));
  }

  std::string path_;
  CSVOptions options_;
  bool doubles_;
  formats::CsvReader reader_;
  std::vector<bool> wanted_;
  std::vector<double> numbers_;
  std::vector<Table> x_, y_, weights_;  // by the names of inputs and outputs, in their order
};

}  // namespace

Dataset csv_dataset(const std::string& path, const CSVOptions& options) {
  (void)Lines(path, options);
  return Dataset::from_generator([path, options] {
    return Dataset::Next(
        [lines = std::make_shared<Lines>(path, options), size = options.batch_size] { return lines->take(size); });
  });
}

Batch load_csv(const std::string& path, const CSVOptions& options) {
  Lines lines(path, options);
  auto all = lines.take(std::numeric_limits<std::int64_t>::max());
  return all ? std::move(*all) : lines.batch(0);
}

}  // namespace hornbeam
