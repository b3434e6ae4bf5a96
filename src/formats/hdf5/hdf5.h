// A bounded, read-only reader of the HDF5 files that Keras, h5py and libhdf5 write. SPEC.md lists the bytes.
//
//   auto file = hdf5::File::open("model.h5");
//   hdf5::Group weights = file->root().group("model_weights");
//   for (const std::string& layer : load_attribute_strings(weights, "layer_names")) ...
//   hdf5::Dataset kernel = weights.dataset("dense/dense/kernel:0");
//   if (kernel.shape() == wanted) kernel.read(bytes);
//
// The file is mapped; contiguous datasets can be used in place. Any bytes give values or an error: damaged and
// unsupported files throw FormatError (file, place, expected, found), and no work or memory exceeds what the file's
// size and the caller's `out` or `max_bytes` justify. Handles are cheap to copy, keep the file mapped, and may be used
// from any number of threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "hornbeam/dtype.hpp"

namespace hornbeam::formats::hdf5 {

struct Image;
struct ObjectHeader;
struct Storage;
struct Datatype;
struct AttributeValue;
struct RawAttribute;
struct LinkIndex;

enum class Kind { group, dataset, datatype };

// What read_strings may make of a file unless told otherwise.
inline constexpr std::uint64_t kDefaultStringBytes = std::uint64_t{256} << 20;

class Attribute {
 public:
  const std::string& name() const { return name_; }
  // DType::string for both kinds of string; DType::invalid for opaque bytes.
  DType dtype() const;
  std::vector<std::int64_t> shape() const;  // empty for a scalar (and for h5py.Empty: see is_null)
  std::uint64_t count() const;
  std::uint64_t byte_size() const;  // of a numeric value
  bool is_string() const { return dtype() == DType::string; }
  bool is_null() const;
  // As the file has it: "float64", "UTF-8 strings", "ASCII strings of 19 bytes, NUL-padded".
  std::string type_name() const;

  // The one string of a scalar (or of shape (1,)).
  std::string as_string() const;
  // All strings in order; {} for any empty array (h5py writes an empty list as float64 of shape (0,)).
  std::vector<std::string> as_strings() const;
  // The one number of a scalar; booleans and any integer or float type.
  std::int64_t as_int() const;
  double as_double() const;
  // Numbers in native order; out.size() must be byte_size().
  void read(std::span<std::byte> out) const;

 private:
  friend class Object;
  Attribute(std::shared_ptr<const Image> image, std::string owner, std::string name,
            std::shared_ptr<const AttributeValue> value);
  std::string place() const;

  std::shared_ptr<const Image> image_;
  std::string owner_;
  std::string name_;
  std::shared_ptr<const AttributeValue> value_;
};

// What groups and datasets share: a path and attributes.
class Object {
 public:
  const std::string& path() const { return path_; }  // "/model_weights/dense"
  std::uint64_t id() const;                          // equal for two paths to one object
  const std::string& file_name() const;
  std::uint64_t file_size() const;
  std::vector<std::string> attribute_names() const;  // sorted
  bool has_attribute(std::string_view name) const;
  // Throws KeyError when absent, FormatError when its type is not supported.
  Attribute attribute(std::string_view name) const;

 protected:
  Object(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path);
  std::shared_ptr<const Image> image_;
  std::shared_ptr<const ObjectHeader> header_;
  std::string path_;

 private:
  struct Attributes;
  const std::vector<RawAttribute>& attributes() const;
  const RawAttribute* find_attribute(std::string_view name) const;

  std::shared_ptr<Attributes> attributes_;
};

class Dataset : public Object {
 public:
  DType dtype() const;
  std::uint32_t element_size() const;  // bytes in the file: the width of fixed strings and opaque values
  std::vector<std::int64_t> shape() const;
  std::uint64_t count() const;
  std::uint64_t byte_size() const;
  bool is_string() const { return dtype() == DType::string; }
  bool has_filters() const;  // its chunks may hold more than their bytes

  // The values in the file itself, when they lie there in one piece and in native order (not booleans, whose bytes
  // must be checked); else empty. Valid as long as mapping() is held. Not necessarily aligned for the dtype.
  std::span<const std::byte> mapped() const;
  std::shared_ptr<const base::MappedFile> mapping() const;
  // Numbers (and opaque bytes) in native order, row by row; booleans as 0 or 1. out.size() must be byte_size()
  // (ValueError if not).
  void read(std::span<std::byte> out) const;
  // As read(), allocating; refuses more than max_bytes (ValueError).
  std::vector<std::byte> read_bytes(std::uint64_t max_bytes) const;
  std::vector<std::string> read_strings(std::uint64_t max_bytes = kDefaultStringBytes) const;

 private:
  friend class Group;
  Dataset(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path);
  std::shared_ptr<const Datatype> type_;
  std::shared_ptr<const Storage> storage_;
};

class Group : public Object {
 public:
  // Names of the links here, sorted. Broken and external links count too.
  std::vector<std::string> keys() const;
  std::vector<std::string> hard_keys() const;  // without soft, external and user-defined links
  // Paths are relative to this group, or to the root with a leading '/'. Soft links are followed, at most 16 in a path.
  bool has(std::string_view path) const;  // false for a broken link; throws FormatError on external links and damage
  Kind kind(std::string_view path) const;
  Group group(std::string_view path) const;      // throws KeyError when absent or no group
  Dataset dataset(std::string_view path) const;  // throws KeyError when absent or no dataset
  // Identifies the object at the path, as Object::id: visited sets over graphs with hard-link cycles need no more.
  std::uint64_t id_of(std::string_view path) const;

 private:
  friend class File;
  struct Found;
  Group(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path);
  Found resolve(std::string_view path) const;
  Found need(std::string_view path) const;
  std::string child_path(std::string_view path) const;

  std::shared_ptr<const LinkIndex> index_;  // the group's links
};

class File {
 public:
  // Throws OSError when the file cannot be opened, FormatError when it is not a whole HDF5 file.
  static std::shared_ptr<const File> open(const std::string& path);
  // `bytes` must outlive the file and all handles into it.
  static std::shared_ptr<const File> from_bytes(std::span<const std::byte> bytes, std::string name);
  static std::shared_ptr<const File> from_mapping(std::shared_ptr<const base::MappedFile> mapping);

  Group root() const;
  const std::string& name() const;
  std::shared_ptr<const base::MappedFile> mapping() const;

 private:
  explicit File(std::shared_ptr<const Image> image) : image_(std::move(image)) {}
  std::shared_ptr<const Image> image_;
};

// True when the bytes hold an HDF5 signature where one may be.
bool is_hdf5(std::span<const std::byte> bytes);

// Keras's list attributes: `name`, or when that would not fit a header `name0`, `name1`, ... until one is absent.
// Throws KeyError when there is neither, FormatError when an entry is not UTF-8 text.
std::vector<std::string> load_attribute_strings(const Object& object, const std::string& name);
bool has_attribute_strings(const Object& object, const std::string& name);

// Calls `visit` once for every object that hard links reach from `root`, itself included, parents first; cycles are no
// problem. Soft and external links are passed over.
struct Visitor {
  std::function<void(const Group&)> group;
  std::function<void(const Dataset&)> dataset;
};
void visit_objects(const Group& root, const Visitor& visitor);

}  // namespace hornbeam::formats::hdf5
