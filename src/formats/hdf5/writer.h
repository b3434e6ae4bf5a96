// Writes HDF5 files in the form that h5py gives Keras's: superblock 0, old groups, contiguous little-endian datasets.
// By libhdf5, which only this folder sees. No times are stored: the same calls give the same bytes.
//
//   base::AtomicFile file("model.h5");
//   hdf5::Writer writer(file);
//   writer.add_attribute("/", "backend", "tensorflow", hdf5::Charset::utf8);
//   writer.add_dataset("/model_weights/dense/dense/kernel:0", kernel);
//   writer.close();
//   file.commit();
//
// Any number of writers may be at work, each on one thread at a time; libhdf5, which takes one call at a time, is
// behind one lock. A program that uses libhdf5 itself from other threads must keep them off while a writer works.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::formats::hdf5 {

enum class Charset { ascii, utf8 };
// How a list of strings is stored: padded to one length (what h5py 2 makes of a list of bytes) or each by itself (h5py
// 3).
enum class StringList { fixed, variable };

class Writer {
 public:
  // Fills `file`, which must outlive this, from `begin` on. Throws OSError.
  explicit Writer(base::AtomicFile& file, std::uint64_t begin = 0);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Without close(), or after an exception, the file is in pieces.
  ~Writer();

  // Paths begin at the root; groups on the way are made. An existing group is no error. All throw ValueError when the
  // place is taken or a name cannot be stored (a NUL in it, say), OSError when writing fails.
  void add_group(const std::string& path);
  void add_attribute(const std::string& object, const std::string& name, std::string_view text, Charset charset);
  // ASCII by name, any bytes in fact, as h5py stores Python's bytes. An empty list is float64 of shape (0,). Padded
  // ones take the longest's length, or `width` when that is more.
  void add_attribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts,
                     StringList form, std::size_t width = 1);
  // Written straight from the tensor's memory. Strings are stored as UTF-8. Throws TypeError on a dtype that HDF5 has
  // no form for.
  void add_dataset(const std::string& path, const Tensor& value);
  // The elements' bytes without a meaning (what h5py makes of a NumPy type that HDF5 does not know). Not of strings.
  void add_opaque(const std::string& path, const Tensor& value);

  // Completes the file. Nothing may be added afterwards.
  void close();

 private:
  struct Open;
  void write_dataset(const std::string& path, const hornbeam::Shape& shape, std::int64_t type, const void* memory);
  void check(bool good, const std::string& what) const;
  void check_names(std::initializer_list<std::string_view> names) const;
  std::unique_ptr<Open> open_;
};

// Keras's list attributes: lists that would not fit an object header are cut into `name0`, `name1`, ..., each with
// nearly as many, always padded. Throws RuntimeError in Keras's words when one name alone does not fit.
void write_attribute_strings(Writer& writer, const std::string& object, const std::string& name,
                             const std::vector<std::string>& texts, StringList form);

}  // namespace hornbeam::formats::hdf5
