// The arrays of fit and evaluate: arranged, cast, weighted, split, shuffled, cut into batches.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "hornbeam/target.hpp"
#include "hornbeam/values.hpp"

namespace hornbeam::training {

// Flattened, every array with as many rows. `weights`: per output, undefined where there are none; empty: none at all.
struct Data {
  Values x;  // in the structure the model takes
  std::vector<Tensor> y, weights;

  std::int64_t rows() const;
  // Rows [from, to): views.
  Data slice(std::int64_t from, std::int64_t to) const;
  // All arrays that are there, x first.
  std::vector<Tensor> arrays() const;
};

// How y is refused that holds another number of arrays than the model has outputs.
struct CountRules {
  Target target = Target::keras3;
  bool one_loss = true;         // Keras 3 looks for one array's output first where one loss is compiled for all
  const char* brackets = "()";  // what Keras 3 puts around several
};

// y or sample weights by output: a tensor (in Keras 2 every output's), a list in order, or a dict by name (`names` may
// be unknown: empty). Throws ValueError and KeyError in Keras's words.
std::vector<Tensor> by_output(const Values& values, const std::vector<std::string>& names, const CountRules& rules);

// `bare`: an array by itself, no list of one.
[[noreturn]] void refuse_count(std::size_t arrays, bool bare, std::size_t outputs, const CountRules& rules);

// Throws ValueError, in Keras 3's words, unless sample weights are one array for all samples or have the structure of
// y; of a single batch more arrays than there are labels are left.
void check_weights(const Values& y, const Values& weights, bool one_batch);

// Keras 2 computes nothing for the outputs for which a list of weights has no array: here they count nothing.
void fill_weights(Data& data, const Values& given);

// Floats to floatx(), other dtypes as they are.
Tensor to_floatx(const Tensor& array);

// Throws ValueError, in the words of that Keras, unless all have as many rows.
void check_rows(const Data& data, Target target);

// What each row of y counts for, multiplied into `weights` (undefined: ones). Throws ValueError in Keras's words when
// the model has several outputs; in Keras 2 when a class has no weight (in Keras 3 it counts as one), in Keras 3 when
// there are weights already.
void apply_class_weight(Data& data, const std::map<std::int64_t, double>& class_weight, Target target);

// The order of rows for one epoch.
std::vector<std::int64_t> shuffled(std::int64_t rows);

// Batches of some rows of arrays, in memory that is kept between batches.
class Batches {
 public:
  Batches(std::vector<Tensor> arrays, std::int64_t batch_size);
  // Rows order[from .. to) copied together; valid until the next call.
  std::span<const Tensor> gather(std::span<const std::int64_t> order);

 private:
  std::vector<Tensor> arrays_;
  std::int64_t batch_size_;
  std::vector<Tensor> whole_, last_;  // of batch_size rows; of the smaller last batch
};

}  // namespace hornbeam::training
