// Callbacks: what is done beside training. Mirrors keras.callbacks.
//
//   model->fit(x, y, {.epochs = 20,
//                     .callbacks = {callbacks::EarlyStopping({.patience = 2, .restore_best_weights = true}),
//                                   callbacks::ModelCheckpoint("w.{epoch:02d}-{val_loss:.2f}.h5")},
//                     .validation_split = 0.1});
//
// To write your own, override hooks of Callback and give fit a std::make_shared of it. Hooks are called in the order of
// the list, on the thread that trains; what one adds to the logs of an epoch those behind it see, and History keeps it.
// Where Kerases differ (words, names in the logs, when hooks are called) the model's target() decides. What Keras warns
// of goes to History::warnings; only what `verbose` asks for is printed.
// Thread-safety: an object belongs to one training at a time; it may be given to another fit after that.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/training.hpp"

namespace hornbeam {

class Model;

// What fit was given, as callbacks are told it.
struct CallbackParams {
  int verbose = 0;
  std::int64_t epochs = 1;
  std::optional<std::int64_t> steps = {};  // unknown of generators before their first epoch
};

// What a callback knows at some batch, so that a resumed training goes on as if it had never stopped.
struct CallbackState {
  Config values = Config::dict();
  NamedTensors tensors = {};
};

class Callback {
 public:
  Callback() = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  virtual ~Callback() = default;

  // Before the first hook of each fit, evaluate or predict.
  virtual void set_model(Model& model) { model_ = &model; }
  virtual void set_params(const CallbackParams& params) { params_ = params; }

  // ---- hooks: override what you need. `logs` as Keras's: results by name, empty where Keras gives none ----
  virtual void on_train_begin(Logs& logs) { (void)logs; }
  virtual void on_train_end(Logs& logs) { (void)logs; }
  virtual void on_epoch_begin(std::int64_t epoch, Logs& logs) { (void)epoch, (void)logs; }
  virtual void on_epoch_end(std::int64_t epoch, Logs& logs) { (void)epoch, (void)logs; }
  // Results are over the epoch so far. By default the older names of the same hooks are called.
  virtual void on_train_batch_begin(std::int64_t batch, Logs& logs) { on_batch_begin(batch, logs); }
  virtual void on_train_batch_end(std::int64_t batch, Logs& logs) { on_batch_end(batch, logs); }
  virtual void on_batch_begin(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }
  virtual void on_batch_end(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }
  // Of evaluate, and of fit's validation.
  virtual void on_test_begin(Logs& logs) { (void)logs; }
  virtual void on_test_end(Logs& logs) { (void)logs; }
  virtual void on_test_batch_begin(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }
  virtual void on_test_batch_end(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }
  // Of predict. (Keras's logs of a batch hold its "outputs", which are no numbers: here they are empty.)
  virtual void on_predict_begin(Logs& logs) { (void)logs; }
  virtual void on_predict_end(Logs& logs) { (void)logs; }
  virtual void on_predict_batch_begin(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }
  virtual void on_predict_batch_end(std::int64_t batch, Logs& logs) { (void)batch, (void)logs; }

  // What BackupAndRestore keeps of a callback beside the training itself, and how it goes on from there: restore is
  // called after on_train_begin. Throws FormatError when the state is no such callback's.
  virtual CallbackState state() const { return {}; }
  virtual void restore(const CallbackState& state) { (void)state; }

 protected:
  // Throws RuntimeError before set_model.
  Model& model() const;
  const CallbackParams& params() const { return params_; }
  // A warning of Keras's: the caller of fit finds it in History::warnings.
  void warn(const std::string& text) const;

 private:
  Model* model_ = nullptr;
  CallbackParams params_;
};

namespace callbacks {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  std::int64_t patience = 0;
  int verbose = 0;
  std::string mode = "auto";  // "min", "max"; auto: by the metric's name (Keras 2) or class (Keras 3)
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  std::int64_t start_from_epoch = 0;
};
// Ends the training when a result has not become better for `patience` epochs.
std::shared_ptr<Callback> EarlyStopping(const EarlyStoppingOptions& options = {});

// Every so many batches, or after each epoch.
class SaveFreq {
 public:
  SaveFreq(const char* word) : SaveFreq(std::string(word)) {}
  SaveFreq(const std::string& word) : word_(word) {}
  SaveFreq(int batches) : batches_(batches) {}
  SaveFreq(std::int64_t batches) : batches_(batches) {}
  bool by_epoch() const { return batches_ == 0 && word_ == "epoch"; }
  std::int64_t batches() const { return batches_; }
  // A word other than "epoch", or no positive number.
  bool valid() const { return by_epoch() || batches_ > 0; }
  std::string to_string() const { return word_.empty() ? std::to_string(batches_) : word_; }

