// resave_corpus CORPUS OUT [--from h5|keras_v3|saved_model] [--to h5|keras] [--target T] [--tenth]
//
// Loads every whole model of the corpus in one format (H5 unless --from says another) and saves it for each target that
// has the other (H5 unless --to says another) into OUT: as it came, and, where the case goes on training, after one
// batch more. OUT/manifest.json says from which case each file is, what Hornbeam's own next
// steps from it give, and why something is missing ("optimizer_lost": from the case's file). open_with_keras.py has
// real Keras open them and train on.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/atomic_file.h"
#include "conformance/custom_objects.h"
#include "conformance/training_data.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/serialization/keras_layer_names.h"
#include "reverse/continuation.h"

namespace {

using namespace hornbeam;
using conformance::Case;

struct Formats {
  std::string from = "h5", to = "h5";
  // The case's model; empty when it has none in this format.
  std::string file_of(const Case& c) const {
    const auto path = c.model_file(from);
    return conformance::fs::exists(path) ? path : std::string();
  }
};

// Each is a target, but tf-keras, which is the models' own where they came from it.
std::vector<std::string> kerases_for(const Case& c, const std::string& format) {
  std::vector<std::string> list{"tf2.15", "keras3"};
  if (format == "h5") list.insert(list.begin(), "tf2.2");
  if (c.producer.starts_with("tf_keras")) list.emplace_back("tf_keras");
  return list;
}

// May a save for this Keras be refused with these words? Only for what that Keras does not have.
bool names_the_target(const Error& error, const std::string& target) {
  const auto says = [text = std::string(error.what())](const char* words) {
    return text.find(words) != std::string::npos;
  };
  return dynamic_cast<const ValueError*>(&error) && !target.empty() &&
         (says(name_of(target_named(target))) || says("save for another target"));
}

// Is it that the saved file wants a class of the user's own? Its layer came from a SavedModel, which has functions for
// it.
bool wants_a_class(const Error& error) {
  const std::string text = error.what(), words = "Unknown layer: ";
  if (!text.starts_with(words)) return false;
  return !is_layer_of_keras(text.substr(words.size(), text.find_first_of(". \n", words.size()) - words.size()));
}

// One file: {"file"} (beside an archive, {"weights"}) and, where it was trained on, {"next"}; or {"refused"};
// "unsupported" says why "next" is missing.
class Resaver {
 public:
  Resaver(conformance::fs::path out, Formats formats, std::string only, Config& manifest)
      : out_(std::move(out)), formats_(std::move(formats)), only_(std::move(only)), manifest_(manifest) {}

  void add(const Case& c) {
    backend::clear_session();
    ModelRef model;
    LoadReport report;
    try {
      model =
          models::load_model(formats_.file_of(c), {.custom_objects = conformance::custom_objects(), .report = &report});
    } catch (const Error&) {
      ++not_loaded_;  // the conformance runner tells of it
      return;
    }
    // Archives that are no more than that: Keras 3 forgets an optimizer, Keras 2 the state of legacy ones.
    lost_ =
        std::ranges::any_of(report.notes, [](const auto& note) { return note.starts_with("optimizer: the archive"); });
    lost_vocabulary_ = std::ranges::any_of(
        report.missing, [](const auto& missing) { return missing.find(": its vocabulary") != missing.npos; });
    const bool trains = c.has_file("continue/continue.json");
    for (const auto& keras : kerases(c)) save(c, *model, keras, trains ? "loaded" : "untrained", 0);
    if (!trains || !model->is_compiled()) return;
    try {
      conformance::TrainingData(c).train(*model, 0);
    } catch (const NotImplementedError&) {
      return;  // "loaded" has said it
    }
    for (const auto& keras : kerases(c)) save(c, *model, keras, "trained", 1);
  }
  int written() const { return written_; }
  int refused() const { return refused_; }
  int not_loaded() const { return not_loaded_; }
  int failed() const { return failed_; }

