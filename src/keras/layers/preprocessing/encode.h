// What layers that make categories of their inputs share: the modes of their outputs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hornbeam/layer.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {

struct CategoryOutput {
  std::string mode;  // "int", "one_hot", "multi_hot", "count"
  std::int64_t depth;
  DType dtype;
};
// Integers in that form; ragged ones too. `weights`: what each counts, in mode "count".
Tensor encoded_categories(const Tensor& indices, const CategoryOutput& output, const Tensor& weights = {});

// f of a tensor, or of the flat values of a ragged one.
Tensor on_flat(const Tensor& x, const std::function<Tensor(const Tensor&)>& f);

// In Keras's words: an argument whose value is none of those it may have.
// With `callable` it may be a function, too.
[[noreturn]] void throw_not_allowed(const std::string& layer, const std::string& argument, const Config& received,
                                    const std::vector<std::string>& allowed, bool none = false, bool callable = false);
void check_allowed(const std::string& layer, const std::string& argument, const std::string& received,
                   const std::vector<std::string>& allowed);
// `sparse` with mode "int" throws ValueError in Keras's words.
void check_sparse(bool sparse, const std::string& mode, const char* others);

// The policy that such layers have when none is given: int64 in mode "int", else floatx.
LayerOptions with_category_dtype(LayerOptions options, const std::string& mode, bool replace_floats);
Config with_category_dtype(Config config, const char* default_mode, bool replace_floats);
// Throws ValueError in Keras's words unless the dtype is an integer's, in mode "int".
void check_category_dtype(const Layer& layer, const std::string& mode);

}  // namespace hornbeam
