// Minus the cosine of the angle between vectors along `axis`.
#include "hornbeam/ops.hpp"
#include "keras/losses/cosine.h"
#include "keras/losses/loss_class.h"

namespace hornbeam {
namespace {

struct CosineSimilarityTraits {
  using Options = losses::CosineSimilarityOptions;
  static constexpr const char* kClassName = "CosineSimilarity";
  static constexpr std::array kFunctions = {"cosine_similarity"};
  template <class O, class F>
  static void fields(O& o, F&& f) {
    f("axis", o.axis);
  }
  static Tensor compute(const Tensor& y_true, const Tensor& y_pred, const Options& o) {
    return losses::cosine_similarity(y_true, y_pred, o.axis);
  }
  // As with Huber's delta.
  static void adjust(Config& config, Target target) {
    if (target == Target::keras3 && config.at("axis") == Config(-1)) config.erase("axis");
  }
};

}  // namespace

Loss losses::CosineSimilarity(const CosineSimilarityOptions& options) {
  return make_loss<CosineSimilarityTraits>(options);
}

Tensor losses::cosine_similarity(const Tensor& y_true, const Tensor& y_pred, std::int64_t axis) {
  return -cosine_of(y_true, y_pred, axis);
}

}  // namespace hornbeam

HB_REGISTER(loss_cosine_similarity) { hornbeam::register_loss<hornbeam::CosineSimilarityTraits>(); }
