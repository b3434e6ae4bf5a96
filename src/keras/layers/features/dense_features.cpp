#include "hornbeam/layers/dense_features.hpp"

#include <algorithm>
#include <cmath>

#include "hornbeam/ops.hpp"
#include "hornbeam/target.hpp"
#include "keras/layers/features/feature_column.h"
#include "keras/layers/register.h"
#include "keras/serialization/object_form.h"

namespace hornbeam {

Tensor feature(const Values& inputs, const std::string& key) {
  if (!inputs.is_dict()) {
    throw ValueError("We expected a dictionary here. Instead we got: " + std::to_string(inputs.size()) + " tensors");
  }
  const auto& dict = inputs.dict();
  const auto it = dict.find(key);
  if (it == dict.end()) throw ValueError("Feature " + key + " is not in features dictionary.");
  return it->second.tensor();
}

const std::string& column_class(const Config& object) {
  const auto* name = object.is_dict() ? object.find("class_name") : nullptr;
  if (!name || !name->is_string() || !object.has("config")) {
    throw ValueError("Items of feature_columns must be a <class 'DenseColumn'>. Given: " + brief(object));
  }
  return name->as_string();
}
const Config& column_config(const Config& object) {
  column_class(object);
  return object.at("config");
}

NumericColumn::NumericColumn(const Config& object) {
  if (column_class(object) != "NumericColumn") {
    throw ValueError("source_column must be a column generated with numeric_column(). Given: " + brief(object));
  }
  const auto& c = column_config(object);
  key = c.at("key").as_string();
  if (const auto* function = c.find("normalizer_fn"); function && !function->is_null()) {
    throw NotImplementedError("the normalizer_fn of feature column " + key + " is a Python function");
  }
  if (const auto* shape = c.find("shape")) {
    for (const auto d : shape->as_ints()) {
      if (d <= 0 || d > (std::int64_t{1} << 31) / size) {
        throw ValueError("shape dimensions must be greater than 0. shape: " + shape->dump());
      }
      size *= d;
    }
  }
}

Tensor NumericColumn::flat(const Values& inputs) const {
  const auto x = feature(inputs, key);
  if (x.dtype() == DType::string) {
    throw ValueError("The corresponding Tensor of numerical column must be a Tensor of numbers. key: " + key);
  }
  return ops::reshape(ops::cast(x, DType::float32), {None, size});
}

BucketizedSource::BucketizedSource(const Config& object) : source(column_config(object).at("source_column")) {
  for (const auto& b : column_config(object).at("boundaries").as_list()) {
    boundaries.push_back(static_cast<float>(b.as_double()));
  }
  if (boundaries.empty()) throw ValueError("boundaries must be a sorted list.");
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    if (!(boundaries[i - 1] < boundaries[i])) throw ValueError("boundaries must be a sorted list.");
  }
}

Tensor BucketizedSource::bins(const Values& inputs) const {
  return ops::cast(call_op1("Bucketize", {source.flat(inputs)}, {{"boundaries", boundaries}}), DType::int64);
}

namespace {

class NumericFeature final : public FeatureColumn {
 public:
  explicit NumericFeature(const Config& object) : column_(object) {}
  std::string name() const override { return column_.key; }
  Tensor values(const Values& inputs, const Variable&) const override { return column_.flat(inputs); }

 private:
  NumericColumn column_;
};

class BucketizedFeature final : public FeatureColumn {
 public:
  explicit BucketizedFeature(const Config& object) : column_(object) {}
  std::string name() const override { return column_.name(); }
  Tensor values(const Values& inputs, const Variable&) const override {
    const auto bits = ops::one_hot(column_.bins(inputs), column_.buckets());
    return ops::reshape(bits, {None, column_.buckets() * column_.source.size});
  }

 private:
  BucketizedSource column_;
};

class IndicatorFeature final : public FeatureColumn {
 public:
  explicit IndicatorFeature(const Config& c) : categories_(categorical_column(c.at("categorical_column"))) {}
  std::string name() const override { return categories_->name() + "_indicator"; }
  Tensor values(const Values& inputs, const Variable&) const override {
    const auto bits = ops::one_hot(categories_->ids(inputs), categories_->categories());
    return ops::reduce_sum(bits, std::vector<std::int64_t>{1});
  }

