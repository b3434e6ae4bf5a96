// Which layer classes are Keras's own, whether they are here or not.
#pragma once

#include <string>
#include <string_view>

namespace hornbeam {

bool is_layer_of_keras(std::string_view class_name);
// The name of the class in Python, which for one layer is not the one it is exported by: H5 files of Keras 3 and groups
// of v3 files have it.
std::string python_class_name(std::string_view class_name);

}  // namespace hornbeam
