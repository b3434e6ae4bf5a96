// NumPy's .npy and .npz files, and nested lists in JSON, to and from tensors.
//
// Mirrors np.load, np.save, np.savez (with allow_pickle=False), np.array of nested lists and ndarray.tolist.
// Thread-safety: free functions without shared state. Savers replace the file in one step: it is whole or as it was.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/config.hpp"
#include "hornbeam/tensor.hpp"

namespace hornbeam {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;  // in the file's order

// Versions 1 to 3, any byte order, C or Fortran order (the tensor is in C order). bool, ints, floats and complex keep
// their dtype; '|S' and '<U' become strings (UTF-8), without the NULs that pad them; '<V2' is bfloat16, as ml_dtypes
// writes it. Throws OSError when the file cannot be read, FormatError when it is no array of these,
// ValueError when arrays take more memory than the machine has.
Tensor load_npy(const std::string& path);
// The same of bytes in memory; `source` names them in errors.
Tensor parse_npy(std::span<const std::byte> bytes, const std::string& source);
// Strings are written as '|S', the width of the longest. Throws OSError; TypeError on a dtype NumPy has not (resource,
// variant) and on a symbolic tensor; ValueError on a string that ends in NUL, which '|S' cannot keep.
void save_npy(const std::string& path, const Tensor& tensor);

// The arrays of an archive, stored or deflated, under their names without ".npy". Throws as load_npy does.
NamedTensors load_npz(const std::string& path);
NamedTensors parse_npz(std::span<const std::byte> bytes, const std::string& source);
// Stored, in the order given; the same tensors give the same bytes. Throws as save_npy does, and ValueError on a name
// given twice.
void save_npz(const std::string& path, const NamedTensors& tensors);

// Nested lists of bools, of numbers (int64, or float64 if any has a point) or of strings; a lone value is a scalar.
// Throws FormatError on lists that are ragged or mixed, or too deep (more than 32).
Tensor load_json_tensor(const std::string& path);
Tensor json_to_tensor(const Config& json, const std::string& source = "JSON");
// As json.dumps(x.tolist()) would be made of. float32 values become the doubles they are. Throws TypeError on complex
// values, ValueError on a uint64 past 63 bits.
Config tensor_to_json(const Tensor& tensor);

}  // namespace hornbeam
