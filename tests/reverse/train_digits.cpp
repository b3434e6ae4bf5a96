// train_digits FOLDER SEEDS
//
// Trains the model of digits.py on FOLDER/{x,y}_train.npy once per seed, each with initial weights, masks of dropout
// and an order of samples of its own, and prints the accuracies on FOLDER/{x,y}_test.npy, one a line.
#include <fmt/core.h>

#include <cstdlib>
#include <iostream>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/npy.hpp"

namespace {

using namespace hornbeam;

double accuracy_after(const std::string& folder, std::int64_t seed) {
  const auto read = [&](const char* name) { return load_npy(folder + "/" + name + ".npy"); };
  utils::set_random_seed(seed);
  backend::clear_session();
  const auto x = Input({8, 8, 1});
  Values h = Conv2D(16, 3, {.activation = "relu"})(x);
  h = Dropout(0.25)(Flatten()(MaxPooling2D()(BatchNormalization()(h))));
  const auto model = ModelRef(Functional(x, Dense(10, {.activation = "softmax"})(h)));
  model->compile({.optimizer = optimizers::Adam({.learning_rate = 0.005}),
                  .loss = "sparse_categorical_crossentropy",
                  .metrics = {"accuracy"}});
  FitOptions options;
  options.epochs = 20;
  options.batch_size = 64;
  options.verbose = 0;
  model->fit(read("x_train"), read("y_train"), options);
  return model->evaluate(read("x_test"), read("y_test")).at("accuracy");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: train_digits FOLDER SEEDS\n";
    return 2;
  }
  try {
    for (int seed = 1; seed <= std::atoi(argv[2]); ++seed) fmt::print("{}\n", accuracy_after(argv[1], seed));
    return 0;
  } catch (const Error& error) {
    std::cerr << error.report() << "\n";
    return 1;
  }
}
