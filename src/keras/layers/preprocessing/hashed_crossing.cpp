#include "hornbeam/layers/hashing.hpp"
#include "hornbeam/ragged_tensor.hpp"
#include "keras/layers/preprocessing/encode.h"
#include "keras/layers/register.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kHashKey = 0xDECAFCAFFE;  // TensorFlow's

std::string received_inputs(const std::vector<Tensor>& tensors) {
  std::string text;
  for (const auto& t : tensors) text += (text.empty() ? "" : ", ") + t.to_string();
  return " Received: inputs=[" + text + "]";
}

void check_crossed(const std::vector<Tensor>& tensors) {
  const auto& first = tensors[0].shape();
  if (!first.has_rank() || first.rank() > 2 || (first.rank() == 2 && first.back() != 1)) {
    throw ValueError("All `HashedCrossing` inputs should have shape `[]`, `[batch_size]` or `[batch_size, 1]`." +
                     received_inputs(tensors));
  }
  for (const auto& t : tensors) {
    if (is_ragged(t))
      throw ValueError("All `HashedCrossing` inputs should be dense tensors." + received_inputs(tensors));
    if (t.shape().rank() != first.rank() || !t.shape().is_compatible_with(first)) {
      throw ValueError("All `HashedCrossing` inputs should have equal shape." + received_inputs(tensors));
    }
    if (t.dtype() == DType::string || is_integer(t.dtype())) continue;
    throw ValueError("All `HashedCrossing` inputs should have an integer or string dtype." + received_inputs(tensors));
  }
}

// As a sparse tensor of one column, filled.
Tensor crossed(const std::vector<Tensor>& columns, std::int64_t bins) {
  std::vector<DType> dtypes;
  bool all_text = true;
  for (const auto& column : columns) {
    dtypes.push_back(column.dtype());
    all_text = all_text && column.dtype() == DType::string;
  }
  const auto sparse = call_op("SparseCross", std::span<const Tensor>(columns),
                              {{"N", std::int64_t{0}},
                               {"hashed_output", true},
                               {"num_buckets", bins},
                               {"hash_key", kHashKey},
                               {"sparse_types", std::vector<DType>{}},
                               {"dense_types", dtypes},
                               {"out_type", DType::int64},
                               {"internal_type", all_text ? DType::string : DType::int64}});
  return call_op1("SparseToDense", {sparse[0], sparse[2], sparse[1], Tensor::scalar(std::int64_t{0})});
}

}  // namespace

HashedCrossingLayer::HashedCrossingLayer(std::int64_t num_bins, const HashedCrossingOptions& options)
    : Layer(with_category_dtype(options.layer(), options.output_mode, false)),
      num_bins_(num_bins),
      output_mode_(options.output_mode),
      sparse_(options.sparse) {
  check();
}

void HashedCrossingLayer::check() {
  check_category_dtype(*this, output_mode_);
  check_allowed("HashedCrossing", "output_mode", output_mode_, {"int", "one_hot"});
  ragged_inputs_ = RaggedInputs::taken;
  autocast_ = false;
}

Values HashedCrossingLayer::call(const Values& inputs, CallContext&) {
  auto columns = inputs.flatten();
  if (!inputs.is_list()) {
    throw ValueError("`HashedCrossing` should be called on a list or tuple of inputs." + received_inputs(columns));
  }
  if (columns.size() < 2) {
    throw ValueError("`HashedCrossing` should be called on at least two inputs." + received_inputs(columns));
  }
  check_crossed(columns);
  const auto rank = columns[0].rank();
  for (auto& column : columns) {
    if (column.dtype() != DType::string) column = ops::cast(column, DType::int64);
    for (auto r = rank; r < 2; ++r) column = ops::expand_dims(column, -1);
  }
  auto bins = crossed(columns, num_bins_);
  bins = ops::reshape(bins, rank == 2 ? Shape{-1, 1} : rank == 1 ? Shape{-1} : Shape{});
  return encoded_categories(bins, {output_mode_, num_bins_, compute_dtype()});
}

}  // namespace hornbeam

HB_REGISTER(layer_hashed_crossing) {
  using namespace hornbeam;
  register_layer(HashedCrossingLayer::kClassName, [](const Config& config) {
    return layer_from_config<HashedCrossingLayer>(with_category_dtype(config, "int", false));
  });
}
