#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/errors/recorded_errors.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {
namespace {

std::string file(const char* name) { return test_data("keras") + "/error_files/" + name; }
Sequential dense_model(const std::vector<std::int64_t>& units) {
  std::vector<SequentialItem> items{Input({2})};
  for (std::size_t i = 0; i < units.size(); ++i) {
    items.emplace_back(Dense(units[i], {.name = "dense_" + std::to_string(i)}));
  }
  return Sequential(items, {.name = "m"});
}
void load(const Sequential& model, const char* name, const LoadWeightsOptions& options = {}) {
  models::load_weights(*model, file(name), options);
}

class Own : public Model {
 public:
  Own() : Model("own") {}
  Values call(const Values& x, CallContext&) override { return x; }
};

}  // namespace

std::vector<WrongCall> wrong_files() {
  return {
      {"load_weights_layer_count",
       [] {
         load(dense_model({4, 3, 2}), "dense_4_3.h5");
       }},
      {"load_weights_shape",
       [] {
         load(dense_model({5, 3}), "dense_4_3.h5");
       }},
      {"load_weights_count_in_layer", [] { load(dense_model({4}), "no_bias.h5"); }},
      {"by_name_shape",
       [] {
         load(dense_model({5, 3}), "dense_4_3.h5", {.by_name = true});
       }},
      {"by_name_count", [] { load(dense_model({4}), "no_bias.h5", {.by_name = true}); }},
      {"skip_mismatch_alone",
       [] {
         load(dense_model({4, 3}), "dense_4_3.h5", {.skip_mismatch = true});
       }},
      {"load_weights_missing", [] { models::load_weights(*dense_model({4}), "missing.h5"); }},
      {"load_weights_missing_weights_h5", [] { models::load_weights(*dense_model({4}), "missing.weights.h5"); }},
      {"load_weights_unbuilt", [] { load(Sequential({Dense(3, {.name = "d"})}, {.name = "m"}), "dense_3.h5"); }},
      {"load_weights_text_file",
       [] {
         const TempDir dir;
         write_file(dir.file("t.h5"), "hello");
         models::load_weights(*dense_model({4}), dir.file("t.h5"));
       }},
      {"load_model_missing", [] { models::load_model("missing.h5"); }},
      {"load_model_missing_folder", [] { models::load_model("missing"); }},
      {"load_model_text_file",
       [] {
         const TempDir dir;
         write_file(dir.file("t.h5"), "hello");
         models::load_model(dir.file("t.h5"));
       },
       "SavedModel file does not exist at: "},
      {"load_model_no_config", [] { models::load_model(file("no_config.h5")); }},
      {"load_model_unknown_layer", [] { models::load_model(file("unknown_layer.h5")); }},
      {"unbuilt_save_h5", [] { Sequential({Dense(3)}, {.name = "m"})->save("u.h5"); }},
      {"unbuilt_save_weights", [] { Sequential({Dense(3)}, {.name = "m"})->save_weights("u.weights.h5"); }},
      {"subclassed_save_h5", [] { make<Own>()->save("own.h5"); }},
      {"save_unknown_format", [] { dense_model({4})->save("m.foo", {.target = "keras3"}); }},
      {"subclassed_load_unbuilt", [] { models::load_weights(*make<Own>(), file("dense_4_3.h5")); }},
  };
}

}  // namespace hornbeam::testing_support
