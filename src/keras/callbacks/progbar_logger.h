#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/progress_bar.h"
#include "hornbeam/callbacks.hpp"

namespace hornbeam::callbacks {

class Progbar final : public Callback {
 public:
  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;
  void on_epoch_begin(std::int64_t epoch, Logs& logs) override;
  void on_train_batch_end(std::int64_t batch, Logs& logs) override;
  void on_epoch_end(std::int64_t epoch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_batch_end(std::int64_t batch, Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_batch_end(std::int64_t batch, Logs& logs) override;
  void on_predict_end(Logs& logs) override;
  void show_epoch(std::int64_t epoch) { begin(epoch + 1, params().epochs); }

 private:
  void begin(std::int64_t epoch, std::int64_t epochs);
  void update(std::int64_t batch, const Logs& logs);
  void end(const Logs& logs);
  std::span<const double> shown(const Logs& logs);

  std::optional<base::ProgressBar> bar_;
  std::int64_t done_ = 0;
  std::vector<double> means_;  // of what is shown, in memory that is kept
  Logs last_;                  // of evaluate: its end has none in tf.keras 2.2
  bool in_fit_ = false;        // the bar of a fit's validation is that of its epoch
};

}  // namespace hornbeam::callbacks
