// What compile, fit, evaluate and the steps on a batch say to what they are wrongly given, beside each Keras's words;
// the model is then as it was.
#include <algorithm>
#include <cstring>
#include <functional>
#include <set>

#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

struct Wrong {
  ModelRef model;
  std::function<void(const ModelRef&)> call;
};
struct Call {
  std::string name;
  std::function<Wrong(const std::string& target)> make;
};

struct Of {
  Losses loss = "mse";
  Metrics metrics = {};
  int outputs = 1;
  const char* activation = "linear";
  bool compiled = true;
};

ModelRef model_of(const Of& of, const std::string& target) {
  const auto x = Input({2}, {.name = "x"});
  const auto layer = [&](const char* name) {
    return Dense(3, {.activation = of.activation, .kernel_initializer = "ones", .name = name})(x);
  };
  const auto a = layer("a");
  const ModelRef model(of.outputs == 1 ? Functional(x, a) : Functional(x, Values({a, layer("b")})));
  model->set_target(target);
  if (of.compiled) model->compile({.optimizer = "sgd", .loss = of.loss, .metrics = of.metrics});
  return model;
}

Tensor numbers(const Shape& shape) {
  auto all = Tensor::empty(DType::float32, shape);
  float next = -1;
  for (auto& value : all.mutable_data<float>()) value = next += 0.125F;
  return all;
}

const auto kX = numbers({4, 2}), kY = numbers({4, 3});
const auto kClasses = Tensor::from<std::int64_t>({4}, {0, 1, 2, 1});
const Of kSoftmax{.loss = "categorical_crossentropy", .activation = "softmax"};
const Of kSparse{.loss = "sparse_categorical_crossentropy", .activation = "softmax"};

CompileOptions unknown_loss() { return {.optimizer = "sgd", .loss = "foo"}; }
CompileOptions unknown_metric() { return {.optimizer = "sgd", .loss = "mse", .metrics = {"foo"}}; }

using Run = std::function<void(const ModelRef&, const Values& x, const Values& y, const Values& weights)>;

void add_data_calls(const std::string& name, const Run& run, std::vector<Call>& calls) {
  const auto add = [&](const char* what, const Of& of, Values x, Values y, Values weights = {}) {
    calls.push_back({name + what, [=](const std::string& target) {
                       return Wrong{model_of(of, target), [=](const ModelRef& m) { run(m, x, y, weights); }};
                     }});
  };
  auto nan = Tensor::empty(DType::float32, {4, 3});
  for (auto& value : nan.mutable_data<float>()) value = std::nanf("");
  const Of two{.outputs = 2};
  add("_uncompiled", {.compiled = false}, kX, kY);
  add("_x_features", {}, numbers({4, 5}), kY);
  add("_x_rank", {}, numbers({4, 2, 2, 2}), kY);
  add("_x_two", {}, Values({kX, kX}), kY);
  add("_y_features", {}, kX, numbers({4, 2}));
  add("_y_count", {}, kX, numbers({3, 3}));
  add("_y_two", {}, kX, Values({kY, kY}));
  add("_y_one_of_two", two, kX, kY);
  const Of two_losses{.loss = Losses{"mse", "mse"}, .outputs = 2};
  add("_y_list_of_one_of_two", two, kX, Values({kY}));
  add("_y_three_of_two", two, kX, Values({kY, kY, kY}));
  add("_y_one_of_two_losses", two_losses, kX, kY);
  add("_y_list_of_one_of_two_losses", two_losses, kX, Values({kY}));
  add("_y_unknown_key", two, kX, Values({{"a", kY}, {"c", kY}}));
  add("_empty", {}, numbers({0, 2}), numbers({0, 3}));
  add("_weights_count", {}, kX, kY, numbers({3}));
  add("_weights_rank", {}, kX, kY, numbers({4, 3}));
  add("_categorical_y_features", kSoftmax, kX, numbers({4, 2}));
  add("_categorical_y_classes", kSoftmax, kX, kClasses);
  add("_binary_y_features", {.loss = "binary_crossentropy", .activation = "sigmoid"}, kX, numbers({4, 2}));
  add("_sparse_y_of_classes", kSparse, kX, kY);
  add("_nan_y", {}, kX, nan);
  // Words are looked up when they are given.
  const auto looked_up = [&](const char* what, const std::function<CompileOptions()>& options) {
    calls.push_back({name + what, [=](const std::string& target) {
                       return Wrong{model_of({.compiled = false}, target), [=](const ModelRef& m) {
                                      m->compile(options());
                                      run(m, kX, kY, {});
                                    }};
                     }});
  };
  looked_up("_unknown_loss", unknown_loss);
  looked_up("_unknown_metric", unknown_metric);
}

