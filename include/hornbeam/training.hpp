// Training: what Model::compile, fit, evaluate, train_on_batch take and give. Mirrors keras.Model's training API.
//
//   model->compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
//   const History history = model->fit(x, y, {.batch_size = 64, .epochs = 2});
//   const double loss = model->evaluate(x, y).at("loss");  // history.hpp has History and Logs
//
// x and y are a tensor, a list in the order of the model's inputs or outputs, or a dict by their names. Float arrays
// are cast to floatx(), as Keras's data adapters do. A model trains on one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "hornbeam/dataset.hpp"
#include "hornbeam/history.hpp"
#include "hornbeam/losses.hpp"
#include "hornbeam/metrics.hpp"
#include "hornbeam/optimizers.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam {

class Callback;  // callbacks.hpp
using Callbacks = std::vector<std::shared_ptr<Callback>>;

// Per output: one loss for all, a list in the outputs' order, or by the outputs' names. An empty Loss: none.
class Losses {
 public:
  Losses() = default;
  Losses(const char* name) : Losses(Loss(name)) {}
  Losses(const std::string& name) : Losses(Loss(name)) {}
  Losses(Loss loss) : one_(std::move(loss)) {}
  Losses(std::initializer_list<Loss> list) : list_(list) {}
  Losses(std::initializer_list<std::pair<const std::string, Loss>> by_name) : by_name_(by_name) {}
  explicit Losses(std::vector<Loss> list) : list_(std::move(list)) {}
  explicit Losses(std::map<std::string, Loss> by_name) : by_name_(std::move(by_name)) {}

  const Loss& one() const { return one_; }
  const std::vector<Loss>& list() const { return list_; }
  const std::map<std::string, Loss>& by_name() const { return by_name_; }

 private:
  Loss one_;
  std::vector<Loss> list_;
  std::map<std::string, Loss> by_name_;
};

// A flat list for every output, one list per output, or lists by the outputs' names.
class Metrics {
 public:
  Metrics() = default;
  Metrics(std::initializer_list<Metric> all) : all_(all) {}
  Metrics(std::initializer_list<std::pair<const std::string, std::vector<Metric>>> by_name) : by_name_(by_name) {}
  explicit Metrics(std::vector<Metric> all) : all_(std::move(all)) {}
  explicit Metrics(std::map<std::string, std::vector<Metric>> by_name) : by_name_(std::move(by_name)) {}
  static Metrics per_output(std::vector<std::vector<Metric>> lists);

  const std::vector<Metric>& all() const { return all_; }
  const std::vector<std::vector<Metric>>& lists() const { return lists_; }
  const std::map<std::string, std::vector<Metric>>& by_name() const { return by_name_; }

 private:
  std::vector<Metric> all_;
  std::vector<std::vector<Metric>> lists_;
  std::map<std::string, std::vector<Metric>> by_name_;
};

// What each output's loss counts for: a list in the outputs' order, or by their names (1 where absent).
class LossWeights {
 public:
  LossWeights() = default;
  LossWeights(std::initializer_list<double> list) : list_(list) {}
  LossWeights(std::initializer_list<std::pair<const std::string, double>> by_name) : by_name_(by_name) {}
  explicit LossWeights(std::vector<double> list) : list_(std::move(list)) {}
  explicit LossWeights(std::map<std::string, double> by_name) : by_name_(std::move(by_name)) {}

  const std::vector<double>& list() const { return list_; }
  const std::map<std::string, double>& by_name() const { return by_name_; }

 private:
  std::vector<double> list_;
  std::map<std::string, double> by_name_;
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Losses loss = {};
  Metrics metrics = {};
  LossWeights loss_weights = {};
  Metrics weighted_metrics = {};  // these see the sample weights
  bool run_eagerly = false;       // steps are run op by op, not compiled: for a debugger, and slower
  // A model whose policy is mixed_float16 wraps its optimizer in a LossScaleOptimizer (keras3; Keras 2 always does).
  bool auto_scale_loss = true;
};

// After which epochs fit validates: each so many, or those of a list, counted from 1.
class ValidationFreq {
 public:
  ValidationFreq(int every) : every_(every) {}
  ValidationFreq(std::int64_t every) : every_(every) {}
  ValidationFreq(std::initializer_list<std::int64_t> epochs) : ValidationFreq(std::vector<std::int64_t>(epochs)) {}
  explicit ValidationFreq(std::vector<std::int64_t> epochs) : every_(0), epochs_(std::move(epochs)), listed_(true) {}

  // fit refuses what is not: ValueError.
  bool valid() const { return listed_ || every_ > 0; }
  // Of an epoch counted from 1.
  bool takes(std::int64_t epoch) const {
    return listed_ ? std::ranges::find(epochs_, epoch) != epochs_.end() : epoch % every_ == 0;
  }
  // Does it take any of these epochs, counted from 1, both included?
  bool within(std::int64_t first, std::int64_t last) const {
    if (!listed_) return last / every_ * every_ >= first;
    return std::ranges::any_of(epochs_, [&](std::int64_t epoch) { return first <= epoch && epoch <= last; });
  }
  std::int64_t every() const { return every_; }  // 0: a list

 private:
  std::int64_t every_;
  std::vector<std::int64_t> epochs_;
  bool listed_ = false;
};

struct ValidationData {
  Values x, y, sample_weight;
};

struct FitOptions {
  std::int64_t batch_size = 0;  // 0: what makes steps_per_epoch batches of the data; without that 32, as in Keras
  std::int64_t epochs = 1;
  int verbose = 1;  // 1: Keras's progress bar, on a terminal; 2: a line per epoch; 0: nothing
  Callbacks callbacks = {};
  double validation_split = 0.0;  // of the samples, from the end, before shuffling
  std::optional<ValidationData> validation_data = {};
  bool shuffle = true;  // the order follows utils::set_random_seed
  std::map<std::int64_t, double> class_weight = {};
  Values sample_weight = {};
  std::int64_t initial_epoch = 0;
  // Epochs of so many batches: the next goes on where the one before ended, over the data again and again (Keras 2, at
  // most `epochs` times in all), or to the end of it (Keras 3).
  std::optional<std::int64_t> steps_per_epoch = {};
  std::optional<std::int64_t> validation_batch_size = {};
  std::optional<std::int64_t> validation_steps = {};  // as many batches; default: all
  ValidationFreq validation_freq = 1;
  std::optional<Dataset> validation_dataset = {};  // in place of validation_data
};

struct EvaluateOptions {
  std::int64_t batch_size = 0;  // 0: what makes `steps` batches of the data; without that 32, as in Keras
  int verbose = 1;
  Values sample_weight = {};
  std::optional<std::int64_t> steps = {};
  Callbacks callbacks = {};
};

struct BatchOptions {
  Values sample_weight = {};
  std::map<std::int64_t, double> class_weight = {};  // train_on_batch only
  bool reset_metrics = true;                         // false: results are over all batches since the last reset
};

}  // namespace hornbeam
