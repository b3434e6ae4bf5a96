// What a path holds, told from its bytes, whatever its name.
// Thread-safety: free functions without shared state.
#pragma once

#include <memory>
#include <string>

#include "base/zip_reader.h"

namespace hornbeam::formats {

enum class FileKind { folder, saved_model, hdf5, keras_v3, npz, zip, npy, json, other };

struct KindFound {
  FileKind kind;
  std::string text;  // for errors, to follow "found": "a NumPy array (.npy)", "a folder with a, b, c, ..."
  std::shared_ptr<const base::MappedFile> file = {};  // that was looked into; null of a folder
  std::shared_ptr<const base::ZipReader> zip = {};    // of a zip archive: its directory is read once
};

// Of a file or a folder. Throws OSError when there is neither, or it cannot be read, FormatError on a broken zip
// archive.
KindFound kind_of(const std::string& path);
// Is it a file of JSON? Not what is no file, or cannot be looked at: that is told where it is opened.
bool is_json_file(const std::string& path);

}  // namespace hornbeam::formats
