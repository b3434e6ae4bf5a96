// ParseExample and ParseExampleV2: features of serialized tf.train.Examples as dense, sparse and ragged tensors.
#include <algorithm>
#include <optional>

#include "base/checked_math.h"
#include "ops/shape_math.h"
#include "ops/text/example.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

const char* kind_of(const ExampleFeature& feature) {
  constexpr const char* kNames[] = {"invalid", "string", "float", "int64"};
  return kNames[feature.index()];
}

std::size_t count_of(const ExampleFeature& feature) {
  return std::visit(
      [](const auto& list) -> std::size_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(list)>, std::monostate>) {
          return 0;
        } else {
          return list.size();
        }
      },
      feature);
}

bool holds(const ExampleFeature& feature, DType dtype) {
  return (dtype == DType::string && feature.index() == 1) || (dtype == DType::float32 && feature.index() == 2) ||
         (dtype == DType::int64 && feature.index() == 3);
}

void copy_values(const ExampleFeature& feature, Tensor& to, std::int64_t at) {
  const auto place = static_cast<std::size_t>(at);
  if (const auto* texts = std::get_if<1>(&feature)) {
    for (std::size_t i = 0; i < texts->size(); ++i) {
      to.mutable_data<std::string>()[place + i] = std::string((*texts)[i]);
    }
  } else if (const auto* floats = std::get_if<2>(&feature)) {
    std::ranges::copy(*floats, to.mutable_data<float>().begin() + at);
  } else if (const auto* integers = std::get_if<3>(&feature)) {
    std::ranges::copy(*integers, to.mutable_data<std::int64_t>().begin() + at);
  }
}

