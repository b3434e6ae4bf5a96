#include "formats/keras_v3/archive_writer.h"

#include "base/zip_writer.h"
#include "formats/keras_v3/members.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::keras_v3 {
namespace {

void check_size(const std::string& name, const std::string& text) {
  if (text.size() <= kMostText) return;
  throw ValueError("'" + name + "' would have " + std::to_string(text.size()) +
                   " bytes, and .keras archives with texts of more than " + std::to_string(kMostText) +
                   " bytes are not read again");
}

}  // namespace

void check_texts(const Contents& contents) {
  check_size(kConfig, contents.config);
  for (const auto& [name, text] : contents.assets) check_size(name, text);
}

void write_archive(const std::string& path, base::IfExists if_exists, const Contents& contents) {
  check_texts(contents);
  base::ZipWriter zip(path, if_exists);
  zip.add(kMetadata, contents.metadata);
  zip.add(kConfig, contents.config);
  zip.add_in_place(kWeights, [&](base::AtomicFile& file, std::uint64_t begin) {
    hdf5::Writer writer(file, begin);
    contents.weights(writer);
    writer.close();
  });
  for (const auto& [name, text] : contents.assets) zip.add(name, text);
  zip.finish();
}

}  // namespace hornbeam::formats::keras_v3
