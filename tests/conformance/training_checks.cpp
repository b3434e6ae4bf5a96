#include "conformance/training_checks.h"

#include <algorithm>
#include <filesystem>

#include "conformance/compare.h"
#include "conformance/training_data.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/training.hpp"
#include "keras/training/trainer.h"
#include "support/test_data.h"
#include "tensor/rows.h"

namespace conformance {
namespace {

using namespace hornbeam;

void expect_near(const Case& c, double got, double expected, const std::string& what, int& comparisons) {
  ++comparisons;
  const auto text =
      difference(c, Tensor::scalar(static_cast<float>(got)), Tensor::scalar(static_cast<float>(expected)));
  if (!text.empty()) throw Mismatch{what + ": " + text};
}

void check_evaluate(const Case& c, const TrainingData& data, Model& model, int& comparisons) {
  const auto expected = Config::parse(c.text("evaluate.json"), "evaluate.json");
  const auto logs = model.evaluate(data.x(0), data.y(0),
                                   {.batch_size = data.batch_size(), .verbose = 0, .sample_weight = data.weights(0)});
  const auto& names = expected.at("metrics_names").as_list();
  const auto& values = expected.at("values").as_list();
  if (names.size() != logs.names().size()) {
    throw Mismatch{"evaluate gives " + std::to_string(logs.names().size()) + " results, expected " +
                   std::to_string(names.size())};
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect_near(c, logs.at(names[i].as_string()), values[i].as_double(), "evaluate " + names[i].as_string(),
                comparisons);
  }
}

void check_gradients(const Case& c, const TrainingData& data, Model& model, int& comparisons) {
  const auto expected = Config::parse(c.text("grads/grads.json"), "grads.json");
  const auto gradients = model.trainer().gradients(data.x(0), data.y(0), data.weights(0));
  const auto& list = expected.at("grads").as_list();
  if (list.size() != gradients.size()) {
    throw Mismatch{std::to_string(gradients.size()) + " gradients, expected " + std::to_string(list.size())};
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    // Where Keras has no gradient there is no file, and ours is zero.
    const auto* file = list[i].find("file");
    const auto wanted = file && !file->is_null() ? load_npy(c.path(file->as_string())) : ops::zeros_like(gradients[i]);
    const auto text = difference(c, gradients[i], wanted);
    ++comparisons;
    if (!text.empty()) throw Mismatch{"gradient of " + list[i].at("name").as_string() + ": " + text};
  }
}

enum class Equal { exactly, within_tolerance };

void check_arrays(const Case& c, const std::vector<Tensor>& got, const std::string& file, Equal how, int& comparisons) {
  if (!c.has_file(file)) return;
  const auto expected = load_npz(c.path(file));
  if (got.size() != expected.size()) {
    throw Mismatch{file + ": " + std::to_string(got.size()) + " arrays, expected " + std::to_string(expected.size())};
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    ++comparisons;
    const auto& wanted = expected[i].second;
    const auto text = how == Equal::exactly ? difference(got[i], wanted) : difference(c, got[i], wanted);
    if (!text.empty()) throw Mismatch{file + " " + expected[i].first + ": " + text};
  }
}

void check_optimizer_before(const Case& c, const Optimizer& optimizer, int& comparisons) {
  const std::string before = "continue/optimizer_before.npz";
  if (c.has_file(before) && load_npz(c.path(before)).empty()) {
    // Where nothing was trained yet 2.2 has no state at all.
    ++comparisons;
    if (optimizer->built()) throw Mismatch{before + ": the optimizer has a state, expected none"};
  } else {
    check_arrays(c, optimizer->get_weights(), before, Equal::exactly, comparisons);
  }
}

void check_continue(const Case& c, const TrainingData& data, Model& model, int& comparisons) {
  const auto& optimizer = model.optimizer();
  check_optimizer_before(c, optimizer, comparisons);
  const auto& steps = data.continued().at("train_on_batch").as_list();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const auto i = static_cast<std::int64_t>(s);
    const auto logs = data.train(model, i);
    const auto& expected = steps[s].as_list();
    if (expected.size() != logs.values().size()) {
      throw Mismatch{"train_on_batch gives " + std::to_string(logs.values().size()) + " results, expected " +
                     std::to_string(expected.size())};
    }
    for (std::size_t k = 0; k < expected.size(); ++k) {
      expect_near(c, logs.values()[k], expected[k].as_double(),
                  "train_on_batch " + std::to_string(s) + " " + logs.names()[k], comparisons);
    }
  }
  check_arrays(c, model.get_weights(), "continue/weights_after.npz", Equal::within_tolerance, comparisons);
  check_arrays(c, optimizer->get_weights(), "continue/optimizer_after.npz", Equal::within_tolerance, comparisons);
}

// The notes on files that lack the optimizer, its state or its loss scale: `continue` is of the live model, so what the
// real Keras came to after it loaded the file stands in its place (tools/record/record_reloaded.py). Where nothing is
// recorded of the case, `continue` itself must agree.
bool lacks_state(const LoadReport& report) {
  return std::ranges::any_of(report.notes, [](const std::string& note) {
    return note == "optimizer: the archive names none, so it is RMSprop, as in Keras" ||
           note == "optimizer: the archive has no state of it, so it starts anew, as in Keras" ||
           note.starts_with("optimizer: the file holds no loss scale, which starts anew from ");
  });
}

using Recorded = std::vector<std::pair<std::string, Tensor>>;
Recorded recorded_reload(const Case& c, const LoadReport& report) {
  Recorded found;
  const auto path = test_data("conformance") + "/reloaded/" + c.producer + ".npz";
  if (!lacks_state(report) || !std::filesystem::exists(path)) return found;
  for (auto& [name, value] : load_npz(path)) {
    if (name.starts_with(c.name + "/")) found.emplace_back(name, std::move(value));
  }
  return found;
}

void check_reloaded(const Case& c, const Recorded& recorded, const TrainingData& data, Model& model, int& comparisons) {
  const auto& [name, results] = recorded.at(0);
  if (name != c.name + "/results") throw Mismatch{"reloaded: no results are recorded first"};
  const auto steps = results.shape()[0], width = results.shape()[1];
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto logs = data.train(model, step);
    if (std::ssize(logs.values()) != width) throw Mismatch{"train_on_batch gives another number of results"};
    for (std::int64_t k = 0; k < width; ++k) {
      const auto i = static_cast<std::size_t>(k);
      const auto expected = results.data<float>()[static_cast<std::size_t>(step * width + k)];
      expect_near(c, logs.values()[i], static_cast<double>(expected),
                  "reloaded, train_on_batch " + std::to_string(step) + " " + logs.names()[i], comparisons);
    }
  }
  const auto weights = model.get_weights();
  if (weights.size() + 1 != recorded.size()) throw Mismatch{"reloaded: another number of weights"};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    ++comparisons;
    const auto text = difference(c, weights[i], recorded[i + 1].second);
    if (!text.empty()) throw Mismatch{"after training on, reloaded, " + recorded[i + 1].first + ": " + text};
  }
}

}  // namespace

