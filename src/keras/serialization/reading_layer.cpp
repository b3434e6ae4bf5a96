#include "keras/serialization/reading_layer.h"

namespace hornbeam {
namespace {

constexpr std::size_t kLongestName = 100;
thread_local const ReadingLayer* innermost_layer = nullptr;

}  // namespace

ReadingLayer::ReadingLayer(const Config& config) : config_(config), outer_(innermost_layer) { innermost_layer = this; }
ReadingLayer::~ReadingLayer() { innermost_layer = outer_; }

std::string ReadingLayer::name() {
  for (const auto* layer = innermost_layer; layer; layer = layer->outer_) {
    if (!layer->config_.is_dict()) continue;
    const auto* name = layer->config_.find("name");
    if (name && name->is_string()) return name->as_string().substr(0, kLongestName);
  }
  return "";
}

std::string of_which_layer() {
  const auto name = ReadingLayer::name();
  return name.empty() ? "" : " It is of the layer '" + name + "'.";
}

}  // namespace hornbeam
