#include "keras/training/results.h"

#include <algorithm>
#include <cstring>
#include <ostream>
#include <span>

#include "base/float_repr.h"
#include "base/numpy_text.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops_array.hpp"

namespace hornbeam {
namespace {

// What a step computes is written over by the next one.
Tensor values_of(const Tensor& t) {
  Tensor copy = Tensor::empty(t.dtype(), t.shape());
  std::memcpy(copy.mutable_raw(), t.raw(), t.bytes());
  return copy;
}

double mean_of(const Tensor& array) {
  const auto values = ops::cast(array, DType::float64);
  double sum = 0;
  for (const double value : values.data<double>()) sum += value;
  return sum / static_cast<double>(values.num_elements());
}

}  // namespace

Result::Result(const Tensor& value) {
  if (!value.is_concrete() || value.dtype() == DType::string) {
    throw TypeError("A result is a number or an array of numbers. Received: " +
                    (value.defined() ? value.to_string() : std::string("nothing")));
  }
  if (value.rank() != 0) {
    array_ = value.dtype() == DType::float32 || value.dtype() == DType::float64 ? values_of(value)
                                                                                : ops::cast(value, DType::float32);
  } else if (value.dtype() == DType::float32) {
    number_ = static_cast<double>(value.item<float>());
  } else {
    number_ = ops::cast(value, DType::float64).item<double>();
  }
}

double Result::only_element() const {
  if (array_.num_elements() != 1) throw TypeError("only length-1 arrays can be converted to Python scalars");
  return mean_of(array_);
}

Tensor Result::array() const { return is_array() ? array_ : Tensor::scalar(number_); }

double Result::mean() const { return is_array() ? mean_of(array_) : number_; }

bool Result::equals(const Result& other) const {
  if (!is_array() && !other.is_array()) return number_ == other.number_;
  if (is_array() != other.is_array() || array_.dtype() != other.array_.dtype()) return false;
  if (array_.shape() != other.array_.shape()) return false;
  const auto a = ops::cast(array_, DType::float64), b = ops::cast(other.array_, DType::float64);
  return std::ranges::equal(a.data<double>(), b.data<double>());
}

std::ostream& operator<<(std::ostream& out, const Result& result) {
  if (result.is_array()) return out << result.array_.to_string();
  return out << result.number_;
}

Logs::Logs(std::vector<std::string> names, std::vector<Result> values)
    : names_(std::move(names)), values_(std::move(values)) {
  if (names_.size() == values_.size()) return;
  throw ValueError("Logs: each value has a name; received " + std::to_string(names_.size()) + " names and " +
                   std::to_string(values_.size()) + " values");
}

Result Logs::at(const std::string& name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return values_[i];
  }
  throw KeyError("'" + name + "'");
}

void Logs::set(const std::string& name, const Result& value) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) {
      values_[i] = value;
      return;
    }
  }
  names_.push_back(name);
  values_.push_back(value);
}

void Logs::assign(const std::vector<std::string>& names, const std::vector<Result>& values) {
  if (names.size() != values.size()) *this = Logs(names, values);
  if (names_ != names) names_ = names;
  values_ = values;
}

namespace training {
namespace {

template <class Float>
Config lists_of(std::span<const Float> values, std::span<const std::int64_t> dims) {
  auto list = Config::list();
  const auto each = dims[0] == 0 ? 0 : values.size() / static_cast<std::size_t>(dims[0]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(dims[0]); ++i) {
    list.push_back(dims.size() == 1 ? Config(static_cast<double>(values[i]))
                                    : lists_of(values.subspan(i * each, each), dims.subspan(1)));
  }
  return list;
}

template <class Float>
std::string array_list_of(std::span<const Float> values, std::span<const std::int64_t> dims) {
  std::string text = "[";
  const auto each = dims[0] == 0 ? 0 : values.size() / static_cast<std::size_t>(dims[0]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(dims[0]); ++i) {
    if (i > 0) text += ", ";
    text += dims.size() == 1 ? base::float_repr(values[i])
                             : base::numpy_text(values.subspan(i * each, each), dims.subspan(1));
  }
  return text + "]";
}

// What `f` makes of the elements and dims of an array.
template <class F>
auto of_array(const Tensor& array, const F& f) {
  const auto dims = array.shape().dims();
  return array.dtype() == DType::float32 ? f(array.data<float>(), std::span<const std::int64_t>(dims))
                                         : f(array.data<double>(), std::span<const std::int64_t>(dims));
}

}  // namespace

Config to_config(const Result& result) {
  if (!result.is_array()) return Config(result.number());
  return of_array(result.array(), [](auto values, auto dims) { return lists_of(values, dims); });
}

std::string to_text(const Result& result) {
  if (!result.is_array()) return base::float_repr(result.number());
  return of_array(result.array(), [](auto values, auto dims) { return base::numpy_text(values, dims); });
}

std::string array_list(const Result& result) {
  return of_array(result.array(), [](auto values, auto dims) { return array_list_of(values, dims); });
}

}  // namespace training
}  // namespace hornbeam
