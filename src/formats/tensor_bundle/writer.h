// Writes TensorBundles as TensorFlow does, to the byte: one data file, tensors in the order in which they are added.
//
//   tensor_bundle::Writer writer("ckpt-1");
//   writer.add("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE", kernel);
//   writer.commit();
//
// Bytes go straight from the tensors to a temporary file; until commit() nothing changes under the prefix, and an old
// bundle there is replaced at one moment. Writers of one prefix do not disturb each other: the last wins.
// Thread-safety: one thread at a time per writer.
#pragma once

#include <memory>
#include <string>

#include "formats/tensor_bundle/index.h"
#include "hornbeam/tensor.hpp"

namespace hornbeam::base {
class AtomicFile;
}

namespace hornbeam::formats::tensor_bundle {

class Writer {
 public:
  // Throws OSError.
  explicit Writer(std::string prefix);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Without commit() nothing is left.
  ~Writer();

  // Throws ValueError on a name that is taken or cannot be stored, TypeError on a dtype that has no stored form,
  // OSError.
  void add(const std::string& name, const Tensor& value);
  // Throws OSError. Nothing may be added afterwards.
  void commit();

 private:
  std::string prefix_;
  std::unique_ptr<base::AtomicFile> data_;
  Index index_;
};

}  // namespace hornbeam::formats::tensor_bundle
