// What is in an H5 file and how it is stored: groups, datasets, attributes with their types and character sets.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace conformance {

// What to leave out or to read otherwise.
struct Allowance {
  std::vector<std::string> without_groups;  // with all below them
  std::string without_attribute;            // of the root
  // Attributes of any object whose text may be another.
  std::string free_attribute = {};
  // The names that real Keras gives a layer's weights when it saves `theirs` again, where they are others; and the
  // group that the layers are in.
  std::string layers_group;
  std::map<std::string, std::vector<std::string>> renamed;
  // Losses that the training configuration names otherwise.
  std::map<std::string, std::string> losses;
  // Layers of the model's configuration may say more than `theirs`: a module and what belongs to it, as in this
  // configuration of the same model.
  std::string modules_of;
  // The root names layers without weights, which say nothing, in any order among themselves: Keras 2 sorts tensors that
  // are arguments by name when it reads a model, so what it then saves has another order than before.
  bool empty_layers_in_any_order = false;
};

// A model's config, of Keras 3's slices with "..." those that Hornbeam writes to H5 files for it: Keras 3 reads no
// others. Of any other model what it was.
std::string with_slices_spelled_out(const std::string& model_json);

// Empty when `ours` has what `theirs` has, in the same form and with the same values; else the first difference. Where
// an attribute is text of JSON the order of keys counts.
std::string structure_difference(const std::string& ours, const std::string& theirs, const Allowance& allowance);

}  // namespace conformance
