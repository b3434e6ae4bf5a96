#include "conformance/checks.h"

#include "conformance/checkpoint_checks.h"
#include "conformance/compare.h"
#include "conformance/corpus_models.h"
#include "conformance/custom_objects.h"
#include "conformance/export_checks.h"
#include "conformance/guide_checks.h"
#include "conformance/module_checks.h"
#include "conformance/resave.h"
#include "conformance/training_checks.h"
#include "conformance/value_checks.h"
#include "conformance/weight_rule.h"
#include "hornbeam/npy.hpp"
#include "hornbeam/ops_array.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/serialization.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// A layer or feature the project does not have yet, by the words of the error. Other names than layers' are failures
// when unknown: all of Keras's activations, initializers, regularizers and constraints are here, and a loss, metric or
// optimizer that is not says so in a NotImplementedError. So is a layer that the project has and does not find.
bool is_unsupported(const Error& error) {
  if (dynamic_cast<const NotImplementedError*>(&error)) return true;
  const std::string text = error.what(), words = "Unknown layer: ";
  if (!text.starts_with(words)) return false;
  const auto name = text.substr(words.size(), text.find_first_of(". \n", words.size()) - words.size());
  return !find_layer_class(name);
}

std::string brief(const std::string& text) {
  const auto stop = text.find_first_of(".(\n");
  return text.substr(0, std::min<std::size_t>(stop, 90));
}

void compare_weights(const Case& c, const Model& model, Outcome& out) {
  if (!c.has_file("arrays/weights.npz")) return;
  const auto expected = load_npz(c.path("arrays/weights.npz"));
  std::vector<Tensor> values;
  for (const auto& v : model.get_weights()) {
    if (v.dtype() != DType::string) values.push_back(v);
  }
  if (values.size() != expected.size()) {
    throw Mismatch{"get_weights gives " + std::to_string(values.size()) + " arrays, expected " +
                   std::to_string(expected.size())};
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& wanted = expected[i].second;
    // What 2.2 counts in int32 is counted in int64 here, and in its files in int32 again (weight_forms.cpp).
    const bool counted = c.target() == Target::tf22 && wanted.dtype() == DType::int32;
    const auto text = difference(counted ? ops::cast(values[i], DType::int32) : values[i], wanted);
    ++out.comparisons;
    if (!text.empty()) throw Mismatch{"weight " + std::to_string(i) + ": " + text};
  }
}

void compare_predictions(const Case& c, Model& model, const Expected& expected, Outcome& out) {
  if (!c.has_arrays()) throw NotImplementedError("a case without a model's inputs and outputs");
  const auto y = model.predict(c.inputs());
  const auto flat = y.flatten();
  if (flat.size() != expected.size()) {
    throw Mismatch{std::to_string(flat.size()) + " outputs, expected " + std::to_string(expected.size())};
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& got = y.is_dict() ? y[expected[i].first].tensor() : flat[i];
    const auto text = difference(c, got, expected[i].second);
    ++out.comparisons;
    const auto& dtype = c.output_dtype(i);
    if (name_of(got.dtype()) != dtype) {
      throw Mismatch{"output " + expected[i].first + ": dtype " + std::string(name_of(got.dtype())) + ", expected " +
                     dtype};
    }
    if (!text.empty()) throw Mismatch{"output " + expected[i].first + ": " + text};
  }
}

// Files that do not hold the vocabulary that a layer learned: those of weights, and H5 files of Keras 3, which records
// that it cannot predict from them.
bool has_no_vocabulary(const Case& c, const std::string& format) {
  const auto words = "Table not initialized";
  if (const auto* of = c.description.at("formats").find(format)) {
    if (of->get_string("reload_predict_error", "").find(words) != std::string::npos) return true;
  }
  const bool weights = format.starts_with("weights_") || (format == "checkpoint" && !c.producer.starts_with("tf-2.2"));
  if (!weights || !c.has_file("config.json")) return false;
  const auto config = c.text("config.json");
  const auto layer = config.find("\"TextVectorization\"");
  return layer != std::string::npos && config.find("\"vocabulary\": null", layer) != std::string::npos;
}

// In TensorFlow's words.
void check_refuses_to_predict(const Case& c, Model& model, Outcome& out) {
  ++out.comparisons;
  try {
    model.predict(c.inputs());
  } catch (const InvalidArgumentError& error) {
    if (std::string(error.what()).starts_with("Table not initialized.")) return;
    throw;
  }
  throw Mismatch{"predicts without a vocabulary"};
}

bool carries_training(const Case& c) {
  return c.has_file("evaluate.json") || c.has_file("grads") || c.has_file("continue");
}

// As Keras 2.15 writes it beside the legacy one.
constexpr const char* kV3Weights = "weights_v3_h5/model.weights.h5";

// The file, or SavedModel's folder, of a case in one format.
std::string file_of(const Case& c, const std::string& format) {
  const char* v3 = "weights_h5/model.weights.h5";
  if (!format.starts_with("weights_")) return c.model_file(format);
  return c.path(format == "weights_v3_h5" ? kV3Weights : c.has_file(v3) ? v3 : "weights_h5/weights.h5");
}

void check_resave(const Case& c, const std::string& format, Model& model, Outcome& out) {
  const auto file = file_of(c, format);
  const auto text = format == "checkpoint" ? resave_checkpoint(c, model, out.comparisons)
                    : format == "h5"       ? resave_h5(c, model, file, out.comparisons)
                    : format == "keras_v3" ? resave_keras_v3(c, model, file, out.comparisons)
                                           : resave_weights(c, model, file, out.comparisons);
  if (!text.empty()) throw Mismatch{"saved again: " + text};
}

