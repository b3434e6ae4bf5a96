// Feature columns: what each makes of a dict of inputs. A categorical one gives the categories of each row, where -1
// means none; dense ones numbers.
#pragma once

#include <memory>
#include <string>

#include "hornbeam/config.hpp"
#include "hornbeam/layer.hpp"

namespace hornbeam {

// The part of a dict of inputs that a column reads. Throws ValueError when the key is not there.
Tensor feature(const Values& inputs, const std::string& key);

class CategoricalColumn {
 public:
  virtual ~CategoricalColumn() = default;
  virtual std::string name() const = 0;
  virtual std::int64_t categories() const = 0;
  // int64 [batch, n], -1 where there is no category.
  virtual Tensor ids(const Values& inputs) const = 0;
};
// Throws ValueError, or NotImplementedError for kinds that are not here.
std::shared_ptr<const CategoricalColumn> categorical_column(const Config& object);

class FeatureColumn {
 public:
  virtual ~FeatureColumn() = default;
  virtual std::string name() const = 0;
  // Where the column has a weight: its shape and initializer.
  struct Weight {
    Shape shape;
    Config initializer;
    bool trainable = true;
  };
  virtual std::optional<Weight> weight() const { return std::nullopt; }
  // float32 [batch, size]
  virtual Tensor values(const Values& inputs, const Variable& weight) const = 0;
};
std::shared_ptr<const FeatureColumn> feature_column_of(const Config& object);

// {"class_name", "config"} of a column. Throws ValueError.
const std::string& column_class(const Config& object);
const Config& column_config(const Config& object);

// NumericColumn, as BucketizedColumn has it for its source.
struct NumericColumn {
  explicit NumericColumn(const Config& object);
  // [batch, size]
  Tensor flat(const Values& inputs) const;
  std::string key;
  std::int64_t size = 1;
};
struct BucketizedSource {
  explicit BucketizedSource(const Config& object);
  std::int64_t buckets() const { return static_cast<std::int64_t>(boundaries.size()) + 1; }
  std::string name() const { return source.key + "_bucketized"; }
  // int64 [batch, size], each from 0 to buckets() - 1
  Tensor bins(const Values& inputs) const;
  NumericColumn source;
  std::vector<float> boundaries;
};

}  // namespace hornbeam