 private:
  std::string word_;
  std::int64_t batches_ = 0;
};

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  SaveFreq save_freq = "epoch";
  std::optional<double> initial_value_threshold = {};  // not in tf.keras 2.2
  std::int64_t period = 1;                             // Keras 2: of so many epochs the last
  bool load_weights_on_restart = false;                // Keras 2: begin with the newest file that fits the path
};
// Saves the model, in the format that the path's suffix names. Fields in braces are filled in, as Python's str.format
// fills them: {epoch} (from 1) and the results by name; KeyError for others. Throws ValueError for a path whose suffix
// the model's Keras does not take; that, and the rest of what is wrong, when training begins.
std::shared_ptr<Callback> ModelCheckpoint(const std::string& filepath, const ModelCheckpointOptions& options = {});

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10;
  int verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  std::int64_t cooldown = 0;
  double min_lr = 0;
};
// Multiplies the learning rate by `factor` when a result has not become better for `patience` epochs; adds the rate to
// the logs ("lr" in Keras 2, "learning_rate" in Keras 3; of a MultiOptimizer that of each, "learning_rate_sgd"). Throws
// ValueError for a factor of one or more.
std::shared_ptr<Callback> ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});

struct LearningRateSchedulerOptions {
  int verbose = 0;
};
// The learning rate of each epoch, from its number (from 0) and the rate as it was; of each optimizer of a
// MultiOptimizer. Adds it to the logs.
std::shared_ptr<Callback> LearningRateScheduler(std::function<double(std::int64_t epoch, double lr)> schedule,
                                                const LearningRateSchedulerOptions& options = {});

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;
};
// A line for each epoch: its number (from 0), then the results in the order of their names.
std::shared_ptr<Callback> CSVLogger(const std::string& filename, const CSVLoggerOptions& options = {});

struct TerminateOnNaNOptions {
  bool raise_error = false;  // Keras 3: RuntimeError
};
// Ends the training when the loss is no finite number.
std::shared_ptr<Callback> TerminateOnNaN(const TerminateOnNaNOptions& options = {});

struct LambdaCallbackOptions {
  using OfLogs = std::function<void(Logs& logs)>;
  using OfIndex = std::function<void(std::int64_t index, Logs& logs)>;
  OfIndex on_epoch_begin = {}, on_epoch_end = {};
  OfLogs on_train_begin = {}, on_train_end = {};
  OfIndex on_train_batch_begin = {}, on_train_batch_end = {};
  OfIndex on_batch_begin = {}, on_batch_end = {};  // the older names: called where those above are not given
  OfLogs on_test_begin = {}, on_test_end = {};
  OfIndex on_test_batch_begin = {}, on_test_batch_end = {};
  OfLogs on_predict_begin = {}, on_predict_end = {};
  OfIndex on_predict_batch_begin = {}, on_predict_batch_end = {};
};
std::shared_ptr<Callback> LambdaCallback(const LambdaCallbackOptions& options);

struct BackupAndRestoreOptions {
  SaveFreq save_freq = "epoch";
  bool double_checkpoint = false;  // the backup before stays beside it, for when the last one is damaged
  bool delete_checkpoint = true;   // when the training has come to its end
  // Asked after each batch: true keeps the training and ends fit there, as when a machine is about to go (SIGTERM).
  // Keras 2's save_before_preemption, for machines that say so.
  std::function<bool()> preempted = {};
};
// Keeps the training in a file in `backup_dir`; the same fit, in another process too, goes on from there as if it had
// never stopped, to the last bit: weights, the optimizer's state, sums of metrics, the order of samples and the place
// in it, random generators, states of layers, what the other callbacks know, the history. The file is replaced in one
// step, so that a kill at any moment leaves a whole one. (Keras 2 and 3 resume the epoch with another order of
// samples.) fit throws FormatError when the file is damaged or of another model or other data; then nothing is changed.
// The model must be made and compiled as before. A Dataset of your own says where it stands, or is wound forward.
std::shared_ptr<Callback> BackupAndRestore(const std::string& backup_dir, const BackupAndRestoreOptions& options = {});

struct TensorBoardOptions {
  std::int64_t histogram_freq = 0;      // every so many epochs; 0: none
  bool write_graph = true;              // the layers, of functional and sequential models
  bool write_images = false;            // weights as pictures too, as often as their histograms
  bool write_steps_per_second = false;  // of epochs, and of batches where update_freq says so
  SaveFreq update_freq = "epoch";       // also results within an epoch, every so many batches
  std::int64_t embeddings_freq = 0;     // every so many epochs a checkpoint for the projector; 0: none
  // The file with the words of an Embedding layer, by the layer's name; of all of them under "".
  std::map<std::string, std::string> embeddings_metadata = {};
};
// Event files that TensorBoard shows: the results of each epoch ("epoch_loss", in log_dir/train and
// log_dir/validation), of batches on request ("batch_loss"), and how the weights are distributed. Names and places are
// those of tf.keras 2.15; the graph of a step and profiles are not written. fit throws ValueError in Keras's words when
// a result is an array, and for embeddings_metadata of layers that the model has not.
std::shared_ptr<Callback> TensorBoard(const std::string& log_dir = "logs", const TensorBoardOptions& options = {});

struct SwapEMAWeightsOptions {
  bool swap_on_epoch = false;  // also between epochs, for callbacks behind this one
};
// Evaluates, validates and predicts with the averages of the weights that an optimizer with use_ema keeps, and trains
// with the weights. With swap_on_epoch on_epoch_end of later callbacks (ModelCheckpoint) finds the averages in the
// model. Throws ValueError in Keras's words when the optimizer keeps none.
std::shared_ptr<Callback> SwapEMAWeights(const SwapEMAWeightsOptions& options = {});

// Keras's progress bar, as `verbose` of fit says. fit makes one where its list has none.
std::shared_ptr<Callback> ProgbarLogger();

}  // namespace callbacks
}  // namespace hornbeam