int check_training(const Case& c, Model& model, const LoadReport& report) {
  int comparisons = 0;
  if (!model.is_compiled()) {
    const auto& reason = model.not_compiled_because();
    // The error itself is gone: what the project does not have says so, anything else is a failure to compile.
    if (reason.find("not yet supported") == std::string::npos) throw Mismatch{"not compiled: " + reason};
    throw NotImplementedError(reason);
  }
  const TrainingData data(c);
  // Keras 3 leaves Huber's delta out of its files: the loss is another function than the live model's, so are its value
  // and gradients and all that comes of them. What its Keras comes to from such a file can be had where it is recorded.
  const bool another_loss = c.target() == Target::keras3 && c.name == "d_loss_huber_obj";
  if (c.has_file("evaluate.json") && !another_loss) check_evaluate(c, data, model, comparisons);
  if (c.has_file("grads/grads.json") && !another_loss) check_gradients(c, data, model, comparisons);
  if (const auto recorded = recorded_reload(c, report); !recorded.empty()) {
    check_reloaded(c, recorded, data, model, comparisons);
  } else if (another_loss) {
    check_optimizer_before(c, model.optimizer(), comparisons);
  } else if (c.has_file("continue/continue.json")) {
    check_continue(c, data, model, comparisons);
  }
  if (another_loss) throw NotCarried{"loss: Keras 3 leaves Huber's delta out of its files", comparisons};
  return comparisons;
}

int check_training_call(const Case& c, Model& model) {
  const auto* extra = c.description.find("extra");
  if (!extra || !extra->has("call_training_true")) return 0;
  int comparisons = 1;
  const auto before = model.get_weights();
  const auto y = model(c.inputs(), {.training = true}).tensor();
  if (const auto text = difference(c, y, c.array(extra->at("call_training_true").as_string())); !text.empty()) {
    throw Mismatch{"called with training=True: " + text};
  }
  check_arrays(c, model.get_weights(), extra->at("weights_after").as_string(), Equal::within_tolerance, comparisons);
  model.set_weights(before);
  return comparisons;
}

}  // namespace conformance
