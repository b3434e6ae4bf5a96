// What .keras archives keep of lookup layers beside numbered weights: vocabularies as texts, weights of "tf_idf" by
// name.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/keras_v3/archive.h"
#include "hornbeam/saving.hpp"
#include "keras/saving/assignments.h"
#include "keras/saving/v3_places.h"
#include "keras/saving/v3_store.h"
#include "keras/saving/v3_weights_write.h"

namespace hornbeam {

// Reads those of the model's layers, which lie there in `places`; `used` takes the members that were read. Those
// that are not there are told as missing, and returned; further copies of a layer's with other words as unused. Throws
// FormatError or ValueError for a text that is no vocabulary of its layer.
std::vector<std::string> read_v3_vocabularies(const formats::keras_v3::Archive& archive, Model& model,
                                              const V3Places& places, std::set<std::string>& used, LoadReport& report,
                                              Assignments& assignments);
// Reads the weights; `used` takes the paths of what there is.
void read_v3_idf_weights(const V3Store& store, const std::vector<V3Holder>& holders, std::set<std::string>& used,
                         LoadReport& report, Assignments& assignments);

// Members to write: names and texts. Throws ValueError naming the layer whose words no archive holds.
std::vector<std::pair<std::string, std::string>> v3_vocabularies(const Model& model, const WhichLayers& which);
// The weights to write into the group of this layer; undefined when it has none.
Tensor v3_idf_weights(const Layer& layer);

}  // namespace hornbeam
