#include "base/mapped_file.h"
#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "hornbeam/npy.hpp"
#include "tensor/npy_data.h"

namespace hornbeam {
namespace {

constexpr std::string_view kSuffix = ".npy";

NamedTensors read_all(std::shared_ptr<const base::MappedFile> file) {
  const auto path = file->path();
  const base::ZipReader zip(std::move(file));
  NamedTensors tensors;
  base::MemoryTotal memory;
  for (std::size_t i = 0; i < zip.members().size(); ++i) {
    const auto& [name, size] = zip.members()[i];
    const auto place = path + "/" + name;
    if (!name.ends_with(kSuffix)) throw FormatError(path, "member '" + name + "'", "the name of an array, *.npy", name);
    // Deflate makes a thousand bytes of one, and they stand beside the array made of them; growing, they stand twice.
    const auto inflated = 2.0 * static_cast<double>(size);
    if (!memory.add(inflated)) {
      throw ValueError("out of memory: with the " + std::to_string(size) + " bytes of " + place + ", the arrays take " +
                       "more than the " + std::to_string(base::physical_memory()) + " bytes this machine has");
    }
    tensors.emplace_back(name.substr(0, name.size() - kSuffix.size()), npy::parse(zip.read(i), place, memory));
    memory.give_back(inflated);
  }
  return tensors;
}

}  // namespace

NamedTensors load_npz(const std::string& path) { return read_all(base::MappedFile::open(path)); }

NamedTensors parse_npz(std::span<const std::byte> bytes, const std::string& source) {
  return read_all(base::MappedFile::borrow(bytes, source));
}

void save_npz(const std::string& path, const NamedTensors& tensors) {
  base::ZipWriter zip(path);
  for (const auto& [name, tensor] : tensors) {
    const auto encoded = npy::encode(tensor);
    zip.add(name + std::string(kSuffix), {std::as_bytes(std::span(encoded.header)), encoded.data});
  }
  zip.finish();
}

}  // namespace hornbeam
