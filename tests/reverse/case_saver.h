// What programs share that save the corpus's models for real Kerases to open: each as it came and, where its case goes
// on training, after one batch more.
#pragma once

#include <functional>
#include <string>

#include "conformance/corpus.h"
#include "hornbeam/model.hpp"

namespace reverse {

class CaseSaver {
 public:
  using Load = std::function<hornbeam::ModelRef()>;
  // Adds to the manifest's item what is to be told of the file.
  using Save = std::function<void(const hornbeam::Model&, const std::string& path, hornbeam::Config& item)>;

  CaseSaver(conformance::fs::path out, Save save) : out_(std::move(out)), save_(std::move(save)) {}

  // `source`: what it was loaded from, where a case is saved from more than one; part of the names of its files.
  void add(const conformance::Case& c, const Load& load, const std::string& source = "");
  // Writes OUT/manifest.json: from which case each file is, its path and its state, "loaded" or "trained". Prints how
  // many files were written. The exit code.
  int finish() const;

 private:
  void save(const conformance::Case& c, const hornbeam::Model& model, const std::string& state,
            const std::string& source);

  conformance::fs::path out_;
  Save save_;
  hornbeam::Config manifest_ = hornbeam::Config::list();
  int not_loaded_ = 0, not_trained_ = 0, failed_ = 0;
};

// A program CORPUS OUT [--tenth] that adds the corpus's cases, or a fixed tenth of them, to a CaseSaver.
int save_cases(int argc, char** argv, const std::string& about, const CaseSaver::Save& save,
               const std::function<void(CaseSaver&, const conformance::Case&)>& add);

}  // namespace reverse
