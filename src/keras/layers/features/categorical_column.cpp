#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/features/feature_column.h"
#include "ops/op_def.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kCrossKey = 0xDECAFCAFFE;  // TensorFlow's
constexpr int kMaxNesting = 32;

std::int64_t positive(const Config& config, const char* key) {
  const auto value = config.at(key).as_int();
  if (value < 1) throw ValueError(std::string(key) + " must be at least 1. " + key + ": " + std::to_string(value));
  return value;
}

// [batch, n]
Tensor as_rows(const Tensor& x) {
  if (x.rank() == 1) return ops::expand_dims(x, 1);
  if (x.rank() == 2) return x;
  throw ValueError("categorical columns take inputs of rank 1 or 2, not of the shape " + x.shape().to_string());
}

Tensor none_like(const Tensor& ids) { return ops::ones_like(ids) * Tensor::scalar(std::int64_t{-1}); }

// What stands for nothing: "" and -1.
Tensor is_missing(const Tensor& x) {
  if (x.dtype() == DType::string) return ops::equal(x, Tensor::from<std::string>({}, {std::string()}));
  return ops::equal(ops::cast(x, DType::int64), Tensor::scalar(std::int64_t{-1}));
}

Tensor read_rows(const Values& inputs, const std::string& key, bool text) {
  const auto x = as_rows(feature(inputs, key));
  if ((x.dtype() == DType::string) != text || is_floating(x.dtype())) {
    throw ValueError("Column dtype and SparseTensors dtype must be compatible. key: " + key + ", column dtype: " +
                     (text ? "string" : "int64") + ", tensor dtype: " + std::string(name_of(x.dtype())));
  }
  return text ? x : ops::cast(x, DType::int64);
}

Tensor hashed(const Tensor& x, std::int64_t buckets) {
  const auto words = x.dtype() == DType::string ? x : call_op1("AsString", {x});
  return call_op1("StringToHashBucketFast", {words}, {{"num_buckets", buckets}});
}

class IdentityCategories final : public CategoricalColumn {
 public:
  explicit IdentityCategories(const Config& c) : key_(c.at("key").as_string()), count_(positive(c, "number_buckets")) {
    if (const auto* value = c.find("default_value"); value && !value->is_null()) default_ = value->as_int();
    if (default_ && (*default_ < 0 || *default_ >= count_)) {
      throw ValueError("default_value " + std::to_string(*default_) + " not in range [0, " + std::to_string(count_) +
                       "), column_name " + key_);
    }
  }
  std::string name() const override { return key_; }
  std::int64_t categories() const override { return count_; }
  Tensor ids(const Values& inputs) const override {
    const auto x = read_rows(inputs, key_, /*text=*/false);
    if (!default_) return x;
    const auto known =
        ops::logical_and(ops::greater_equal(x, Tensor::scalar(std::int64_t{0})), ops::less(x, Tensor::scalar(count_)));
    const auto instead = ops::where(is_missing(x), x, ops::zeros_like(x) + Tensor::scalar(*default_));
    return ops::where(known, x, instead);
  }

 private:
  std::string key_;
  std::int64_t count_;
  std::optional<std::int64_t> default_;
};

class HashedCategories final : public CategoricalColumn {
 public:
  explicit HashedCategories(const Config& c)
      : key_(c.at("key").as_string()),
        count_(positive(c, "hash_bucket_size")),
        text_(c.get_string("dtype", "string") == "string") {}
  std::string name() const override { return key_; }
  std::int64_t categories() const override { return count_; }
  Tensor ids(const Values& inputs) const override {
    const auto x = read_rows(inputs, key_, text_);
    const auto found = hashed(x, count_);
    return ops::where(is_missing(x), none_like(found), found);
  }

 private:
  std::string key_;
  std::int64_t count_;
  bool text_;
};

class VocabularyCategories final : public CategoricalColumn {
 public:
  explicit VocabularyCategories(const Config& c) : key_(c.at("key").as_string()) {
    const auto& list = c.at("vocabulary_list").as_list();
    if (list.empty()) throw ValueError("vocabulary_list must be non-empty, column_name: " + key_);
    text_ = list[0].is_string();
    size_ = static_cast<std::int64_t>(list.size());
    std::vector<std::string> words;
    std::vector<std::int64_t> numbers;
    for (const auto& item : list) {
      if (text_) {
        words.push_back(item.as_string());
      } else {
        numbers.push_back(item.as_int());
      }
    }
    vocabulary_ = text_ ? Tensor::from<std::string>({size_}, words) : Tensor::from<std::int64_t>({size_}, numbers);
    if (const auto* value = c.find("num_oov_buckets"); value && !value->is_null()) oov_ = value->as_int();
    if (const auto* value = c.find("default_value"); value && !value->is_null()) default_ = value->as_int();
    if (oov_ < 0) throw ValueError("Invalid num_oov_buckets " + std::to_string(oov_) + " in " + key_ + ".");
    if (oov_ > 0 && default_ != -1) {
      throw ValueError("Can't specify both num_oov_buckets and default_value in " + key_ + ".");
    }
  }
  std::string name() const override { return key_; }
  std::int64_t categories() const override { return size_ + oov_; }
  Tensor ids(const Values& inputs) const override {
    const auto x = read_rows(inputs, key_, text_);
    const auto same = ops::cast(ops::equal(ops::expand_dims(x, 2), vocabulary_), DType::int64);
    const auto places = ops::range(1, size_ + 1, 1, DType::int64);
    const auto found = ops::reduce_sum(same * places, std::vector<std::int64_t>{2}) - Tensor::scalar(std::int64_t{1});
    auto other = none_like(found) * Tensor::scalar(-default_);
    if (oov_ > 0) other = hashed(x, oov_) + Tensor::scalar(size_);
    const auto known = ops::greater_equal(found, Tensor::scalar(std::int64_t{0}));
    return ops::where(known, found, ops::where(is_missing(x), none_like(found), other));
  }

