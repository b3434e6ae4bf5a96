// Keras's progress bar: "Epoch 1/2", then "10/10 [====] - 0s 2ms/step - loss: 0.1234 - mae: 0.5".
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hornbeam::base {

class ProgressBar {
 public:
  // verbose 1: a bar that moves, on a terminal only (off it, quiet); 2: a line at the end; 0: nothing. `epochs` 0: no
  // epochs are counted. `steps` 0: nobody knows how many.
  ProgressBar(std::int64_t steps, int verbose, std::int64_t epoch = 0, std::int64_t epochs = 0);
  void update(std::int64_t done, std::span<const std::string> names = {}, std::span<const double> values = {});
  void finish(std::int64_t done, std::span<const std::string> names = {}, std::span<const double> values = {});

 private:
  std::string bar(std::int64_t done) const;
  std::string eta(std::int64_t done) const;
  std::string over(std::string line);
  std::int64_t steps_;
  std::size_t shown_ = 0;  // the length of the line that stands there
  bool moves_, lines_;
  double started_, printed_ = 0;
};

}  // namespace hornbeam::base
