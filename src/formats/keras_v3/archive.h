// A `.keras` archive as Keras 2.12 and later write it: SPEC.md lists what is in it.
// Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/zip_reader.h"
#include "formats/hdf5/hdf5.h"

namespace hornbeam::formats::keras_v3 {

class Archive {
 public:
  // Throws FormatError when the zip archive is broken, a name in it is a path elsewhere, or what Keras needs is not in
  // it.
  explicit Archive(std::shared_ptr<const base::ZipReader> zip);
  explicit Archive(std::shared_ptr<const base::MappedFile> file)
      : Archive(std::make_shared<const base::ZipReader>(std::move(file))) {}

  bool has_metadata() const;
  // Texts, JSON: throw FormatError when one is larger than any that Keras writes, or damaged.
  std::string metadata() const;
  std::string config() const;
  bool has_weights() const;
  // The file of weights: in place where it is stored, inflated where not. Throws FormatError.
  std::shared_ptr<const hdf5::File> weights() const;
  // Further members: files of layers' assets ("assets/layers/text_vectorization/vocabulary.txt"), and what Keras does
  // not know.
  std::vector<std::string> assets() const;
  std::vector<std::string> others() const;
  std::string asset(const std::string& name) const;  // a text as those above

 private:
  std::string text_of(const std::string& member) const;
  std::string path_;
  std::shared_ptr<const base::ZipReader> zip_;
};

}  // namespace hornbeam::formats::keras_v3
