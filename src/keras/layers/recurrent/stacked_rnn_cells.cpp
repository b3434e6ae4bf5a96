#include "hornbeam/layers/stacked_rnn_cells.hpp"

#include "keras/layers/recurrent/nested_layer.h"
#include "keras/layers/register.h"

namespace hornbeam {

StackedRNNCellsLayer::StackedRNNCellsLayer(std::vector<CellRef> cells, const StackedRNNCellsOptions& options)
    : RNNCell(options.layer()), cells_(std::move(cells)) {
  check();
}

void StackedRNNCellsLayer::check() {
  if (cells_.empty()) throw ValueError("StackedRNNCells needs at least one cell, received none.");
  track("cells", cells_);
}

std::vector<Shape> StackedRNNCellsLayer::state_size() const {
  std::vector<Shape> sizes;
  for (const auto& cell : cells_) {
    for (auto& size : cell->state_size()) sizes.push_back(std::move(size));
  }
  return sizes;
}

Shape StackedRNNCellsLayer::output_size() const { return cells_.back()->output_size(); }

std::vector<Tensor> StackedRNNCellsLayer::get_initial_state(const Tensor& batch_size, DType dtype) const {
  std::vector<Tensor> states;
  for (const auto& cell : cells_) {
    for (auto& state : cell->get_initial_state(batch_size, dtype)) states.push_back(std::move(state));
  }
  return states;
}

void StackedRNNCellsLayer::build(const Shape& input_shape) {
  auto shape = input_shape;
  for (const auto& cell : cells_) {
    cell->ensure_built({shape});
    std::vector<std::int64_t> dims{input_shape[0]};
    for (const auto d : cell->output_size()) dims.push_back(d);
    shape = Shape(dims);
  }
}

CellStep StackedRNNCellsLayer::step(const Values& x, const std::vector<Tensor>& states, CallContext& context) {
  std::vector<Tensor> constants;
  const auto& tensors = context.options().tensors;
  if (const auto at = tensors.find("constants"); at != tensors.end()) constants = at->second.flatten();

  CellStep result{x, {}};
  auto next = states.begin();
  for (const auto& cell : cells_) {
    const auto end = next + static_cast<std::ptrdiff_t>(cell->state_size().size());
    auto done = cell->run(result.output, {next, end}, constants);
    next = end;
    result.output = std::move(done.output);
    for (auto& state : done.states) result.states.push_back(std::move(state));
  }
  return result;
}

Config StackedRNNCellsLayer::get_config() const {
  auto config = Layer::get_config();
  auto list = Config::list();
  for (const auto& cell : cells_) list.push_back(layers::serialize(*cell));
  return config.set("cells", std::move(list));
}

std::shared_ptr<Layer> StackedRNNCellsLayer::from_config(const Config& config) {
  const auto layer = std::make_shared<StackedRNNCellsLayer>(layer_options_from(config));
  check_unknown_keys(config, kClassName, {"cells"});
  for (const auto& item : config.at("cells").as_list()) layer->cells_.push_back(nested_cell(item, /*stacked=*/true));
  layer->check();
  return layer;
}

}  // namespace hornbeam

HB_REGISTER(layer_stacked_rnn_cells) {
  hornbeam::register_layer(hornbeam::StackedRNNCellsLayer::kClassName, hornbeam::StackedRNNCellsLayer::from_config);
}
