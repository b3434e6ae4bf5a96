#include "keras/serialization/keras_layer_names.h"

#include <algorithm>

namespace hornbeam {
namespace {

constexpr std::string_view kLayersOfKeras[] = {
#include "keras/serialization/keras_layer_names.inc"
};

}  // namespace

bool is_layer_of_keras(std::string_view class_name) {
  return std::ranges::find(kLayersOfKeras, class_name) != std::end(kLayersOfKeras);
}

std::string python_class_name(std::string_view class_name) {
  return std::string(class_name == "GroupQueryAttention" ? "GroupedQueryAttention" : class_name);
}

}  // namespace hornbeam
