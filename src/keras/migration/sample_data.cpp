#include "keras/migration/sample_data.h"

#include "hornbeam/ops.hpp"
#include "hornbeam/training.hpp"
#include "keras/training/trainer.h"

namespace hornbeam {
namespace {

Tensor random_array(const Shape& shape, DType dtype, std::int64_t limit, std::int64_t which) {
  if (dtype == DType::string) throw NotImplementedError("no strings are made up: give the data");
  if (is_floating(dtype)) return ops::cast(made_up_uniform(shape, which), dtype);
  if (limit <= 1) return Tensor::zeros(dtype, shape);
  return ops::cast(ops::floor(made_up_uniform(shape, which) * static_cast<double>(limit)), dtype);
}

bool takes_class_numbers(const std::string& loss) {
  return loss.find("sparse") != std::string::npos || loss == "categorical_generalized_cross_entropy";
}

// Labels are others than inputs of the same place.
constexpr std::int64_t kLabels = 1000;

}  // namespace

Tensor made_up_uniform(const Shape& shape, std::int64_t which) {
  return ops::stateless_uniform(Tensor::from<std::int64_t>({static_cast<std::int64_t>(shape.rank())}, shape.dims()),
                                Tensor::from<std::int64_t>({2}, {which, 1}));
}

Shape concrete_shape(Shape shape, std::int64_t batch) {
  constexpr std::int64_t kUnknownDim = 32;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) shape[i] = i == 0 ? batch : kUnknownDim;
  }
  return shape;
}

Values random_arrays(const Values& symbolic, std::int64_t batch) {
  std::vector<Tensor> arrays;
  for (const auto& t : symbolic.flatten()) {
    auto shape = concrete_shape(t.shape(), batch);
    if (shape.rank() > 0) shape[0] = batch;
    arrays.push_back(random_array(shape, t.dtype(), 1, static_cast<std::int64_t>(arrays.size())));
  }
  return symbolic.pack_like(arrays);
}

Values random_labels(const Model& model, std::int64_t rows) {
  const auto outputs = model.symbolic_outputs();
  const auto tasks = training::match_outputs(model.trainer().options(), model.output_names());
  auto labels = random_arrays(outputs, rows).flatten();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& loss = tasks.at(i).loss;
    if (!loss || !takes_class_numbers(loss->name())) continue;
    auto shape = labels[i].shape().dims();
    const auto classes = shape.back();
    shape.back() = 1;
    labels[i] = random_array(Shape(shape), DType::int32, classes, kLabels + static_cast<std::int64_t>(i));
  }
  return outputs.pack_like(labels);
}

}  // namespace hornbeam
