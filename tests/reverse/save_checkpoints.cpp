// save_checkpoints CORPUS OUT [--tenth]
//
// Loads each checkpoint of the corpus into its model and saves it again, as it came and, where the case goes on
// training, after one batch more. OUT/manifest.json says from which case each is; open_checkpoints.py has real Keras
// load them and train on.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/atomic_file.h"
#include "conformance/checkpoint_checks.h"
#include "conformance/corpus_models.h"
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
    LoadReport report;
    try {
      model = conformance::load_checkpoint_case(c, report, conformance::corpus_model(c));
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
    std::cout << "checkpoints: " << manifest_.size() << " passed, " << failed_ << " failed, " << not_loaded_
              << " not loaded\n";
    return failed_ == 0 && manifest_.size() != 0 ? 0 : 1;
  }

 private:
  void save(const Case& c, const Model& model, const std::string& state) {
    const auto prefix = (out_ / c.producer / c.name / state).string();
    try {
      model.save_weights(prefix);
      manifest_.push_back(Config{{"producer", c.producer},
                                 {"folder", c.folder.string()},
                                 {"prefix", prefix},
                                 {"state", state},
                                 {"compiled", model.is_compiled()}});
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
  CLI::App app{"Saves the corpus's checkpoints again"};
  std::string root, out;
  bool tenth = false;
  app.add_option("CORPUS", root)->required()->check(CLI::ExistingDirectory);
  app.add_option("OUT", out)->required();
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases");
  CLI11_PARSE(app, argc, argv);
  Saver saver(out);
  for (const auto& c : conformance::read_corpus(root)) {
    if (c.has_file("ckpt") && (!tenth || conformance::in_tenth(c))) saver.add(c);
  }
  return saver.finish();
}
