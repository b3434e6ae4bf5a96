#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/optimizers.hpp"
#include "keras/callbacks/state_fields.h"

namespace hornbeam::callbacks {
namespace {

class Swapping final : public Callback {
 public:
  explicit Swapping(const SwapEMAWeightsOptions& options) : o_(options) {}

  void on_epoch_begin(std::int64_t, Logs&) override {
    if (o_.swap_on_epoch) put(false);
  }
  void on_epoch_end(std::int64_t epoch, Logs&) override {
    if (!o_.swap_on_epoch || in_model_) return;
    put(true);
    // The end of the training makes the averages the weights: these must not be what was swapped out.
    if (epoch == params().epochs - 1) model().optimizer()->restart_averages();
  }
  void on_test_begin(Logs&) override { put(true); }
  void on_test_end(Logs&) override { put(false); }
  void on_predict_begin(Logs&) override { put(true); }
  void on_predict_end(Logs&) override { put(false); }

  CallbackState state() const override { return {Config{{"in_model", std::int64_t{in_model_}}}, {}}; }
  void restore(const CallbackState& s) override { in_model_ = count_kept(s, "in_model") != 0; }

 private:
  void put(bool averages) {
    if (in_model_ == averages) return;
    model().optimizer()->swap_averages();
    in_model_ = averages;
  }

  SwapEMAWeightsOptions o_;
  bool in_model_ = false;
};

}  // namespace

std::shared_ptr<Callback> SwapEMAWeights(const SwapEMAWeightsOptions& options) {
  return std::make_shared<Swapping>(options);
}

}  // namespace hornbeam::callbacks
