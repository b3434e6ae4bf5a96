#include "formats/hdf5/writer.h"

#include <algorithm>
#include <set>

#include "formats/hdf5/file_driver.h"
#include "formats/hdf5/file_types.h"
#include "formats/hdf5/library.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {
namespace {

herr_t note_error(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

Id dataspace(const std::vector<hsize_t>& dims) {
  if (dims.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose};
}

// Without the time of creation, which would make every file another.
Id timeless(hid_t kind) {
  Id properties(H5Pcreate(kind), H5Pclose);
  H5Pset_obj_track_times(properties, false);
  return properties;
}

Id making_groups() {
  Id properties(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(properties, 1);
  H5Pset_char_encoding(properties, H5T_CSET_UTF8);
  return properties;
}

// Strings end at a NUL.
void check_text(std::string_view text) {
  const auto nul = text.find('\0');
  if (nul == text.npos) return;
  throw ValueError("HDF5 cannot store a string with a NUL in it: '" + std::string(text.substr(0, nul)) + "\\x00...'");
}

}  // namespace

std::string last_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_error, &text);
  return text;
}

struct Writer::Open {
  std::shared_ptr<DriverFile> driver = std::make_shared<DriverFile>();
  hid_t file = -1;
  std::set<std::string> groups;  // that were made, and those on the way to datasets

  ~Open() {
    if (file >= 0) {
      const LibraryLock lock;
      H5Fclose(file);
    }
    driver->file = nullptr;  // should libhdf5 keep the file open after all
  }
  void note_groups_to(const std::string& path) {
    for (auto slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
      groups.insert(path.substr(0, slash));
    }
  }
};

Writer::Writer(base::AtomicFile& file, std::uint64_t begin) : open_(std::make_unique<Open>()) {
  open_->driver->file = &file;
  open_->driver->begin = begin;
  const LibraryLock lock;
  const Id access(access_through(open_->driver), H5Pclose);
  open_->file = H5Fcreate("hornbeam", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  check(open_->file >= 0, "/");
}

Writer::~Writer() = default;

void Writer::close() {
  const LibraryLock lock;
  check(H5Fclose(std::exchange(open_->file, -1)) >= 0, "/");
}

// A failed write comes before what libhdf5 makes of it.
void Writer::check(bool good, const std::string& what) const {
  if (open_->driver->error) std::rethrow_exception(open_->driver->error);
  if (!good) throw ValueError("Unable to write " + what + " to an HDF5 file: " + last_error());
}

void Writer::check_names(std::initializer_list<std::string_view> names) const {
  if (open_->file < 0) throw ValueError("the HDF5 file is closed");
  for (const auto name : names) {
    if (name.empty()) throw ValueError("HDF5 cannot store an empty name");
    check_text(name);
  }
}

void Writer::add_group(const std::string& path) {
  check_names({path});
  if (path == "/" || !open_->groups.insert(path).second) return;
  open_->note_groups_to(path);
  const LibraryLock lock;
  const Id links = making_groups(), properties = timeless(H5P_GROUP_CREATE);
  const Id group(H5Gcreate2(open_->file, path.c_str(), links, properties, H5P_DEFAULT), H5Gclose);
  check(group.good(), path);
}

void Writer::add_attribute(const std::string& object, const std::string& name, std::string_view text, Charset charset) {
  check_names({object, name});
  check_text(text);
  const std::string value(text);
  const LibraryLock lock;
  const Id type = string_type(0, charset == Charset::utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII), space = dataspace({});
  const Id attribute(
      H5Acreate_by_name(open_->file, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  const char* pointer = value.c_str();
  check(attribute.good() && H5Awrite(attribute, type, &pointer) >= 0, object + " (attribute " + name + ")");
}

void Writer::add_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts,
                           StringList form, std::size_t width) {
  check_names({object, name});
  for (const auto& text : texts) {
    check_text(text);
    width = std::max(width, text.size());
  }
  std::vector<const char*> pointers;
  std::string padded;
  if (form == StringList::variable) {
    for (const auto& text : texts) pointers.push_back(text.c_str());
  } else {
    for (const auto& text : texts) (padded += text).append(width - text.size(), '\0');
  }
  const void* value = form == StringList::variable ? static_cast<const void*>(pointers.data()) : padded.data();

  const LibraryLock lock;
  const Id type =
      texts.empty() ? file_type(DType::float64) : string_type(form == StringList::variable ? 0 : width, H5T_CSET_ASCII);
  const Id space = dataspace({texts.size()});
  const Id attribute(
      H5Acreate_by_name(open_->file, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  check(attribute.good() && (texts.empty() || H5Awrite(attribute, type, value) >= 0),
        object + " (attribute " + name + ")");
}

void Writer::add_dataset(const std::string& path, const Tensor& value) {
  check_names({path});
  std::vector<const char*> pointers;
  const void* memory = value.raw();
  if (value.dtype() == DType::string) {
    for (const auto& text : value.data<std::string>()) {
      check_text(text);
      pointers.push_back(text.c_str());
    }
    memory = pointers.data();
  }
  const LibraryLock lock;
  write_dataset(path, value.shape(), file_type(value.dtype()), memory);
}

void Writer::add_opaque(const std::string& path, const Tensor& value) {
  check_names({path});
  if (value.dtype() == DType::string) throw TypeError("strings have no bytes of one size. Received: " + path);
  const LibraryLock lock;
  write_dataset(path, value.shape(), Id(H5Tcreate(H5T_OPAQUE, size_of(value.dtype())), H5Tclose), value.raw());
}

void Writer::write_dataset(const std::string& path, const hornbeam::Shape& shape, std::int64_t type,
                           const void* memory) {
  open_->note_groups_to(path);
  const Id space = dataspace({shape.begin(), shape.end()});
  const Id links = making_groups(), properties = timeless(H5P_DATASET_CREATE);
  const Id dataset(H5Dcreate2(open_->file, path.c_str(), type, space, links, properties, H5P_DEFAULT), H5Dclose);
  check(dataset.good(), path);
  if (shape.num_elements() == 0) return;
  check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory) >= 0, path);
}

void write_attribute_strings(Writer& writer, const std::string& object, const std::string& name,
                             const std::vector<std::string>& texts, StringList form) {
  constexpr std::size_t kLimit = 64512;  // Keras's HDF5_OBJECT_HEADER_LIMIT
  std::size_t width = 1;
  for (const auto& text : texts) {
    if (text.size() > kLimit) {
      throw RuntimeError("The following attributes cannot be saved to HDF5 file because they are larger than " +
                         std::to_string(kLimit) + " bytes: ['" + text + "']");
    }
    width = std::max(width, text.size());
  }
  // As numpy's array_split: nearly equal parts, the longer ones first, of which the first must fit.
  std::size_t parts = 1;
  while ((texts.size() + parts - 1) / parts * width > kLimit) ++parts;
  if (parts == 1) return writer.add_attribute(object, name, texts, form);
  auto begin = texts.begin();
  for (std::size_t i = 0; i < parts; ++i) {
    const auto size = texts.size() / parts + (i < texts.size() % parts ? 1 : 0);
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    writer.add_attribute(object, name + std::to_string(i), {begin, end}, StringList::fixed, width);
    begin = end;
  }
}

}  // namespace hornbeam::formats::hdf5
