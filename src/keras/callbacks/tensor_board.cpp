#include <algorithm>
#include <chrono>

#include "base/atomic_file.h"
#include "base/writable.h"
#include "formats/event_file/event_file.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/callbacks/learning_rates.h"
#include "keras/callbacks/monitor.h"
#include "keras/callbacks/projector.h"
#include "keras/callbacks/state_fields.h"
#include "keras/callbacks/weight_pictures.h"

namespace hornbeam::callbacks {
namespace {

constexpr const char* kProjector = "/projector_config.pbtxt";

class Board final : public Callback {
 public:
  Board(const std::string& folder, const TensorBoardOptions& options) : folder_(folder), o_(options) {}

  // What follows from the model alone is written before anything is trained.
  void set_model(Model& model) override {
    Callback::set_model(model);
    train_.reset();
    validation_.reset();
    if (o_.write_graph) graph();
    if (o_.embeddings_freq == 0) return;
    const auto config = projector_config(model, o_.embeddings_metadata);
    base::make_folder_of(folder_ + kProjector);
    base::replace_file(folder_ + kProjector, config);
  }
  void on_train_begin(Logs&) override { in_fit_ = true; }
  void on_train_end(Logs&) override {
    in_fit_ = false;
    train_.reset();
    validation_.reset();
  }

  void on_train_batch_begin(std::int64_t, Logs&) override { batch_began_ = Clock::now(); }
  void on_train_batch_end(std::int64_t, Logs& logs) override {
    ++steps_;
    if (o_.update_freq.by_epoch() || steps_ % o_.update_freq.batches() != 0) return;
    if (o_.write_steps_per_second) train().scalar("batch_steps_per_second", 1 / since(batch_began_), steps_);
    for (std::size_t i = 0; i < logs.names().size(); ++i) {
      train().scalar("batch_" + logs.names()[i], number_of(logs.values()[i]), steps_);
    }
  }
  void on_epoch_begin(std::int64_t, Logs&) override {
    epoch_began_ = Clock::now();
    steps_before_ = steps_;
  }
  void on_epoch_end(std::int64_t epoch, Logs& logs) override {
    for (std::size_t i = 0; i < logs.names().size(); ++i) {
      const auto& name = logs.names()[i];
      if (name.starts_with("val_")) {
        validation().scalar("epoch_" + name.substr(4), number_of(logs.values()[i]), epoch);
      } else {
        train().scalar("epoch_" + name, number_of(logs.values()[i]), epoch);
      }
    }
    rates(logs, epoch);
    if (o_.write_steps_per_second) {
      train().scalar("epoch_steps_per_second", static_cast<double>(steps_ - steps_before_) / since(epoch_began_),
                     epoch);
    }
    if (o_.histogram_freq > 0 && epoch % o_.histogram_freq == 0) weights(epoch);
    if (o_.embeddings_freq > 0 && epoch % o_.embeddings_freq == 0) embeddings(epoch);
    if (train_) train_->flush();
    if (validation_) validation_->flush();
  }
  void on_test_batch_end(std::int64_t, Logs& logs) override { tested_ = logs; }
  void on_test_end(Logs&) override {
    if (!model().is_compiled()) return;
    const auto step = model().optimizer()->iterations()->value().item<std::int64_t>();
    for (std::size_t i = 0; i < tested_.names().size(); ++i) {
      validation().scalar("evaluation_" + tested_.names()[i] + "_vs_iterations", number_of(tested_.values()[i]), step);
    }
    validation().flush();
    if (!in_fit_) validation_.reset();
  }

  CallbackState state() const override { return {Config{{"steps", steps_}}, {}}; }
  void restore(const CallbackState& s) override { steps_ = count_kept(s, "steps"); }

 private:
  using Clock = std::chrono::steady_clock;
  static double since(Clock::time_point then) {
    return std::max(std::chrono::duration<double>(Clock::now() - then).count(), 1e-9);
  }
  static double number_of(const Result& result) {
    if (!result.is_array()) return result.number();
    throw ValueError("Expected scalar shape, saw shape: " + result.array().shape().to_string() + ".");
  }
  // A model whose config cannot be written has no graph.
  void graph() {
    const auto name = model().class_name();
    if (name != "Functional" && name != "Model" && name != "Sequential") return;
    std::string json;
    try {
      json = model().to_json();
    } catch (const Error& error) {
      return warn(std::string("Model failed to serialize as JSON. Ignoring... ") + error.what());
    }
    train().text("keras", json, "graph_keras_model", "1", 0);
    train().flush();
  }
  // Where the projector looks for them.
  void embeddings(std::int64_t epoch) {
    const auto path = folder_ + "/train/keras_embedding.ckpt-" + std::to_string(epoch);
    model().save_weights(model().target() == "keras3" ? path + ".weights.h5" : path);
  }

  formats::EventWriter& train() { return opened(train_, "/train"); }
  formats::EventWriter& validation() { return opened(validation_, "/validation"); }
  formats::EventWriter& opened(std::unique_ptr<formats::EventWriter>& writer, const char* part) const {
    if (!writer) writer = std::make_unique<formats::EventWriter>(folder_ + part);
    return *writer;
  }

  // Those that no other callback put into the logs; of a MultiOptimizer within a LossScaleOptimizer, too.
  void rates(const Logs& logs, std::int64_t epoch) {
    const auto& whole = model().optimizer();
    for (const auto& optimizer : with_learning_rates(whole)) {
      const auto word =
          optimizer.ptr() != whole.ptr() ? "learning_rate_" + optimizer->name() : std::string("learning_rate");
      if (!find_result(logs, word)) train().scalar("epoch_" + word, learning_rate_of(optimizer), epoch);
    }
  }

  void weights(std::int64_t epoch) {
    for (const auto& layer : model().layers()) {
      for (const auto& weight : layer->weights()) {
        if (!is_floating(weight->dtype())) continue;
        auto name = weight->name();
        std::ranges::replace(name, ':', '_');
        const auto values = ops::cast(weight->value(), DType::float64);
        train().histogram(name + "/histogram", values.data<double>(), epoch);
        if (o_.write_images) write_picture(train(), name + "/image", weight->value(), epoch);
      }
    }
  }

  std::string folder_;
  TensorBoardOptions o_;
  std::unique_ptr<formats::EventWriter> train_, validation_;
  Logs tested_;
  std::int64_t steps_ = 0, steps_before_ = 0;
  Clock::time_point batch_began_, epoch_began_;
  bool in_fit_ = false;
};

}  // namespace

std::shared_ptr<Callback> TensorBoard(const std::string& log_dir, const TensorBoardOptions& options) {
  if (options.update_freq.to_string() == "batch") {
    auto each = options;
    each.update_freq = 1;
    return std::make_shared<Board>(log_dir, each);
  }
  if (!options.update_freq.valid()) {
    throw ValueError("`update_freq` must be 'batch', 'epoch' or a positive number of batches. Received: " +
                     options.update_freq.to_string());
  }
  return std::make_shared<Board>(log_dir, options);
}

}  // namespace hornbeam::callbacks