 private:
  std::string key_;
  bool text_ = true;
  Tensor vocabulary_;
  std::int64_t size_ = 0, oov_ = 0, default_ = -1;
};

class BucketCategories final : public CategoricalColumn {
 public:
  explicit BucketCategories(const Config& object) : source_(object) {}
  std::string name() const override { return source_.name(); }
  std::int64_t categories() const override { return source_.buckets() * source_.source.size; }
  Tensor ids(const Values& inputs) const override {
    const auto n = source_.source.size;
    return source_.bins(inputs) + ops::range(0, n, 1, DType::int64) * Tensor::scalar(source_.buckets());
  }

 private:
  BucketizedSource source_;
};

// Hashes of all combinations. Columns come before plain keys, as TensorFlow has sparse inputs before dense ones.
class CrossedCategories final : public CategoricalColumn {
 public:
  CrossedCategories(const Config& c, int depth) : count_(positive(c, "hash_bucket_size")) {
    if (const auto* key = c.find("hash_key"); key && !key->is_null()) hash_key_ = key->as_int();
    add_keys(c.at("keys"), depth);
    if (columns_.size() + keys_.size() < 2) throw ValueError("keys must be a list with length > 1.");
  }
  std::string name() const override {
    auto names = keys_;
    for (const auto& column : columns_) names.push_back(column->name());
    std::ranges::sort(names);
    std::string joined;
    for (const auto& n : names) joined += (joined.empty() ? "" : "_X_") + n;
    return joined;
  }
  std::int64_t categories() const override { return count_; }
  Tensor ids(const Values& inputs) const override {
    std::vector<Tensor> parts;
    std::vector<DType> dtypes;
    std::int64_t width = 1;
    for (const auto& column : columns_) parts.push_back(column->ids(inputs));
    for (const auto& key : keys_) {
      const auto x = as_rows(feature(inputs, key));
      parts.push_back(x.dtype() == DType::string ? x : ops::cast(x, DType::int64));
    }
    for (const auto& part : parts) {
      dtypes.push_back(part.dtype());
      const auto n = part.shape()[1];
      if (n < 0 || (n > 0 && width > (std::int64_t{1} << 40) / n)) {
        throw ValueError("crossed columns need inputs of a known, small width. Received: " + part.shape().to_string());
      }
      width *= n;
    }
    const auto sparse = call_op("SparseCross", std::span<const Tensor>(parts),
                                {{"N", std::int64_t{0}},
                                 {"hashed_output", true},
                                 {"num_buckets", count_},
                                 {"hash_key", hash_key_},
                                 {"sparse_types", std::vector<DType>{}},
                                 {"dense_types", dtypes},
                                 {"out_type", DType::int64},
                                 {"internal_type", DType::int64}});
    return ops::reshape(sparse[1], {None, width});
  }

 private:
  void add_keys(const Config& keys, int depth) {
    if (depth > kMaxNesting) throw ValueError("feature columns are nested too deep");
    for (const auto& key : keys.as_list()) {
      if (key.is_string()) {
        keys_.push_back(key.as_string());
      } else if (column_class(key) == "CrossedColumn") {
        add_keys(column_config(key).at("keys"), depth + 1);
      } else if (column_class(key) == "BucketizedColumn") {
        columns_.push_back(std::make_shared<BucketCategories>(key));
      } else {
        throw NotImplementedError("crosses of a " + column_class(key) + " are not yet supported");
      }
    }
  }
  std::int64_t count_, hash_key_ = kCrossKey;
  std::vector<std::string> keys_;
  std::vector<std::shared_ptr<const CategoricalColumn>> columns_;
};

}  // namespace

std::shared_ptr<const CategoricalColumn> categorical_column(const Config& object) {
  const auto& kind = column_class(object);
  const auto& config = column_config(object);
  if (kind == "IdentityCategoricalColumn") return std::make_shared<IdentityCategories>(config);
  if (kind == "HashedCategoricalColumn") return std::make_shared<HashedCategories>(config);
  if (kind == "VocabularyListCategoricalColumn") return std::make_shared<VocabularyCategories>(config);
  if (kind == "BucketizedColumn") return std::make_shared<BucketCategories>(object);
  if (kind == "CrossedColumn") return std::make_shared<CrossedCategories>(config, 0);
  throw NotImplementedError("the feature column " + kind + " is not yet supported");
}

}  // namespace hornbeam
