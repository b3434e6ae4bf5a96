#include <fmt/core.h>

#include <cmath>

#include "base/float_repr.h"
#include "hornbeam/callbacks.hpp"
#include "hornbeam/model.hpp"
#include "keras/callbacks/console.h"
#include "keras/callbacks/monitor.h"

namespace hornbeam::callbacks {
namespace {

class Terminate final : public Callback {
 public:
  explicit Terminate(const TerminateOnNaNOptions& options) : o_(options) {}

  void on_batch_end(std::int64_t batch, Logs& logs) override {
    const auto loss = find_result(logs, "loss");
    if (!loss || std::isfinite(loss->number())) return;
    if (o_.raise_error) {
      throw RuntimeError(
          fmt::format("NaN or Inf loss encountered at batch {}. Loss value: {}. Terminating training immediately.",
                      batch, base::float_repr(loss->number())));
    }
    print_line(fmt::format("Batch {}: Invalid loss, terminating training", batch));
    model().set_stop_training(true);
  }

 private:
  TerminateOnNaNOptions o_;
};

}  // namespace

std::shared_ptr<Callback> TerminateOnNaN(const TerminateOnNaNOptions& options) {
  return std::make_shared<Terminate>(options);
}

}  // namespace hornbeam::callbacks
