#include "reverse/case_saver.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/atomic_file.h"
#include "conformance/training_data.h"
#include "hornbeam/hornbeam.hpp"

namespace reverse {

using namespace hornbeam;
using conformance::Case;

void CaseSaver::add(const Case& c, const Load& load, const std::string& source) {
  backend::clear_session();
  ModelRef model;
  try {
    model = load();
  } catch (const Error& error) {
    ++not_loaded_;
    std::cout << "not loaded: " << c.producer << " " << c.name << " " << source << ": " << error.report() << "\n";
    return;
  }
  save(c, *model, "loaded", source);
  if (!c.has_file("continue/continue.json") || !model->is_compiled()) return;
  try {
    conformance::TrainingData(c).train(*model, 0);
  } catch (const NotImplementedError& error) {
    ++not_trained_;
    std::cout << "not trained: " << c.producer << " " << c.name << ": " << error.report() << "\n";
    return;
  }
  save(c, *model, "trained", source);
}

void CaseSaver::save(const Case& c, const Model& model, const std::string& state, const std::string& source) {
  const auto path = (out_ / c.producer / c.name / (source + state)).string();
  Config item{{"producer", c.producer}, {"folder", c.folder.string()},     {"path", path},
              {"state", state},         {"compiled", model.is_compiled()}, {"source", source}};
  try {
    save_(model, path, item);
    manifest_.push_back(std::move(item));
  } catch (const Error& error) {
    ++failed_;
    std::cout << "failed: " << c.producer << " " << c.name << " " << source << state << ": " << error.report() << "\n";
  }
}

int CaseSaver::finish() const {
  base::replace_file((out_ / "manifest.json").string(), manifest_.dump(1));
  std::cout << manifest_.size() << " files written, " << failed_ << " failed, " << not_loaded_ << " not loaded, "
            << not_trained_ << " not trained\n";
  return failed_ == 0 && manifest_.size() != 0 ? 0 : 1;
}

int save_cases(int argc, char** argv, const std::string& about, const CaseSaver::Save& save,
               const std::function<void(CaseSaver&, const Case&)>& add) {
  CLI::App app{about};
  std::string root, out;
  bool tenth = false;
  app.add_option("CORPUS", root)->required()->check(CLI::ExistingDirectory);
  app.add_option("OUT", out)->required();
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases");
  CLI11_PARSE(app, argc, argv);
  conformance::fs::create_directories(out);
  CaseSaver saver(conformance::fs::absolute(out), save);
  for (const auto& c : conformance::read_corpus(root)) {
    if (!tenth || conformance::in_tenth(c)) add(saver, c);
  }
  return saver.finish();
}

}  // namespace reverse