void add_fit_calls(std::vector<Call>& calls) {
  const auto add = [&](const char* what, const Of& of, Values x, Values y, FitOptions options) {
    options.verbose = 0;
    calls.push_back({std::string("fit_") + what, [=](const std::string& target) {
                       return Wrong{model_of(of, target), [=](const ModelRef& m) { m->fit(x, y, options); }};
                     }});
  };
  const auto validated = [](Values x, Values y) {
    return FitOptions{.validation_data = ValidationData{std::move(x), std::move(y), {}}};
  };
  const std::map<std::int64_t, double> weights{{0, 1.0}, {1, 2.0}, {2, 1.0}};
  add("batch_size_zero", {}, kX, kY, {.batch_size = 0});
  add("split_one", {}, kX, kY, {.validation_split = 1.0});
  add("split_of_one_sample", {}, numbers({1, 2}), numbers({1, 3}), {.validation_split = 0.5});
  add("split_negative", {}, kX, kY, {.validation_split = -0.5});
  add("validation_features", {}, kX, kY, validated(kX, numbers({4, 2})));
  add("validation_count", {}, kX, kY, validated(kX, numbers({3, 3})));
  add("validation_empty", {}, kX, kY, validated(numbers({0, 2}), numbers({0, 3})));
  add("validation_x_features", {}, kX, kY, validated(numbers({4, 5}), kY));
  add("validation_x_rank", {}, kX, kY, validated(numbers({4, 2, 2, 2}), kY));
  add("validation_x_two", {}, kX, kY, validated(Values({kX, kX}), kY));
  add("validation_y_two", {}, kX, kY, validated(kX, Values({kY, kY})));
  add("validation_weights_count", {}, kX, kY, {.validation_data = ValidationData{kX, kY, numbers({3})}});
  auto second_epoch = validated(kX, numbers({4, 2}));
  second_epoch.epochs = 3;
  second_epoch.validation_freq = 2;
  add("validation_second_epoch", {}, kX, kY, second_epoch);
  auto never = validated(kX, numbers({3, 2}));
  never.validation_freq = 2;
  add("validation_never", {}, kX, kY, never);
  add("class_weight_gap", kSparse, kX, kClasses, {.class_weight = {{0, 1.0}, {2, 1.0}}});
  add("class_weight_and_weights", kSparse, kX, kClasses, {.class_weight = weights, .sample_weight = numbers({4})});
  add("class_weight_two_outputs", {.outputs = 2}, kX, Values({kY, kY}), {.class_weight = weights});
}

void add_compile_calls(std::vector<Call>& calls) {
  const auto add = [&](const char* what, std::function<CompileOptions()> options) {
    calls.push_back(
        {std::string("compile_") + what, [=](const std::string& target) {
           return Wrong{model_of({.compiled = false}, target), [=](const ModelRef& m) { m->compile(options()); }};
         }});
  };
  add("unknown_optimizer", [] { return CompileOptions{.optimizer = "foo", .loss = "mse"}; });
  add("unknown_loss", unknown_loss);
  add("unknown_metric", unknown_metric);
  add("two_losses", [] { return CompileOptions{.optimizer = "sgd", .loss = Losses{"mse", "mae"}}; });
  add("loss_of_no_output", [] {
    return CompileOptions{.optimizer = "sgd", .loss = Losses(std::map<std::string, Loss>{{"a", "mse"}, {"c", "mse"}})};
  });
  add("two_weights", [] { return CompileOptions{.optimizer = "sgd", .loss = "mse", .loss_weights = {1.0, 2.0}}; });
  add("metrics_of_no_output", [] {
    return CompileOptions{.optimizer = "sgd",
                          .loss = "mse",
                          .metrics = Metrics(std::map<std::string, std::vector<Metric>>{{"c", {"mae"}}})};
  });
  add("two_lists_of_metrics", [] {
    return CompileOptions{.optimizer = "sgd", .loss = "mse", .metrics = Metrics::per_output({{"mae"}, {"mse"}})};
  });
  add("weights_of_no_output", [] {
    return CompileOptions{
        .optimizer = "sgd", .loss = "mse", .loss_weights = LossWeights(std::map<std::string, double>{{"c", 1.0}})};
  });
}

std::vector<Call> all_calls() {
  std::vector<Call> calls;
  add_data_calls(
      "fit",
      [](const auto& m, const auto& x, const auto& y, const auto& w) {
        m->fit(x, y, {.verbose = 0, .sample_weight = w});
      },
      calls);
  add_data_calls(
      "evaluate",
      [](const auto& m, const auto& x, const auto& y, const auto& w) {
        m->evaluate(x, y, {.verbose = 0, .sample_weight = w});
      },
      calls);
  add_data_calls(
      "train_on_batch",
      [](const auto& m, const auto& x, const auto& y, const auto& w) { m->train_on_batch(x, y, {.sample_weight = w}); },
      calls);
  add_data_calls(
      "test_on_batch",
      [](const auto& m, const auto& x, const auto& y, const auto& w) { m->test_on_batch(x, y, {.sample_weight = w}); },
      calls);
  add_fit_calls(calls);
  add_compile_calls(calls);
  return calls;
}

