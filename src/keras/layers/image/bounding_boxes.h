// Bounding boxes in the formats of keras.utils.bounding_boxes.
#pragma once

#include <string>

#include "hornbeam/values.hpp"

namespace hornbeam {

// The dict of float32 "boxes" and "labels". Throws ValueError in Keras's words when it is none.
Values checked_boxes(const Values& boxes);

// Boxes [..., 4] of one format in another, as float32. `height` and `width` are floats that broadcast against [..., 1].
// Formats: "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh".
// Throws ValueError in Keras's words.
Tensor convert_boxes(const Tensor& boxes, const std::string& source, const std::string& target, const Tensor& height,
                     const Tensor& width);

// Within the image (`relative`: within 0 and 1); the label of a box of which nothing is left becomes -1.
Values clip_boxes(const Tensor& boxes, const Tensor& labels, const Tensor& height, const Tensor& width,
                  bool relative = false);

}  // namespace hornbeam
