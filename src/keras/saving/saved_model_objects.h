// What the objects of a SavedModel say of a Keras model: which of them are its weights and its optimizer's state.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/saved_model/variables.h"
#include "hornbeam/saving.hpp"

namespace hornbeam {

struct SavedKerasModel {
  std::shared_ptr<const formats::saved_model::SavedModel> file;
  formats::saved_model::Variables variables;

  explicit SavedKerasModel(std::shared_ptr<const formats::saved_model::SavedModel> f) : file(f), variables(f) {}
  const formats::saved_model::SavedObjectGraph& objects() const { return file->objects(); }
};

// What is reached from the model, with the nodes that are reached by the same names; lists that were made for the walk
// live on in it.
std::map<Trackable::Ptr, std::int32_t> nodes_by_names(const formats::saved_model::SavedObjectGraph& objects,
                                                      Model& model);

// Nodes of the model's weights, one for each, in order: found by the names on the way from the model to them, or where
// that tells none (layers without classes), by the order of the list that Keras saves; -1 for a weight that its Keras
// has not. Variables of that list that nothing takes are told in the report. Throws ValueError in Keras's words when a
// weight has none, or one of another shape.
std::vector<std::int32_t> saved_weights(const SavedKerasModel& saved, Model& model, LoadReport& report);

// Assigns them; what the file holds and the model has no place for is told in the report. Nothing is assigned unless
// all fits.
void load_saved_weights(const SavedKerasModel& saved, Model& model, const std::vector<std::int32_t>& nodes, bool map,
                        LoadReport& report);

// What stateful layers remember, which Keras keeps with them though it is no weight. A state of another shape, or one
// that the file lacks, stays as it is.
void load_saved_states(const SavedKerasModel& saved, Model& model, LoadReport& report);

// Vocabularies of lookup layers.
class RestoredObjects;
void load_saved_tables(const RestoredObjects& restored, Model& model, LoadReport& report);

// State of the optimizer of a compiled model.
void load_saved_optimizer(const SavedKerasModel& saved, Model& model, const std::vector<std::int32_t>& weights,
                          LoadReport& report);

}  // namespace hornbeam