 private:
  std::vector<std::string> kerases(const Case& c) const {
    auto list = kerases_for(c, formats_.to);
    if (!only_.empty()) std::erase_if(list, [this](const std::string& keras) { return keras != only_; });
    return list;
  }
  // `state`: "untrained" (nothing to train on), "loaded" (the file's own state), "trained" (one batch later).
  void save(const Case& c, const Model& model, const std::string& keras, const std::string& state, std::int64_t first) {
    Config item{{"producer", c.producer}, {"case", c.name}, {"folder", c.folder.string()}, {"keras", keras}};
    item.set("state", state).set("optimizer_lost", lost_);
    const auto target = keras == "tf_keras" ? std::string() : keras;
    const auto stem = (out_ / (keras + "." + c.producer + "." + c.name + "." + state)).string();
    const auto file = stem + "." + formats_.to;
    const auto name = c.producer + " " + c.name + " for " + keras;
    // An optimizer that the target has not does not keep the model from it.
    bool with_optimizer = true;
    try {
      try {
        write(model, file, target, true, item);
      } catch (const ValueError& error) {
        if (state != "loaded" || !names_the_target(error, target)) throw;
        const std::string why = error.what();
        write(model, file, target, false, item);
        item.set("unsupported", why);
        with_optimizer = false;
      }
      ++written_;
    } catch (const Error& error) {
      item.set("refused", error.report());
      ++refused_;
      const bool lost = lost_vocabulary_ && std::string(error.what()).find("has no vocabulary") != std::string::npos;
      const bool of_target = target != model.target() && names_the_target(error, target);
      if (!lost && !of_target) fail(name + ": " + error.report());
    }
    if (!with_optimizer) return manifest_.push_back(std::move(item));
    if (state != "untrained" && item.has("file") && !model.is_compiled()) {
      item.set("unsupported", model.not_compiled_because());
    } else if (state != "untrained" && item.has("file")) {
      try {
        item.set("next", reverse::continuation(c, file, first, stem + ".npz"));
      } catch (const NotImplementedError& error) {
        item.set("unsupported", error.what());
      } catch (const Error& error) {
        if (wants_a_class(error)) {
          item.set("unsupported", error.what());
        } else {
          fail(name + ", next step of the saved file: " + error.report());
        }
      }
    }
    manifest_.push_back(std::move(item));
  }
  // The file, and beside an archive its weights, which hold the optimizer too.
  void write(const Model& model, const std::string& file, const std::string& target, bool optimizer, Config& item) {
    SaveReport report;
    model.save(file, {.include_optimizer = optimizer, .target = target, .report = &report});
    if (formats_.to == "keras" && optimizer) {
      const auto weights = file.substr(0, file.rfind('.')) + ".weights.h5";
      model.save_weights(weights, {.target = target});
      item.set("weights", weights);
    }
    item.set("file", file).set("dropped", Config(report.dropped)).set("converted", Config(report.converted));
  }
  void fail(const std::string& text) {
    ++failed_;
    std::cout << "failed: " << text << "\n";
  }

  conformance::fs::path out_;
  Formats formats_;
  std::string only_;
  Config& manifest_;
  bool lost_ = false, lost_vocabulary_ = false;
  int written_ = 0, refused_ = 0, not_loaded_ = 0, failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Saves the corpus's models for each Keras"};
  std::string corpus, out, target;
  Formats formats;
  bool tenth = false;
  app.add_option("CORPUS", corpus)->required()->check(CLI::ExistingDirectory);
  app.add_option("OUT", out)->required();
  app.add_option("--from", formats.from)->check(CLI::IsMember({"h5", "keras_v3", "saved_model"}));
  app.add_option("--to", formats.to)->check(CLI::IsMember({"h5", "keras"}));
  app.add_option("--target", target, "this alone");
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases, by the hash of their names");
  CLI11_PARSE(app, argc, argv);

  conformance::fs::create_directories(out);
  auto manifest = Config::list();
  Resaver resaver(conformance::fs::absolute(out), formats, target, manifest);
  for (const auto& c : conformance::read_corpus(corpus)) {
    if (tenth && !conformance::in_tenth(c)) continue;
    if (!formats.file_of(c).empty()) resaver.add(c);
  }
  base::replace_file((conformance::fs::path(out) / "manifest.json").string(), manifest.dump(1));
  std::cout << resaver.written() << " files written, " << resaver.refused() << " refused, " << resaver.not_loaded()
            << " cases not loaded\n";
  return resaver.failed() == 0 ? 0 : 1;
}
