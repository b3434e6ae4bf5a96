// The groups of a v3 file of weights, which may lie in several files ("shards").
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/hdf5/hdf5.h"
#include "hornbeam/dtype.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

// What lookup layers keep by name.
constexpr const char* kIdfWeights = "idf_weights";

class V3Store {
 public:
  explicit V3Store(formats::hdf5::Group root) : V3Store(std::vector<formats::hdf5::Group>{std::move(root)}) {}
  explicit V3Store(std::vector<formats::hdf5::Group> roots);

  // Does the root look like such a file's?
  static bool is_v3(const formats::hdf5::Group& root);

  // "<path>/vars/0", "<path>/vars/1", ... as many as there are. Throws FormatError when one between is missing.
  std::vector<formats::hdf5::Dataset> variables(const std::string& path) const;
  // "<path>/vars/<name>", where a layer names what it keeps.
  std::optional<formats::hdf5::Dataset> named(const std::string& path, const std::string& name) const;
  const std::vector<formats::hdf5::Group>& roots() const { return roots_; }
  // All datasets' paths without the leading '/'.
  std::vector<std::string> dataset_paths() const;

 private:
  std::vector<formats::hdf5::Group> roots_;
  bool old_names_ = false;  // Keras 2.12 and 2.13 say "_layer_checkpoint_dependencies" for "layers"
};

// bfloat16 lies there as two opaque bytes, with an attribute that tells.
DType v3_dtype(const formats::hdf5::Dataset& dataset);
Tensor read_v3_tensor(const formats::hdf5::Dataset& dataset, bool map);

}  // namespace hornbeam