// Where no Keras's words are the ones here, what ours begin with, and why.
const std::vector<std::pair<const char*, const char*>> kOurs{
    // the model is named, not the layer that refuses first
    {"_x_features", "ValueError: Input 0 of layer "},
    // refused as such, not by what the loss then finds
    {"_x_rank", "ValueError: Input 0 of layer "},
    {"_on_batch_y_count", "ValueError: Data cardinality is ambiguous"},
    {"_on_batch_weights_count", "ValueError: Data cardinality is ambiguous"},
    // every Keras trains with the first of two
    {"compile_two_losses", "ValueError: When passing a list as `loss` it should have one entry per model output."},
    {"compile_two_lists_of_metrics",
     "ValueError: When passing a list as `metrics` it should have one entry per model output."},
};

// What Python and TensorFlow print of objects and graphs has no meaning here: what stands before is compared.
std::string without_objects(std::string message) {
  auto end = message.size();
  for (const auto* mark :
       {"<tf.", "Tensor(", " for '{{node", "\n\t [[", " [Op:", "dict_keys(", "\n\nArguments received"}) {
    end = std::min(end, message.find(mark));
  }
  return message.substr(0, end);
}

bool same_weights(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].bytes() != b[i].bytes() || std::memcmp(a[i].raw(), b[i].raw(), a[i].bytes()) != 0) return false;
  }
  return true;
}

// What that Keras says of a call, or of the fit that comes after a compile() which it takes; empty when it refuses
// neither.
std::string words_of_keras(const std::string& producer, const std::string& name) {
  const auto path = test_data("keras") + "/training_errors/" + producer + ".json";
  const auto all = Config::parse(read_file(path), path);
  auto answer = all.at(name);
  if (name.starts_with("compile_") && !answer.has("error")) answer = all.at("fit_" + name.substr(8));
  if (!answer.has("error") || answer.at("error") == Config("UnboundLocalError")) return "";  // that is a slip of 2.2's
  auto message = answer.at("message").as_string();
  // Python's str of a KeyError is the repr of its text.
  if (answer.at("error") == Config("KeyError")) message = message.substr(1, message.size() - 2);
  return answer.at("error").as_string() + ": " + without_objects(message);
}

// Keras's words: those of the model's own, or 2.2's, or of the first later one that refuses the call; none when none
// does.
std::vector<std::string> words_for(const std::string& name, const std::string& target) {
  for (const auto& [end, words] : kOurs) {
    if (name.ends_with(end)) return {words};
  }
  // as in fit; there TensorFlow has turned the product's factors around
  if (name == "evaluate_weights_rank" && target == "keras3") {
    return {"InvalidArgumentError: Incompatible shapes: [4] vs. [4,3]"};
  }
  std::vector<std::string> all;
  const auto add = [&](const std::string& producer) {
    if (const auto words = words_of_keras(producer, name); !words.empty()) all.push_back(words);
  };
  add(target == "tf2.2" ? "tf-2.2.3" : target == "tf2.15" ? "tf-2.15.1" : "keras-3.15.1");
  const auto own = all.size();
  for (const auto* producer : kProducers) {
    if (all.size() == own) add(producer);
  }
  return all;
}

// Each refuses it (class_weight and sample_weight at once: Keras 3 alone), or none does (NaN, an empty
// batch: what was asked for).
bool is_refused(const std::string& name, const std::string& target) {
  if (name.ends_with("_nan_y") || name.ends_with("_on_batch_empty")) return false;
  // In Keras 2 it is every output's.
  if (name.ends_with("_y_one_of_two") || name.ends_with("_y_one_of_two_losses")) return target == "keras3";
  if (name == "fit_validation_never" || name == "fit_batch_size_zero") return false;
  return name != "fit_class_weight_and_weights" || target == "keras3";
}

}  // namespace

TEST(WrongData, IsRefusedInKerassWordsAndNothingIsLost) {
  const auto calls = all_calls();
  for (const auto& call : calls) {
    for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
      const auto want = words_for(call.name, target);
      SCOPED_TRACE(target + " " + call.name);
      backend::clear_session();
      const auto wrong = call.make(target);
      const auto before = wrong.model->get_weights();
      std::string got;
      try {
        wrong.call(wrong.model);
      } catch (const Error& error) {
        got = error.report();
        // What is validated with too, though each Keras looks at it after its first epoch alone ("batches" in the
        // data).
        EXPECT_TRUE(same_weights(before, wrong.model->get_weights())) << "after " << got;
      }
      if (!is_refused(call.name, target)) {
        EXPECT_EQ(got, "");
      } else if (call.name != "fit_class_weight_and_weights" && call.name != "fit_class_weight_gap") {
        EXPECT_TRUE(std::ranges::any_of(want, [&](const auto& words) { return got.starts_with(words); }))
            << "got:  " << got << "\nwant: " << testing::PrintToString(want);
      }
    }
  }
  EXPECT_EQ(calls.size(), 118U);
}
