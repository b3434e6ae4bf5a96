// write_events OUT
//
// A training whose results go to event files (OUT/logs) and, by another way, to OUT/expected.json (what each hook was
// told) and OUT/weights.npz (after each epoch). open_events.py has TensorBoard's own readers read the files.
#include <algorithm>
#include <iostream>

#include "base/atomic_file.h"
#include "hornbeam/hornbeam.hpp"

namespace {

using namespace hornbeam;

Config points(const Logs& logs, std::int64_t step) {
  auto list = Config::list();
  for (std::size_t i = 0; i < logs.names().size(); ++i) {
    list.push_back(Config{{"name", logs.names()[i]}, {"step", step}, {"value", logs.values()[i].number()}});
  }
  return list;
}

void add(Config& list, const Config& more) {
  for (const auto& item : more.as_list()) list.push_back(item);
}

// What TensorBoard is told, listened to beside it.
class Listener final : public Callback {
 public:
  void on_train_batch_end(std::int64_t, Logs& logs) override {
    if (++steps_ % 2 == 0) add(batches, points(logs, steps_));
  }
  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    add(epochs, points(logs, epoch));
    for (const auto& layer : model().layers()) {
      for (const auto& weight : layer->weights()) {
        auto name = weight->name();
        std::replace(name.begin(), name.end(), ':', '_');
        weights.emplace_back(std::to_string(epoch) + ":" + name, weight->value());
      }
    }
  }
  Config epochs = Config::list(), batches = Config::list();
  NamedTensors weights;

 private:
  std::int64_t steps_ = 0;
};

void write(const std::string& out) {
  utils::set_random_seed(4);
  const auto x = Input({6});
  const auto y = Dense(3, {.activation = "softmax"})(BatchNormalization()(Dense(40, {.activation = "relu"})(x)));
  const auto model = ModelRef(Functional(x, y));
  model->compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  Tensor samples = Tensor::empty(DType::float32, {40, 6}), labels = Tensor::empty(DType::int64, {40});
  auto numbers = samples.mutable_data<float>();
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
  auto classes = labels.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int64_t>(i % 3);
  const auto listener = std::make_shared<Listener>();
  FitOptions options;
  options.batch_size = 8;
  options.epochs = 3;
  options.verbose = 0;
  options.validation_split = 0.2;
  options.callbacks = {
      callbacks::TensorBoard(
          out + "/logs", {.histogram_freq = 1, .write_images = true, .write_steps_per_second = true, .update_freq = 2}),
      listener};
  model->fit(samples, labels, options);
  save_npz(out + "/weights.npz", listener->weights);
  const Config expected{{"epochs", listener->epochs}, {"batches", listener->batches}, {"json", model->to_json()}};
  base::replace_file(out + "/expected.json", expected.dump(1) + "\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_events OUT\n";
    return 2;
  }
  try {
    write(argv[1]);
    return 0;
  } catch (const Error& error) {
    std::cerr << error.report() << "\n";
    return 1;
  }
}
