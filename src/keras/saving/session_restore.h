// The bundle beside a graph of TensorFlow 1, as its RestoreV2 reads it: tensors by name, whole or a slice of them.
//
// Thread-safety: for one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "formats/tensor_bundle/bundle.h"

namespace hornbeam {

class SessionRestore {
 public:
  // Throws OSError, FormatError.
  explicit SessionRestore(const std::string& prefix);

  bool has(const std::string& name) const { return bundle_->has(name); }
  // `slice`: "" for all, or the whole's dims and the part of each: "10 3 0,5:-". Throws KeyError when there is no such
  // tensor, InvalidArgumentError on a slice that is none of it, FormatError when more is read than the bundle holds.
  Tensor read(const std::string& name, const std::string& slice) const;

 private:
  std::uint64_t size_of_entry(const std::string& name) const;
  std::shared_ptr<const formats::tensor_bundle::Bundle> bundle_;
  std::uint64_t most_ = 0;                             // that all tensors come to
  mutable std::uint64_t read_ = 0;                     // so far
  mutable std::map<std::string, Tensor> partitioned_;  // those that slices were read of
};

}  // namespace hornbeam
