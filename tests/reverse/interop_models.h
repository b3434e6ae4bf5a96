// The models of the interop matrix, as interop_models.py has them in Keras: same names, weights and data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hornbeam/model.hpp"
#include "hornbeam/serialization.hpp"

namespace reverse {

inline constexpr std::int64_t kInteropRows = 8;  // of a batch

// Names in the order of the table.
const std::vector<std::string>& interop_models();
// Built, with its fixed weights, compiled for `target`; when it is empty, for what is loaded.
hornbeam::ModelRef interop_model(const std::string& name, const std::string& target);
hornbeam::Values interop_x(const std::string& name, std::int64_t batch);
hornbeam::Values interop_y(const std::string& name, std::int64_t batch);
// The functions the models are compiled with; not the subclassed model's class, which is revived without it.
hornbeam::CustomObjects interop_functions();

}  // namespace reverse
