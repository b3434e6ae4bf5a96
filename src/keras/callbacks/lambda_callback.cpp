#include "hornbeam/callbacks.hpp"

namespace hornbeam::callbacks {
namespace {

class Lambdas final : public Callback {
 public:
  explicit Lambdas(const LambdaCallbackOptions& options) : o_(options) {}

  void on_train_begin(Logs& logs) override { call(o_.on_train_begin, logs); }
  void on_train_end(Logs& logs) override { call(o_.on_train_end, logs); }
  void on_epoch_begin(std::int64_t epoch, Logs& logs) override { call(o_.on_epoch_begin, epoch, logs); }
  void on_epoch_end(std::int64_t epoch, Logs& logs) override { call(o_.on_epoch_end, epoch, logs); }
  void on_train_batch_begin(std::int64_t batch, Logs& logs) override {
    o_.on_train_batch_begin ? o_.on_train_batch_begin(batch, logs) : on_batch_begin(batch, logs);
  }
  void on_train_batch_end(std::int64_t batch, Logs& logs) override {
    o_.on_train_batch_end ? o_.on_train_batch_end(batch, logs) : on_batch_end(batch, logs);
  }
  void on_batch_begin(std::int64_t batch, Logs& logs) override { call(o_.on_batch_begin, batch, logs); }
  void on_batch_end(std::int64_t batch, Logs& logs) override { call(o_.on_batch_end, batch, logs); }
  void on_test_begin(Logs& logs) override { call(o_.on_test_begin, logs); }
  void on_test_end(Logs& logs) override { call(o_.on_test_end, logs); }
  void on_test_batch_begin(std::int64_t batch, Logs& logs) override { call(o_.on_test_batch_begin, batch, logs); }
  void on_test_batch_end(std::int64_t batch, Logs& logs) override { call(o_.on_test_batch_end, batch, logs); }
  void on_predict_begin(Logs& logs) override { call(o_.on_predict_begin, logs); }
  void on_predict_end(Logs& logs) override { call(o_.on_predict_end, logs); }
  void on_predict_batch_begin(std::int64_t batch, Logs& logs) override { call(o_.on_predict_batch_begin, batch, logs); }
  void on_predict_batch_end(std::int64_t batch, Logs& logs) override { call(o_.on_predict_batch_end, batch, logs); }

 private:
  template <class Function, class... Arguments>
  static void call(const Function& function, Arguments&... arguments) {
    if (function) function(arguments...);
  }
  LambdaCallbackOptions o_;
};

}  // namespace

std::shared_ptr<Callback> LambdaCallback(const LambdaCallbackOptions& options) {
  return std::make_shared<Lambdas>(options);
}

}  // namespace hornbeam::callbacks