 private:
  std::shared_ptr<const CategoricalColumn> categories_;
};

class EmbeddingFeature final : public FeatureColumn {
 public:
  explicit EmbeddingFeature(const Config& c)
      : categories_(categorical_column(c.at("categorical_column"))),
        dimension_(c.at("dimension").as_int()),
        combiner_(c.get_string("combiner", "mean")) {
    if (dimension_ < 1) throw ValueError("Invalid dimension " + std::to_string(dimension_) + ".");
    if (combiner_ != "mean" && combiner_ != "sqrtn" && combiner_ != "sum") {
      throw ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'");
    }
    const auto set = [&](const char* key) {
      const auto* value = c.find(key);
      return value && !value->is_null() ? value : nullptr;
    };
    if (set("ckpt_to_load_from")) {
      throw NotImplementedError("a feature column that reads its weights from a checkpoint is not yet supported");
    }
    if (const auto* norm = set("max_norm")) max_norm_ = norm->as_double();
    if (const auto* initializer = set("initializer")) initializer_ = *initializer;
    if (const auto* trainable = set("trainable")) trainable_ = trainable->as_bool();
  }
  std::string name() const override { return categories_->name() + "_embedding"; }
  std::optional<Weight> weight() const override {
    return Weight{{categories_->categories(), dimension_}, initializer_, trainable_};
  }
  Tensor values(const Values& inputs, const Variable& weight) const override {
    const auto ids = categories_->ids(inputs);
    const auto none = Tensor::scalar(std::int64_t{0});
    const auto given = ops::cast(ops::greater_equal(ids, none), DType::float32);
    auto rows = ops::gather(weight, ops::maximum(ids, none), 0);  // [batch, n, dimension]
    const auto last = std::vector<std::int64_t>{-1};
    if (max_norm_) {
      const auto norms = ops::sqrt(ops::reduce_sum(rows * rows, last, /*keepdims=*/true));
      const auto limit = Tensor::scalar(static_cast<float>(*max_norm_));
      rows = rows * limit / ops::maximum(norms, limit);
    }
    const auto sum = ops::reduce_sum(rows * ops::expand_dims(given, 2), std::vector<std::int64_t>{1});
    if (combiner_ == "sum") return sum;
    const auto count = ops::reduce_sum(given, std::vector<std::int64_t>{1}, /*keepdims=*/true);
    return ops::divide_no_nan(sum, combiner_ == "mean" ? count : ops::sqrt(count));
  }

 private:
  std::shared_ptr<const CategoricalColumn> categories_;
  std::int64_t dimension_;
  std::string combiner_;
  std::optional<double> max_norm_;
  Config initializer_;
  bool trainable_ = true;
};

}  // namespace

std::shared_ptr<const FeatureColumn> feature_column_of(const Config& object) {
  const auto& kind = column_class(object);
  if (kind == "NumericColumn") return std::make_shared<NumericFeature>(object);
  if (kind == "BucketizedColumn") return std::make_shared<BucketizedFeature>(object);
  if (kind == "IndicatorColumn") return std::make_shared<IndicatorFeature>(column_config(object));
  if (kind == "EmbeddingColumn") return std::make_shared<EmbeddingFeature>(column_config(object));
  throw NotImplementedError("the feature column " + kind + " is not yet supported");
}

DenseFeaturesLayer::DenseFeaturesLayer(const std::vector<Config>& columns, const DenseFeaturesOptions& options)
    : Layer(options.layer()), given_(columns) {
  check();
}

void DenseFeaturesLayer::check() {
  if (given_.empty()) throw ValueError("feature_columns must not be empty.");
  if (!partitioner_.is_null()) throw NotImplementedError("the partitioner of DenseFeatures is not yet supported");
  for (const auto& object : given_) columns_.push_back(feature_column_of(object));
  std::ranges::stable_sort(columns_, {}, [](const auto& column) { return column->name(); });
  for (std::size_t i = 1; i < columns_.size(); ++i) {
    if (columns_[i - 1]->name() != columns_[i]->name()) continue;
    throw ValueError("Duplicate feature column name found for columns: " + columns_[i]->name());
  }
  autocast_ = false;  // categories are no numbers to round
}

