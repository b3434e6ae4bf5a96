// save_checkpoints CORPUS OUT [--tenth]
//
// Loads each checkpoint of the corpus into its model and saves it again (case_saver.h); open_checkpoints.py has real
// Keras load them and train on.
#include "conformance/checkpoint_checks.h"
#include "conformance/corpus_models.h"
#include "hornbeam/hornbeam.hpp"
#include "reverse/case_saver.h"

int main(int argc, char** argv) {
  using namespace hornbeam;
  const auto save = [](const Model& model, const std::string& path, Config&) { model.save_weights(path); };
  return reverse::save_cases(argc, argv, "Saves the corpus's checkpoints again", save, [](auto& saver, const auto& c) {
    if (!c.has_file("ckpt")) return;
    saver.add(c, [&] {
      LoadReport report;
      return conformance::load_checkpoint_case(c, report, conformance::corpus_model(c));
    });
  });
}
