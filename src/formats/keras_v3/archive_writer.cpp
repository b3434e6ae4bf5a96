#include "formats/keras_v3/archive_writer.h"

#include "base/zip_writer.h"
#include "formats/keras_v3/members.h"

namespace hornbeam::formats::keras_v3 {

void write_archive(const std::string& path, base::IfExists if_exists, const Contents& contents) {
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
