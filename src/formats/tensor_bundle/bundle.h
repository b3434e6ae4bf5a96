// A TensorBundle (TensorFlow's checkpoint, version 2), to read: tensors by name in an index and its data files.
// SPEC.md lists the bytes.
//
//   auto bundle = tensor_bundle::Bundle::open("ckpt-1");  // ckpt-1.index, ckpt-1.data-00000-of-00001
//   for (const std::string& name : bundle->names()) ...
//   Tensor kernel = bundle->read("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE");
//
// Opening reads and checks the whole index and maps the data files; no data is read. Any bytes give values or an error:
// FormatError (file, place, expected, found). Nothing is allocated that the files' sizes do not justify. A bundle that
// is replaced while it is being opened is opened again: index and data are of one save. Thread-safety: immutable; any
// number of threads may read at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::formats::tensor_bundle {

// What a tensor of strings may come to unless told otherwise.
inline constexpr std::uint64_t kDefaultStringBytes = std::uint64_t{1} << 30;

// When the checksum of a mapped tensor is compared: on mapping, or when the caller asks for it by verify(), which it
// must before the first use.
enum class Check { now, later };

class Bundle {
 public:
  // Throws OSError when a file cannot be opened, FormatError when the bundle is not whole.
  static std::shared_ptr<const Bundle> open(const std::string& prefix);
  // Files that are in memory (tests, fuzzing). Shards that no tensor lies in may be null.
  static std::shared_ptr<const Bundle> from_files(std::shared_ptr<const base::MappedFile> index,
                                                  std::vector<std::shared_ptr<const base::MappedFile>> shards);

  const std::string& file_name() const { return file_; }  // the index's
  std::vector<std::string> names() const;                 // sorted bytewise
  bool has(std::string_view name) const;
  // All throw KeyError in TensorFlow's words when the name is not there.
  const Entry& entry(std::string_view name) const;

  // The value in memory of its own; its checksum is compared on the way. Partitioned tensors are put together. Throws
  // FormatError (also on a dtype that Hornbeam has not), ValueError on more strings than max_string_bytes hold.
  Tensor read(std::string_view name, std::uint64_t max_string_bytes = kDefaultStringBytes) const;
  // Numbers into memory that the caller has. out.size() must be the entry's size (ValueError if not).
  void read(std::string_view name, std::span<std::byte> out) const;
  // The one string of a scalar.
  std::string read_string(std::string_view name) const;
  // A view of the mapped file, which it keeps mapped. What cannot be used there (strings, booleans, partitioned
  // tensors, numbers that are not aligned for their dtype) is read instead. Another process that truncates the file
  // ends this one.
  Tensor map(std::string_view name, Check check = Check::now) const;
  // Compares the checksum of what was not read or verified before. Throws FormatError.
  void verify(std::string_view name) const;
  void verify_all() const;
  // Whether that was done, or the value was read.
  bool is_verified(std::string_view name) const;

 private:
  using Shards = std::vector<std::shared_ptr<const base::MappedFile>>;
  struct Stored {
    explicit Stored(Entry e) : entry(std::move(e)) {}
    Entry entry;
    std::string shares_with;                    // whose bytes it has too: it cannot be read
    mutable std::atomic<bool> verified{false};  // its checksum was compared
  };
  using Named = std::map<std::string, Stored, std::less<>>::value_type;

  Bundle(std::string file, Index index, Shards shards);
  void check_places();
  const Named& find(std::string_view name) const;
  std::span<const std::byte> bytes_of(const Named& tensor) const;
  std::string place_of(const Named& tensor) const;
  const std::string& data_file(const Named& tensor) const;
  [[noreturn]] void fail(const Named& tensor, std::string expected, std::string found) const;

  std::vector<const Named*> parts_of(const Named& tensor) const;
  void need_dtype(const Named& tensor) const;
  void read_into(const Named& tensor, std::span<std::byte> out) const;
  void read_stored(const Named& tensor, std::span<std::byte> out) const;
  Tensor read_text(const Named& tensor, std::uint64_t max_bytes) const;
  void verify(const Named& tensor) const;
  void compare(const Named& tensor, std::uint32_t crc) const;

  std::string file_;
  std::map<std::string, Stored, std::less<>> tensors_;  // and parts of partitioned ones
  Shards shards_;
};

}  // namespace hornbeam::formats::tensor_bundle
