#include <bit>

#include "base/checked_math.h"
#include "formats/hdf5/datatype.h"
#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/storage.h"
#include "formats/hdf5/values.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {

Dataset::Dataset(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path)
    : Object(std::move(image), std::move(header), std::move(path)) {
  naming(path_, [&] {
    type_ = std::make_shared<const Datatype>(read_datatype(*header_, header_->need(kDatatype, "datatype")));
    auto storage = std::make_shared<Storage>();
    const Message& space = header_->need(kDataspace, "dataspace");
    if (space.shared) header_->refuse(space, "the dataset's own dataspace", "a shared one (not supported)");
    storage->space = read_dataspace(header_->cursor(space, "dataspace"));
    storage->element_size = type_->size;
    storage->layout = read_layout(*header_, storage->space, type_->size);  // checks the product below, too
    storage->bytes = storage->space.count * type_->size;
    storage->fill = read_fill_value(*header_, type_->size);
    storage_ = std::move(storage);
  });
}

DType Dataset::dtype() const { return type_->dtype; }
std::uint32_t Dataset::element_size() const { return type_->size; }
std::vector<std::int64_t> Dataset::shape() const { return {storage_->space.dims.begin(), storage_->space.dims.end()}; }
std::uint64_t Dataset::count() const { return storage_->space.count; }
std::uint64_t Dataset::byte_size() const { return storage_->bytes; }
bool Dataset::has_filters() const { return !storage_->layout.filters.empty(); }
std::shared_ptr<const base::MappedFile> Dataset::mapping() const { return image_->file; }

std::span<const std::byte> Dataset::mapped() const {
  const bool plain = type_->kind == Datatype::Kind::opaque ||
                     (type_->kind == Datatype::Kind::number &&
                      (type_->size == 1 || type_->big_endian == (std::endian::native == std::endian::big)));
  if (!plain) return {};
  return naming(path_, [&] { return view_storage(*image_, *storage_); });
}

void Dataset::read(std::span<std::byte> out) const {
  if (is_string()) throw TypeError("HDF5 dataset " + path_ + " holds strings, not numbers");
  if (out.size() != storage_->bytes) {
    throw ValueError("HDF5 dataset " + path_ + " has " + std::to_string(storage_->bytes) +
                     " bytes, the room given has " + std::to_string(out.size()));
  }
  naming(path_, [&] { read_storage(*image_, *storage_, out); });
  to_native(*type_, out);
}

std::vector<std::byte> Dataset::read_bytes(std::uint64_t max_bytes) const {
  if (storage_->bytes > max_bytes) {
    throw ValueError("HDF5 dataset " + path_ + " has " + std::to_string(storage_->bytes) + " bytes, at most " +
                     std::to_string(max_bytes) + " are wanted");
  }
  std::vector<std::byte> out(storage_->bytes);
  read(out);
  return out;
}

std::vector<std::string> Dataset::read_strings(std::uint64_t max_bytes) const {
  if (!is_string()) throw TypeError("HDF5 dataset " + path_ + " holds numbers, not strings");
  // Each element costs its bytes twice and a std::string.
  const auto cost = base::checked_mul<std::uint64_t>(count(), 2 * std::uint64_t{type_->size} + sizeof(std::string));
  if (!cost || *cost > max_bytes) {
    throw ValueError("HDF5 dataset " + path_ + " has " + std::to_string(count()) + " strings, too many for the " +
                     std::to_string(max_bytes) + " bytes wanted");
  }
  return naming(path_, [&] {
    std::vector<std::byte> raw(storage_->bytes);
    read_storage(*image_, *storage_, raw);
    return to_strings(*image_, *type_, Cursor(*image_, storage_->layout.address, raw, "strings"));
  });
}

}  // namespace hornbeam::formats::hdf5