ModelRef load_case(const Case& c, const std::string& format, LoadReport& report) {
  if (format == "h5" || format == "saved_model" || format == "keras_v3") {
    const auto& objects = format == "saved_model" ? custom_objects() : all_custom_objects(c.name);
    return models::load_model(file_of(c, format), {.custom_objects = objects, .report = &report});
  }
  if (format == "checkpoint") return load_checkpoint_case(c, report, corpus_model(c));
  auto model = corpus_model(c);
  if (!model) {
    if (!c.has_file("config.json")) throw NotImplementedError("a model without a config");
    model = models::model_from_json(c.text("config.json"),
                                    {.custom_objects = all_custom_objects(c.name), .report = &report});
  }
  models::load_weights(*model, file_of(c, format), {.report = &report});
  return model;
}

// A case whose training is not supported yet has passed in part.
void check_training_of(const Case& c, Model& model, const LoadReport& report, Outcome& out) {
  try {
    out.comparisons += check_training(c, model, report);
  } catch (const NotCarried& left) {
    out.comparisons += left.comparisons;
    out.verdict = Verdict::in_part;
    out.reason = left.reason;
  } catch (const Error& error) {
    if (!is_unsupported(error)) throw;
    out.verdict = Verdict::in_part;
    out.reason = brief(error.what());
  }
}

// What is read is written again as its producer wrote it, to the letter, and read again.
void check_json(const Case& c, Outcome& out) {
  const CustomObjectScope scope(all_custom_objects(c.name));
  const auto text = c.text("config.json");
  const auto model = models::model_from_json(text);
  const auto expected = Config::parse(text);
  const auto* build = expected.find("build_config");
  const auto* shapes = build ? build->find("input_shape") : nullptr;
  if (c.description.get_string("class", "") == "subclassed" && shapes && shapes->is_dict()) {
    throw NotImplementedError("the build_config of a subclassed model of a dict of inputs");
  }
  const auto written = model->to_json();
  ++out.comparisons;
  const auto place = difference(Config::parse(written), expected);
  if (!place.empty()) throw Mismatch{"to_json" + place};
  if (written != text) throw Mismatch{"to_json differs from the producer's text in blanks or numbers' spelling"};
  if (models::model_from_json(written)->to_json() != text) throw Mismatch{"to_json differs after a round trip"};
  // Where the config is all there is of the model, its outputs are this format's to show.
  if (formats_of(c).size() > 1) return;
  if (fill_weights(c, *model, out.comparisons)) compare_predictions(c, *model, c.outputs(), out);
}

}  // namespace

std::vector<std::string> formats_of(const Case& c) {
  std::vector<std::string> formats;
  if (c.has_file("h5/model.h5")) formats.emplace_back("h5");
  if (c.has_file("weights_h5/weights.h5") || c.has_file("weights_h5/model.weights.h5")) {
    formats.emplace_back("weights_h5");
  }
  if (c.has_file(kV3Weights)) formats.emplace_back("weights_v3_h5");
  if (c.has_file("config.json")) formats.emplace_back("json");
  if (c.has_file("keras_v3/model.keras")) formats.emplace_back("keras_v3");
  if (c.has_file("saved_model/saved_model.pb")) formats.emplace_back("saved_model");
  if (c.has_file("ckpt")) formats.emplace_back("checkpoint");
  if (c.has_file("export")) formats.emplace_back("export");
  if (holds_values(c)) formats.emplace_back("values");
  if (has_more(c)) formats.emplace_back("more");
  return formats;
}

Outcome check_all_opened(const Case& c) {
  Outcome out;
  std::string left;
  for (const auto& file : unopened(c)) left += (left.empty() ? "" : ", ") + file;
  if (left.empty()) return out;
  out.verdict = Verdict::in_part;
  out.reason = c.name + ": not compared: " + left;
  return out;
}

Outcome check(const Case& c, const std::string& format) {
  Outcome out;
  try {
    backend::clear_session();
    if (format == "values" || format == "more") {
      out.comparisons = format == "more" ? check_more(c) : check_values(c);
      return out;
    }
    if (format == "saved_model") out.comparisons += check_module(c);
    if (format == "saved_model" && c.description.get_string("class", "") == "tf.Module") return out;
    if (format != "json" && format != "export") {
      LoadReport report;
      const auto model = load_case(c, format, report);
      if (has_no_vocabulary(c, format)) {
        check_refuses_to_predict(c, *model, out);
        compare_weights(c, *model, out);
        return out;
      }
      // Where the values that Keras 3 predicted with are not those of its weights, its export is made of the weights.
      compare_predictions(c, *model, format == "weights_h5" ? exported_outputs(c) : c.outputs(), out);
      compare_weights(c, *model, out);
      // SavedModels are not the same to the letter; real TensorFlows open them (tests/reverse).
      if (format != "saved_model") check_resave(c, format, *model, out);
      out.comparisons += check_training_call(c, *model);
      // A weights file carries no loss and no optimizer: what the case trained to is its whole-model file's to show.
      if (!format.starts_with("weights_") && carries_training(c)) check_training_of(c, *model, report, out);
    } else if (format == "json") {
      check_json(c, out);
    } else {
      check_export(c, out);
    }
  } catch (const Mismatch& mismatch) {
    out.verdict = Verdict::failed;
    out.reason = mismatch.text;
  } catch (const Error& error) {
    out.verdict = is_unsupported(error) ? Verdict::unsupported : Verdict::failed;
    out.reason = out.verdict == Verdict::unsupported ? brief(error.what()) : error.report();
  } catch (const std::exception& error) {
    out.verdict = Verdict::failed;
    out.reason = error.what();
  }
  return out;
}

}  // namespace conformance
