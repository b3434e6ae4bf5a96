// The cosine of the angle between labels and predictions: the loss of the same name is its negative.
#include "hornbeam/losses.hpp"
#include "keras/losses/cosine.h"
#include "keras/losses/ranks.h"
#include "keras/metrics/registry.h"

namespace hornbeam {
namespace {

struct CosineSimilarityTraits {
  using Options = metrics::AxisOptions;
  static constexpr const char* kClassName = "CosineSimilarity";
  static constexpr const char* kName = "cosine_similarity";
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    const auto [t, p] = losses::match_ranks(y_true, y_pred, current_target());
    return losses::cosine_of(t, p, o.axis);
  }
  // As of the loss: Keras 3 says no axis, 2.x always.
  static void adjust(Config& config, Target target) {
    if (target == Target::keras3 && config.at("axis") == Config(-1)) config.erase("axis");
  }
};

// What 2.x's metrics know by the name of the loss.
Tensor cosine_similarity_function(const Tensor& y_true, const Tensor& y_pred) {
  return losses::cosine_of(y_true, y_pred, -1);
}

}  // namespace

Metric metrics::CosineSimilarity(const AxisOptions& options) { return make_metric<CosineSimilarityTraits>(options); }

}  // namespace hornbeam

HB_REGISTER(metric_cosine_similarity) {
  hornbeam::register_metric<hornbeam::CosineSimilarityTraits>();
  hornbeam::register_metric_function("cosine_similarity", hornbeam::cosine_similarity_function);
  hornbeam::register_metric_function("cosine_proximity", hornbeam::cosine_similarity_function);
}
