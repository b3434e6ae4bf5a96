// What training tells: results by name (Logs), and those of all epochs (History). Mirrors Keras's logs and
// keras.callbacks.History.
//
//   const History history = model->fit(x, y, {.epochs = 5});
//   const double first = history.at("loss")[0];
//   for (const double rate : model->evaluate(x, y).at("f1_score").array().data<float>()) ...  // of each class
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// One result: a number, or an array where that is what a metric's result is (F1Score with `average` none).
class Result {
 public:
  Result(double number = 0) : number_(number) {}
  // A tensor without dims is its number. Throws TypeError for one without values, or of strings.
  explicit Result(const Tensor& value);

  bool is_array() const { return array_.defined(); }
  // Also of an array with one element. Throws TypeError in NumPy's words for others.
  double number() const { return is_array() ? only_element() : number_; }
  operator double() const { return number(); }
  // A number is a float64 without dims.
  Tensor array() const;
  // The number, or the mean of the array: what Keras's progress bar shows.
  double mean() const;

  // The same number, or arrays of one dtype and shape with the same elements.
  friend bool operator==(const Result& a, const Result& b) { return a.equals(b); }
  template <class T>
  requires std::is_arithmetic_v<T>
  friend bool operator==(const Result& a, T b) { return a.number() == static_cast<double>(b); }
  // A number as the stream writes doubles, an array as Tensor::to_string.
  friend std::ostream& operator<<(std::ostream& out, const Result& result);

 private:
  double only_element() const;
  bool equals(const Result& other) const;
  double number_ = 0;
  Tensor array_;
};

// Results by name, in Keras's order ("loss" first).
class Logs {
 public:
  Logs() = default;
  // Throws ValueError unless there are as many values as names.
  Logs(std::vector<std::string> names, std::vector<Result> values);
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Result>& values() const { return values_; }
  // Throws KeyError.
  Result at(const std::string& name) const;
  // Replaces, or adds at the end: callbacks may add to the logs of an epoch.
  void set(const std::string& name, const Result& value);
  // Other results in the same memory, where it suffices. As many as names.
  void assign(const std::vector<std::string>& names, const std::vector<Result>& values);
  // What Keras would warn of (a variable that the loss does not depend on, data that ran out), once each: in the
  // results of the first call that finds it. The library prints nothing.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void set_warnings(std::vector<std::string> warnings) { warnings_ = std::move(warnings); }

 private:
  std::vector<std::string> names_;
  std::vector<Result> values_;
  std::vector<std::string> warnings_;
};

// What fit reports of each epoch; validation results are named "val_...".
struct History {
  std::vector<std::int64_t> epoch;
  // In Keras's order. A result that is not there after each epoch (of a validation, of a callback) has fewer values.
  std::vector<std::pair<std::string, std::vector<Result>>> history;
  std::vector<std::string> warnings;  // as Logs::warnings
  // Of results that are not there after each epoch: the epoch of each value.
  std::map<std::string, std::vector<std::int64_t>> epochs_of;
  // Throws KeyError.
  const std::vector<Result>& at(const std::string& name) const;
  // A value for each of `epoch`, none where there was none. Throws KeyError.
  std::vector<std::optional<Result>> by_epoch(const std::string& name) const;
  // Takes the results of one more epoch, which comes after those that are there.
  void add(std::int64_t number, const Logs& logs);
  // {"epoch": [0, 1], "history": {"loss": [...], "val_loss": [...]}, "epochs_of": {"val_loss": [1]}}; the last only
  // where there are such. Arrays are lists.
  std::string to_json() const;
  // A line for each epoch, numbers as Python's repr, arrays as "[0.5, 0.25]"; empty where an epoch has no such result.
  std::string to_csv() const;
};

}  // namespace hornbeam
