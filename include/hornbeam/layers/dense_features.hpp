// DenseFeatures: what feature columns make of a dict of inputs, side by side. Mirrors tf.keras.layers.DenseFeatures
// (tf.keras 2 alone has it).
//
//   DenseFeatures({feature_column::numeric_column("a", {2}),
//                  feature_column::bucketized_column(feature_column::numeric_column("b"), {0.0, 0.5})});
//
// Inputs: a dict of tensors (batch, ...), one for each key that a column reads; output (batch, size), float32, the
// columns' values in the order of the columns' names. Weights: of each embedding column embedding_weights (categories,
// dimension), in that order; for tf.keras 2.2 all have that one name, so that no H5 file can hold two of them.
// Constructors throw ValueError in TensorFlow's words; columns of kinds that are not here are NotImplementedErrors. See
// layers.hpp.
#pragma once

#include <map>

#include "hornbeam/fields.hpp"

namespace hornbeam {

class FeatureColumn;

struct DenseFeaturesOptions {
  HB_LAYER_OPTIONS
};

class DenseFeaturesLayer final : public Layer {
 public:
  HB_LAYER(DenseFeaturesLayer, "DenseFeatures")
  // Columns in the object form that configs have: {"class_name": "NumericColumn", "config": {...}}.
  DenseFeaturesLayer(const std::vector<Config>& columns, const DenseFeaturesOptions& options);
  using Layer::build;
  void build(const std::vector<Shape>& input_shapes) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f.required("feature_columns", self.given_);
    f("partitioner", self.partitioner_);
  }
  void check();

 private:
  std::vector<Config> given_;
  Config partitioner_;
  std::vector<std::shared_ptr<const FeatureColumn>> columns_;  // by name
  std::map<std::string, Variable> embeddings_;                 // after build, by the column's name
};

HB_LAYER_HANDLE_OF(DenseFeatures, DenseFeaturesOptions, std::vector<Config>, columns);

// tf.feature_column: columns in their object form.
namespace feature_column {
Config numeric_column(const std::string& key, const std::vector<std::int64_t>& shape = {1},
                      std::optional<double> default_value = {});
// One indicator per range between boundaries.
Config bucketized_column(const Config& source, const std::vector<double>& boundaries);
Config categorical_column_with_identity(const std::string& key, std::int64_t num_buckets,
                                        std::optional<std::int64_t> default_value = {});
// `dtype`: "string" or "int64".
Config categorical_column_with_hash_bucket(const std::string& key, std::int64_t hash_bucket_size,
                                           const std::string& dtype = "string");
// Strings or integers.
Config categorical_column_with_vocabulary_list(const std::string& key, const Config& vocabulary,
                                               std::int64_t default_value = -1, std::int64_t num_oov_buckets = 0);
Config indicator_column(const Config& categorical);
// `combiner`: "mean", "sqrtn" or "sum".
Config embedding_column(const Config& categorical, std::int64_t dimension, const std::string& combiner = "mean");
}  // namespace feature_column

}  // namespace hornbeam