void DenseFeaturesLayer::build(const std::vector<Shape>&) {
  for (const auto& column : columns_) {
    const auto weight = column->weight();
    if (!weight) continue;
    auto initializer = initializers::TruncatedNormal({.stddev = 1 / std::sqrt(static_cast<double>(weight->shape[1]))});
    if (!weight->initializer.is_null()) {
      auto given = weight->initializer;
      if (auto* config = given.find("config"); config && config->is_dict()) config->erase("dtype");
      initializer = Initializer::from_config(given);
    }
    const auto tracked_as = column->name() + "/embedding_weights";
    const auto plain = std::string("embedding_weights");
    const bool by_column = current_target() != Target::tf22;  // where all have one name, and edges tell them apart
    const auto variable =
        add_weight(by_column ? tracked_as : plain, weight->shape,
                   {.initializer = initializer, .trainable = weight->trainable, .dtype = DType::float32});
    if (!by_column) {
      remove_edge(plain);
      add_edge(tracked_as, variable);
    }
    embeddings_[column->name()] = variable;
  }
}

Values DenseFeaturesLayer::call(const Values& inputs, CallContext&) {
  std::vector<Tensor> parts;
  for (const auto& column : columns_) {
    const auto it = embeddings_.find(column->name());
    parts.push_back(column->values(inputs, it == embeddings_.end() ? Variable() : it->second));
  }
  return parts.size() == 1 ? parts[0] : ops::concat(parts, -1);
}

namespace feature_column {
namespace {
Config object_of(const char* kind, Config config) { return {{"class_name", kind}, {"config", std::move(config)}}; }
}  // namespace

Config numeric_column(const std::string& key, const std::vector<std::int64_t>& shape,
                      std::optional<double> default_value) {
  Config value;
  if (default_value) {
    std::int64_t size = 1;
    for (const auto d : shape) size *= std::clamp<std::int64_t>(d, 0, 1 << 20);
    value =
        Config(std::vector<double>(static_cast<std::size_t>(std::min<std::int64_t>(size, 1 << 20)), *default_value));
  }
  return object_of("NumericColumn", {{"key", key},
                                     {"shape", Config(shape)},
                                     {"default_value", value},
                                     {"dtype", "float32"},
                                     {"normalizer_fn", nullptr}});
}
Config bucketized_column(const Config& source, const std::vector<double>& boundaries) {
  return object_of("BucketizedColumn", {{"source_column", source}, {"boundaries", Config(boundaries)}});
}
Config categorical_column_with_identity(const std::string& key, std::int64_t num_buckets,
                                        std::optional<std::int64_t> default_value) {
  return object_of("IdentityCategoricalColumn",
                   {{"key", key}, {"number_buckets", num_buckets}, {"default_value", field_to_config(default_value)}});
}
Config categorical_column_with_hash_bucket(const std::string& key, std::int64_t hash_bucket_size,
                                           const std::string& dtype) {
  return object_of("HashedCategoricalColumn", {{"key", key}, {"hash_bucket_size", hash_bucket_size}, {"dtype", dtype}});
}
Config categorical_column_with_vocabulary_list(const std::string& key, const Config& vocabulary,
                                               std::int64_t default_value, std::int64_t num_oov_buckets) {
  const bool text = vocabulary.size() > 0 && vocabulary.at(std::size_t{0}).is_string();
  return object_of("VocabularyListCategoricalColumn", {{"key", key},
                                                       {"vocabulary_list", vocabulary},
                                                       {"dtype", text ? "string" : "int64"},
                                                       {"default_value", default_value},
                                                       {"num_oov_buckets", num_oov_buckets}});
}
Config indicator_column(const Config& categorical) {
  return object_of("IndicatorColumn", {{"categorical_column", categorical}});
}
Config embedding_column(const Config& categorical, std::int64_t dimension, const std::string& combiner) {
  const auto stddev = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, dimension)));
  return object_of(
      "EmbeddingColumn",
      {{"categorical_column", categorical},
       {"dimension", dimension},
       {"combiner", combiner},
       {"initializer",
        object_of("TruncatedNormal", {{"mean", 0.0}, {"stddev", stddev}, {"seed", nullptr}, {"dtype", "float32"}})},
       {"ckpt_to_load_from", nullptr},
       {"tensor_name_in_ckpt", nullptr},
       {"max_norm", nullptr},
       {"trainable", true},
       {"use_safe_embedding_lookup", true}});
}
}  // namespace feature_column

}  // namespace hornbeam

HB_REGISTER(layer_dense_features) { hornbeam::register_builtin<hornbeam::DenseFeaturesLayer>(); }
