// Which layer classes are Keras's own, whether they are here or not.
#pragma once

#include <string_view>

namespace hornbeam {

bool is_layer_of_keras(std::string_view class_name);

}  // namespace hornbeam
