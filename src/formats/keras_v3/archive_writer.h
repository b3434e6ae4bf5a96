// Writes a `.keras` archive: SPEC.md lists what is in it. The same contents give the same bytes.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "formats/hdf5/writer.h"

namespace hornbeam::formats::keras_v3 {

struct Contents {
  std::string metadata, config;                                  // JSON
  std::function<void(hdf5::Writer& file)> weights;               // fills the file of weights
  std::vector<std::pair<std::string, std::string>> assets = {};  // names ("assets/...") and contents
};

// Throws ValueError on a text so large that Archive would not read it.
void check_texts(const Contents& contents);

// The archive appears whole or not at all. Throws as AtomicFile, hdf5::Writer and check_texts do.
void write_archive(const std::string& path, base::IfExists if_exists, const Contents& contents);

}  // namespace hornbeam::formats::keras_v3
