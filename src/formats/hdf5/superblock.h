// The superblock: where the file's addresses start and end, and where its root group is.
#pragma once

#include <memory>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

// Finds the superblock (versions 0 to 3, after a user block if there is one) and checks the file is whole.
std::shared_ptr<const Image> open_image(std::shared_ptr<const base::MappedFile> file);

}  // namespace hornbeam::formats::hdf5
