// resave_corpus CORPUS OUT [--tenth]
//
// Loads every whole-model H5 file of the corpus and saves it for each target into OUT; OUT/manifest.json says from
// which case each file is, and why a file is missing. open_with_keras.py has real Keras open them.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/atomic_file.h"
#include "conformance/corpus.h"
#include "conformance/custom_objects.h"
#include "hornbeam/hornbeam.hpp"

namespace {

using namespace hornbeam;

// {"case", "target", "file"} or, in place of the file, {"refused"}.
Config entry(const conformance::Case& c, const std::string& target) {
  return Config{{"producer", c.producer}, {"case", c.name}, {"folder", c.folder.string()}, {"target", target}};
}

int add_case(const conformance::Case& c, const conformance::fs::path& out, Config& manifest) {
  backend::clear_session();
  ModelRef model;
  try {
    model = models::load_model((c.folder / "h5/model.h5").string(), {.custom_objects = conformance::custom_objects()});
  } catch (const Error&) {
    return 0;  // the conformance runner tells of it
  }
  int written = 0;
  for (const std::string target : {"tf2.2", "tf2.15", "keras3"}) {
    auto item = entry(c, target);
    const auto file = out / (target + "." + c.producer + "." + c.name + ".h5");
    try {
      SaveReport report;
      model->save(file.string(), {.target = target, .report = &report});
      item.set("file", file.string())
          .set("own_target", target == model->target())
          .set("dropped", Config(report.dropped));
      ++written;
    } catch (const Error& error) {
      item.set("refused", error.report()).set("own_target", target == model->target());
    }
    manifest.push_back(std::move(item));
  }
  return written;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Saves the corpus's models for each Keras"};
  std::string corpus, out;
  bool tenth = false;
  app.add_option("CORPUS", corpus)->required()->check(CLI::ExistingDirectory);
  app.add_option("OUT", out)->required();
  app.add_flag("--tenth", tenth, "a fixed tenth of the cases, by the hash of their names");
  CLI11_PARSE(app, argc, argv);

  conformance::fs::create_directories(out);
  auto manifest = Config::list();
  int written = 0, refused_own = 0;
  for (const auto& c : conformance::read_corpus(corpus)) {
    if (tenth && !conformance::in_tenth(c)) continue;
    if (c.has_file("h5/model.h5")) written += add_case(c, out, manifest);
  }
  base::replace_file((conformance::fs::path(out) / "manifest.json").string(), manifest.dump(1));
  for (const auto& item : manifest.as_list()) {
    if (!item.has("refused") || !item.at("own_target").as_bool()) continue;
    ++refused_own;
    std::cout << "failed: " << item.at("case").as_string() << " for its own Keras: " << item.at("refused").as_string()
              << "\n";
  }
  std::cout << written << " files written\n";
  return refused_own == 0 ? 0 : 1;
}
