// What the sections of the guide share: a folder for what they save, and checks in NumPy's manner.
//
// Each section of Keras's guide "Save and load Keras models" is one file here, in the guide's order, and asserts what
// the guide asserts. What a section saves is opened by real TensorFlows afterwards (tests/reverse/open_guide.py), which
// compare with the numbers that lie beside it.
#pragma once

#include <filesystem>
#include <functional>
#include <source_location>
#include <string>
#include <utility>

#include "hornbeam/hornbeam.hpp"

namespace guide {

// Where a section leaves its files.
class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Throws AssertionError with the place and what was expected.
void check(bool holds, const std::string& expected, std::source_location place = std::source_location::current());

// np.testing.assert_allclose: |actual - desired| <= rtol * |desired|, everywhere.
void assert_allclose(const hb::Values& actual, const hb::Values& desired, double rtol = 1e-7,
                     std::source_location place = std::source_location::current());
// The same, variable by variable.
void assert_same_weights(const std::vector<hb::Variable>& actual, const std::vector<hb::Variable>& desired,
                         std::source_location place = std::source_location::current());
bool same_values(const hb::Values& a, const hb::Values& b);

// "ValueError: Unknown layer: ..." when `attempt` throws; empty when it does not.
std::string error_of(const std::function<void()>& attempt);

// Beside what was saved as `path`: an input, and what the model makes of it (path.x.npy, path.y.npy).
void leave_numbers(const std::string& path, const hb::Tensor& x, const hb::Values& y);
// Beside a checkpoint: its values by their keys (path.npz).
void leave_values(const std::string& path, const hb::NamedTensors& values);

// The guide's get_model(): a simple model, compiled.
hb::Functional get_model();
// The guide's "3_layer_mlp", and the same as a Sequential.
hb::Functional functional_model();
hb::Sequential sequential_model();

}  // namespace guide