// Elements [from, from + count) of `values`, which is one element or as many, to those of `out` behind `at`.
void copy_default(const Tensor& values, Tensor& out, std::int64_t at, std::int64_t count) {
  const auto copy = [&]<class T>(T) {
    const auto x = values.data<T>();
    auto y = out.mutable_data<T>();
    for (std::int64_t i = 0; i < count; ++i) {
      y[static_cast<std::size_t>(at + i)] = x[x.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    }
  };
  if (out.dtype() == DType::string) return copy(std::string());
  if (out.dtype() == DType::float32) return copy(0.0F);
  copy(std::int64_t{0});
}

// What is asked for of each example, by one name.
class Column {
 public:
  Column(std::string key, DType dtype) : key_(std::move(key)), dtype_(dtype) {
    if (dtype != DType::string && dtype != DType::float32 && dtype != DType::int64) {
      throw InvalidArgumentError("ParseExample gives float32, int64 and string, not " + std::string(name_of(dtype)));
    }
  }

  void read(const ExampleFeatures& features, std::size_t example) {
    rows_.emplace_back();
    const auto it = features.find(key_);
    if (it == features.end()) return;
    if (!parse_feature(it->second, rows_.back())) {
      throw InvalidArgumentError("Could not parse example input, feature '" + key_ + "' of example " +
                                 std::to_string(example));
    }
    if (rows_.back().index() == 0 || holds(rows_.back(), dtype_)) return;
    throw InvalidArgumentError("Key: " + key_ + ".  Data types don't match. Expected type: " +
                               (dtype_ == DType::float32 ? "float" : std::string(name_of(dtype_))) +
                               ", Actual type: " + kind_of(rows_.back()));
  }

  const std::string& key() const { return key_; }
  DType dtype() const { return dtype_; }
  const std::vector<ExampleFeature>& rows() const { return rows_; }
  std::int64_t total() const {
    std::int64_t all = 0;
    for (const auto& row : rows_) all += static_cast<std::int64_t>(count_of(row));
    return all;
  }
  std::int64_t longest() const {
    std::size_t most = 0;
    for (const auto& row : rows_) most = std::max(most, count_of(row));
    return static_cast<std::int64_t>(most);
  }
  // All values one after the other.
  Tensor values() const {
    auto out = Tensor::empty(dtype_, {total()});
    std::int64_t at = 0;
    for (const auto& row : rows_) {
      copy_values(row, out, at);
      at += static_cast<std::int64_t>(count_of(row));
    }
    return out;
  }

 private:
  std::string key_;
  DType dtype_;
  std::vector<ExampleFeature> rows_;
};

// `batch`: false where one example alone is parsed, whose results have no dim of examples.
Tensor dense_of(const Column& column, const Shape& shape, const Tensor& fallback, bool batch) {
  if (!shape.has_rank()) throw InvalidArgumentError("dense_shapes: a shape of unknown rank");
  const bool growing = shape.rank() > 0 && shape[0] < 0;
  std::int64_t inner = 1;
  for (std::size_t i = growing ? 1 : 0; i < shape.rank(); ++i) {
    const auto size = shape[i] < 0 ? std::nullopt : base::checked_mul(inner, shape[i]);
    if (!size) throw InvalidArgumentError("dense_shapes: only the first dim may be unknown, and not all be so large");
    inner = *size;
  }
  if (fallback.dtype() != column.dtype()) throw InvalidArgumentError("dense_defaults are of other dtypes than Tdense");
  auto dims = shape.dims();
  if (growing) {
    if (inner == 0) throw InvalidArgumentError("dense_shapes: no dim but the first may be 0 or unknown");
    dims[0] = column.longest() / inner + (column.longest() % inner != 0);
  }
  const auto each = growing ? dims[0] * inner : inner;
  if (batch) dims.insert(dims.begin(), static_cast<std::int64_t>(column.rows().size()));
  check_output_size(dims, column.dtype(), "ParseExample");
  auto out = Tensor::empty(column.dtype(), Shape(dims));
  std::int64_t at = 0;
  for (std::size_t i = 0; i < column.rows().size(); ++i, at += each) {
    const auto& row = column.rows()[i];
    const auto count = static_cast<std::int64_t>(count_of(row));
    const auto where = "Name: <unknown>, Key: " + column.key() + ", Index: " + std::to_string(i) + ".  ";
    if (growing) {
      if (count % inner != 0) {
        throw InvalidArgumentError(where + "Number of values is not a multiple of stride length. values size: " +
                                   std::to_string(count) + " but output shape: " + shape.to_string());
      }
      if (fallback.num_elements() > 1) throw InvalidArgumentError("dense_defaults of a growing dim must be a scalar");
      copy_values(row, out, at);
      if (fallback.num_elements() == 1) {
        copy_default(fallback, out, at + count, each - count);
      } else if (count < each) {
        copy_default(Tensor::zeros(column.dtype(), {1}), out, at + count, each - count);
      }
    } else if (row.index() == 0) {
      if (fallback.num_elements() == 0 && each > 0) {
        throw InvalidArgumentError("Name: <unknown>, Feature: " + column.key() + " (data type: " +
                                   (column.dtype() == DType::float32 ? "float" : std::string(name_of(column.dtype()))) +
                                   ") is required but could not be found.");
      }
      if (fallback.num_elements() != 1 && fallback.num_elements() != each) {
        throw InvalidArgumentError("dense_defaults of '" + column.key() + "' are not of its shape");
      }
      copy_default(fallback, out, at, each);
    } else {
      if (count != each) {
        throw InvalidArgumentError(where + "Number of " + (column.dtype() == DType::string ? "bytes" : kind_of(row)) +
                                   " values != expected.  values size: " + std::to_string(count) +
                                   " but output shape: " + shape.to_string());
      }
      copy_values(row, out, at);
    }
  }
  return out;
}

Tensor sparse_indices_of(const Column& column, bool batch) {
  auto out = Tensor::empty(DType::int64, {column.total(), batch ? 2 : 1});
  auto* y = out.mutable_data<std::int64_t>().data();
  for (std::size_t i = 0; i < column.rows().size(); ++i) {
    const auto count = static_cast<std::int64_t>(count_of(column.rows()[i]));
    for (std::int64_t k = 0; k < count; ++k) {
      if (batch) *y++ = static_cast<std::int64_t>(i);
      *y++ = k;
    }
  }
  return out;
}

Tensor row_splits_of(const Column& column, DType dtype) {
  std::vector<std::int64_t> splits{0};
  for (const auto& row : column.rows()) splits.push_back(splits.back() + static_cast<std::int64_t>(count_of(row)));
  return int_vector(dtype, splits);
}

std::vector<Column> columns_of_keys(std::vector<std::string> keys, const std::vector<DType>& dtypes) {
  if (keys.size() != dtypes.size()) throw InvalidArgumentError("ParseExample: a key for each type is needed");
  std::vector<Column> columns;
  for (std::size_t i = 0; i < keys.size(); ++i) columns.emplace_back(std::move(keys[i]), dtypes[i]);
  return columns;
}

struct ExampleColumns {
  std::vector<Column> sparse, dense, ragged;
  std::vector<DType> split_types;

  std::vector<Tensor> parse(const Tensor& serialized, const std::vector<Shape>& shapes,
                            std::span<const Tensor> defaults) {
    if (serialized.rank() > 1) throw InvalidArgumentError("serialized must be a scalar or a vector");
    if (shapes.size() != dense.size() || defaults.size() != dense.size()) {
      throw InvalidArgumentError("ParseExample: a shape and a default for each dense key are needed");
    }
    const bool batch = serialized.rank() == 1;
    const auto examples = serialized.data<std::string>();
    for (std::size_t i = 0; i < examples.size(); ++i) {
      ExampleFeatures features;
      if (!parse_example(examples[i], features)) {
        throw InvalidArgumentError("Could not parse example input, value: '" + examples[i].substr(0, 100) + "'");
      }
      for (auto* columns : {&sparse, &dense, &ragged}) {
        for (auto& column : *columns) column.read(features, i);
      }
    }
    std::vector<Tensor> outputs;
    for (const auto& column : sparse) outputs.push_back(sparse_indices_of(column, batch));
    for (const auto& column : sparse) outputs.push_back(column.values());
    for (const auto& column : sparse) {
      std::vector<std::int64_t> shape{column.longest()};
      if (batch) shape.insert(shape.begin(), static_cast<std::int64_t>(examples.size()));
      outputs.push_back(int_vector(DType::int64, shape));
    }
    for (std::size_t i = 0; i < dense.size(); ++i) outputs.push_back(dense_of(dense[i], shapes[i], defaults[i], batch));
    for (const auto& column : ragged) outputs.push_back(column.values());
    for (std::size_t i = 0; i < ragged.size(); ++i) {
      outputs.push_back(batch ? row_splits_of(ragged[i], split_types[i]) : int_vector(split_types[i], {}));
    }
    return outputs;
  }
};

std::vector<std::string> texts_of(const Tensor& keys) {
  const auto texts = keys.data<std::string>();
  return {texts.begin(), texts.end()};
}

std::vector<Tensor> parse_example_v2(const Attrs& attrs, std::span<const Tensor> inputs) {
  ExampleColumns columns{columns_of_keys(texts_of(inputs[2]), attrs.types("sparse_types")),
                         columns_of_keys(texts_of(inputs[3]), attrs.types("Tdense")),
                         columns_of_keys(texts_of(inputs[4]), attrs.types("ragged_value_types")),
                         attrs.types("ragged_split_types")};
  if (columns.ragged.size() != columns.split_types.size()) {
    throw InvalidArgumentError("ragged_value_types and ragged_split_types must have as many elements");
  }
  if (static_cast<std::size_t>(attrs.i("num_sparse")) != columns.sparse.size()) {
    throw InvalidArgumentError("num_sparse must be the number of sparse_keys");
  }
  return columns.parse(inputs[0], attrs.shapes("dense_shapes"), inputs.subspan(5));
}

std::vector<Tensor> parse_example_v1(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto sparse = static_cast<std::size_t>(attrs.i("Nsparse")), dense = static_cast<std::size_t>(attrs.i("Ndense"));
  if (inputs.size() != 2 + sparse + 2 * dense || inputs[0].rank() != 1) {
    throw InvalidArgumentError("ParseExample takes a vector of examples, and as many keys as it says");
  }
  const auto keys = [&](std::size_t from, std::size_t count) {
    std::vector<std::string> names;
    for (const auto& key : inputs.subspan(from, count)) {
      if (key.rank() != 0) throw InvalidArgumentError("ParseExample: keys must be scalars");
      names.push_back(key.data<std::string>()[0]);
    }
    return names;
  };
  ExampleColumns columns{columns_of_keys(keys(2, sparse), attrs.types("sparse_types")),
                         columns_of_keys(keys(2 + sparse, dense), attrs.types("Tdense")),
                         {},
                         {}};
  return columns.parse(inputs[0], attrs.shapes("dense_shapes"), inputs.subspan(2 + sparse + dense));
}

std::vector<Shape> parse_example_shape(const ShapeContext& c) {
  const auto& serialized = c.shape(0);
  const auto sparse = c.attrs().types("sparse_types").size();
  const auto& shapes = c.attrs().shapes("dense_shapes");
  if (!serialized.has_rank()) {
    const auto ragged = c.attrs().has("ragged_value_types") ? 2 * c.attrs().types("ragged_value_types").size() : 0;
    return std::vector<Shape>(3 * sparse + shapes.size() + ragged, Shape::unknown());
  }
  const auto rank = static_cast<std::int64_t>(serialized.rank()) + 1;
  std::vector<Shape> out;
  for (std::size_t i = 0; i < sparse; ++i) out.push_back(Shape{None, rank});
  for (std::size_t i = 0; i < sparse; ++i) out.push_back(Shape{None});
  for (std::size_t i = 0; i < sparse; ++i) out.push_back(Shape{rank});
  for (const auto& shape : shapes) {
    if (!shape.has_rank()) {
      out.push_back(Shape::unknown());
      continue;
    }
    Shape one = serialized;
    for (const auto d : shape.dims()) one.push_back(d);
    out.push_back(one);
  }
  if (!c.attrs().has("ragged_value_types")) return out;
  const auto ragged = c.attrs().types("ragged_value_types").size();
  for (std::size_t i = 0; i < 2 * ragged; ++i) out.push_back(Shape{None});
  return out;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(parse_example) {
  using namespace hornbeam;
  add_op(OpDef("ParseExample")
             .input("serialized: string")
             .input("names: string")
             .input("sparse_keys: Nsparse * string")
             .input("dense_keys: Ndense * string")
             .input("dense_defaults: Tdense")
             .output("sparse_indices: Nsparse * int64")
             .output("sparse_values: sparse_types")
             .output("sparse_shapes: Nsparse * int64")
             .output("dense_values: Tdense")
             .attr("Nsparse: int")
             .attr("Ndense: int")
             .attr("sparse_types: list(type)")
             .attr("Tdense: list(type)")
             .attr("dense_shapes: list(shape)")
             .shape(parse_example_shape)
             .dynamic(parse_example_v1)
             .no_gradient());
  add_op(OpDef("ParseExampleV2")
             .input("serialized: string")
             .input("names: string")
             .input("sparse_keys: string")
             .input("dense_keys: string")
             .input("ragged_keys: string")
             .input("dense_defaults: Tdense")
             .output("sparse_indices: num_sparse * int64")
             .output("sparse_values: sparse_types")
             .output("sparse_shapes: num_sparse * int64")
             .output("dense_values: Tdense")
             .output("ragged_values: ragged_value_types")
             .output("ragged_row_splits: ragged_split_types")
             .attr("Tdense: list(type)")
             .attr("num_sparse: int")
             .attr("sparse_types: list(type)")
             .attr("ragged_value_types: list(type)")
             .attr("ragged_split_types: list(type)")
             .attr("dense_shapes: list(shape)")
             .shape(parse_example_shape)
             .dynamic(parse_example_v2)
             .no_gradient());
}
