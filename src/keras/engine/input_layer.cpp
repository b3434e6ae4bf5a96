#include "hornbeam/fields.hpp"
#include "hornbeam/model.hpp"
#include "keras/engine/keras_tensor.h"
#include "keras/engine/names.h"

namespace hornbeam {
namespace {

// As in tf.keras: dims up to the last one that is not known are ragged. Without any the input is a plain tensor.
std::size_t last_open_dim(const Shape& batch_shape) {
  std::size_t last = 0;
  for (std::size_t i = 1; i < batch_shape.rank(); ++i) last = batch_shape[i] < 0 ? i : last;
  return last;
}

}  // namespace

InputLayer::InputLayer(const Shape& batch_shape, DType dtype, const std::string& name, bool sparse, bool ragged,
                       bool optional)
    : Layer(LayerOptions{.name = name, .dtype = std::string(name_of(dtype)), .batch_input_shape = batch_shape}),
      sparse_(sparse),
      ragged_(ragged),
      optional_(optional) {
  set_built(true);
  autocast_ = false;
  supports_masking_ = true;
  ragged_inputs_ = RaggedInputs::taken;
}

Tensor InputLayer::create(const Shape& batch_shape, DType dtype, const std::string& name, bool sparse, bool ragged,
                          bool optional) {
  auto layer = std::make_shared<InputLayer>(batch_shape, dtype, name, sparse, ragged, optional);
  auto node = std::make_shared<KerasNode>();
  node->layer = layer;
  node->output_structure = Values(Tensor(std::make_shared<TensorImpl>(dtype, batch_shape)));
  LayerAccess::add_node(*layer, node);
  return make_keras_tensor(dtype, batch_shape, node, 0, /*has_mask=*/false, ragged ? last_open_dim(batch_shape) : 0);
}

Tensor InputLayer::create_like(const InputLayer& layer) {
  return create(*layer.batch_input_shape(), layer.compute_dtype(), layer.name(), layer.sparse_, layer.ragged_,
                layer.optional_);
}

Tensor Input(const Shape& shape, const InputOptions& options) {
  std::vector<std::int64_t> dims{options.batch_size.value_or(None)};
  dims.insert(dims.end(), shape.begin(), shape.end());
  const auto dtype = dtype_from_name(options.dtype.empty() ? backend::floatx() : options.dtype);
  const auto name = options.name ? *options.name : "input_" + std::to_string(next_input_number());
  return InputLayer::create(Shape(std::move(dims)), dtype, name, options.sparse, options.ragged);
}

Config InputLayer::get_config() const {
  Config config{{"batch_input_shape", field_to_config(*batch_input_shape())},
                {"dtype", dtype_policy()},
                {"sparse", sparse_},
                {"ragged", ragged_},
                {"name", name()}};
  if (optional_) config.set("optional", true);
  return config;
}

}  // namespace hornbeam
