// Any bytes as a whole model in a .keras archive: loaded with a report and, when small, run; nothing but hornbeam's
// errors is thrown. What is no archive is a part of one: an HDF5 file its weights, other bytes its config, beside parts
// of a real archive.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/hdf5.h"
#include "hornbeam/hornbeam.hpp"
#include "model_fuzz.h"

namespace {

using namespace hornbeam;

const std::string& scratch_file() {
  static const std::string path = [] {
    auto name = (std::filesystem::temp_directory_path() / "hornbeam-fuzz-XXXXXX.keras").string();
    const int fd = ::mkstemps(name.data(), 6);
    if (fd < 0) std::abort();
    ::close(fd);
    std::atexit([] { std::remove(scratch_file().c_str()); });
    return name;
  }();
  return path;
}

// Of a compiled model with a vocabulary.
struct Original {
  std::string config, weights, vocabulary;

  Original() {
    const auto text = Input({1}, {.dtype = "string"}), numbers = Input({3});
    const StringLookup words({.name = "words"});
    words->set_vocabulary(Config(std::vector<std::string>{"a", "b"}));
    const auto model = Functional({text, numbers}, {words(text), Dense(2)(numbers)});
    model->compile({.optimizer = optimizers::Adam(), .loss = "mse"});
    model->optimizer()->build(model->trainable_weights());
    model->save(scratch_file(), {.target = "keras3"});
    const base::ZipReader zip(base::MappedFile::open(scratch_file()));
    const auto part = [&](const char* name) {
      const auto bytes = zip.read(name);
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    config = part("config.json");
    weights = part("model.weights.h5");
    vocabulary = "[UNK]\na\nb";
  }
};

void write_input(const std::string& input) {
  static const Original original;
  if (input.starts_with("PK")) {
    std::ofstream(scratch_file(), std::ios::binary | std::ios::trunc)
        .write(input.data(), static_cast<std::streamsize>(input.size()));
    return;
  }
  const bool weights = formats::hdf5::is_hdf5(std::as_bytes(std::span(input)));
  base::ZipWriter zip(scratch_file());
  zip.add("config.json", weights ? original.config : input);
  zip.add("model.weights.h5", weights ? input : original.weights);
  zip.add("assets/layers/string_lookup/vocabulary.txt", original.vocabulary);
  zip.finish();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  formats::hdf5::any_checksum = true;
  base::any_zip_checksum = true;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  write_input({reinterpret_cast<const char*>(data), size});
  return fuzz::load_and_predict([] {
    LoadReport report;
    auto model = models::load_model(scratch_file(), {.report = &report});
    report.to_string();
    // Into a model that is there, too.
    model->load_weights(scratch_file(), {.skip_mismatch = true, .report = &report});
    return model;
  });
}
