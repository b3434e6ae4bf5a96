// save_saved_models CORPUS OUT [--tenth]
//
// Loads each whole-model H5 file of the corpus that tf.keras wrote and saves it as a SavedModel for the Keras it came
// from, as it came and, where the case goes on training, after one batch more. OUT/manifest.json says from which case
// each is; open_saved_models.py has real TensorFlows open them.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/atomic_file.h"
#include "conformance/custom_objects.h"
#include "conformance/training_data.h"
#include "hornbeam/hornbeam.hpp"

namespace {

using namespace hornbeam;
using conformance::Case;

class Saver {
 public:
  explicit Saver(conformance::fs::path out) : out_(std::move(out)) {}

  void add(const Case& c) {
    backend::clear_session();
    ModelRef model;
    try {
      model =
          models::load_model((c.folder / "h5/model.h5").string(), {.custom_objects = conformance::custom_objects()});
    } catch (const Error&) {
      ++not_loaded_;  // the conformance runner tells of it
      return;
    }
    save(c, *model, "loaded");
    if (!c.has_file("continue/continue.json") || !model->is_compiled()) return;
    try {
      conformance::TrainingData(c).train(*model, 0);
    } catch (const NotImplementedError&) {
      return;
    }
    save(c, *model, "trained");
  }

  int finish() const {
    base::replace_file((out_ / "manifest.json").string(), manifest_.dump(1));
    std::cout << "SavedModels: " << manifest_.size() << " passed, " << failed_ << " failed, " << not_loaded_
              << " not loaded\n";
    return failed_ == 0 && manifest_.size() != 0 ? 0 : 1;
  }

 private:
  void save(const Case& c, const Model& model, const std::string& state) {
    const auto path = (out_ / c.producer / c.name / state).string();
    try {
      SaveReport report;
      model.save(path, {.save_format = "tf", .report = &report});
      manifest_.push_back(Config{{"producer", c.producer},
                                 {"folder", c.folder.string()},
                                 {"path", path},
                                 {"state", state},
                                 {"compiled", model.is_compiled()},
                                 {"dropped", Config(report.dropped)}});
    } catch (const Error& error) {
      ++failed_;
      std::cout << "failed: " << c.producer << " " << c.name << " " << state << ": " << error.report() << "\n";
    }
  }

  conformance::fs::path out_;
  Config manifest_ = Config::list();
  int not_loaded_ = 0, failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Saves the corpus's models as SavedModels"};
  std::string root, out;
  bool tenth = false;
  app.add_option("CORPUS", root)->required()->check(CLI::ExistingDirectory);
  app.add_option("OUT", out)->required();
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases");
  CLI11_PARSE(app, argc, argv);
  conformance::fs::create_directories(out);
  Saver saver(conformance::fs::absolute(out));
  for (const auto& c : conformance::read_corpus(root)) {
    if (c.producer.starts_with("keras-3") || !c.has_file("h5/model.h5")) continue;
    if (!tenth || conformance::in_tenth(c)) saver.add(c);
  }
  return saver.finish();
}
