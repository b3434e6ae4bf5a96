// What a callback watches: a result, and which way it becomes better.
#pragma once

#include <optional>
#include <string>

#include "hornbeam/history.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/target.hpp"

namespace hornbeam::callbacks {

// How a callback of Keras 2 reads `auto` from the result's name.
enum class AutoMode { has_acc, ends_in_accuracy, has_acc_or_fmeasure };

class Monitor {
 public:
  Monitor(std::string name, std::string mode, double min_delta);

  const std::string& name() const { return name_; }
  // An unknown mode becomes "auto": true when it did.
  bool fell_back() const { return fell_back_; }
  void set_min_delta(double min_delta) { min_delta_ = min_delta; }
  // A training begins: what is better is to be found out anew.
  void begin() { resolved_ = false; }
  // Once the model's metrics are known; what was found out before stays. Throws ValueError in Keras 3's words when
  // it cannot tell which way is better; `callback` is its class.
  void resolve(const Model& model, AutoMode keras2, const char* callback);
  bool greater() const { return greater_; }
  // By more than min_delta; than nothing every number is, in Keras 3 NaN and the worst infinity too. Throws ValueError
  // in NumPy's words for an array of several elements, in Keras 3 once there is a best one.
  bool is_better(const Result& value, std::optional<double> given) const;

 private:
  std::string name_, mode_;
  double min_delta_;
  bool fell_back_ = false, greater_ = false, takes_any_first_ = true, resolved_ = false;
};

// The result of that name; none when the logs have none.
std::optional<Result> find_result(const Logs& logs, const std::string& name);
// "loss,mae"
std::string names_of_results(const Logs& logs);

}  // namespace hornbeam::callbacks
