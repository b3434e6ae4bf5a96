#include "keras/layers/image/bounding_boxes.h"

#include <algorithm>
#include <array>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"
#include "keras/layers/data_format.h"

namespace hornbeam {
namespace {

constexpr std::array<std::string_view, 9> kFormats{"xyxy",     "yxyx",     "xywh",     "center_xywh",    "center_yxhw",
                                                   "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"};

std::string known_format(const std::string& name) {
  auto lower = lower_case(name);
  if (std::find(kFormats.begin(), kFormats.end(), lower) != kFormats.end()) return lower;
  std::string all;
  for (const auto format : kFormats) all += (all.empty() ? "'" : ", '") + std::string(format) + "'";
  throw ValueError("Invalid source or target format. Supported formats: (" + all + ")");
}

Tensor joined(const std::array<Tensor, 4>& parts) { return ops::concat({parts.begin(), parts.end()}, -1); }

Tensor to_xyxy(const Tensor& boxes, std::string_view format) {
  const auto p = ops::split(boxes, 4, -1);
  if (format == "yxyx") return joined({p[1], p[0], p[3], p[2]});
  if (format == "xywh") return joined({p[0], p[1], p[0] + p[2], p[1] + p[3]});
  if (format == "center_xywh" || format == "center_yxhw") {
    const std::size_t x = format == "center_xywh" ? 0 : 1, y = 1 - x;
    const auto half_w = p[2 + x] / 2.0F, half_h = p[2 + y] / 2.0F;
    return joined({p[x] - half_w, p[y] - half_h, p[x] + half_w, p[y] + half_h});
  }
  return boxes;
}

Tensor from_xyxy(const Tensor& boxes, std::string_view format) {
  const auto p = ops::split(boxes, 4, -1);
  if (format == "yxyx") return joined({p[1], p[0], p[3], p[2]});
  if (format == "xyxy") return boxes;
  const auto w = p[2] - p[0], h = p[3] - p[1];
  if (format == "xywh") return joined({p[0], p[1], w, h});
  const auto x = p[0] + w / 2.0F, y = p[1] + h / 2.0F;
  return format == "center_xywh" ? joined({x, y, w, h}) : joined({y, x, h, w});
}

// Coordinates as shares of the image, or back.
Tensor scaled(const Tensor& xyxy, const Tensor& height, const Tensor& width, bool to_shares) {
  const auto p = ops::split(xyxy, 4, -1);
  const auto by = [&](const Tensor& x, const Tensor& size) { return to_shares ? x / size : x * size; };
  return joined({by(p[0], width), by(p[1], height), by(p[2], width), by(p[3], height)});
}

}  // namespace

Values checked_boxes(const Values& boxes) {
  if (!boxes.is_dict() || !boxes.dict().contains("boxes") || !boxes.dict().contains("labels")) {
    throw ValueError("Expected `bounding_boxes` agurment to be a dict with keys 'boxes' and 'labels'.");
  }
  const auto b = boxes["boxes"].tensor(), labels = boxes["labels"].tensor();
  const auto rank = b.rank();
  if (rank != 2 && rank != 3) {
    throw ValueError(
        "Expected `bounding_boxes['boxes']` to have rank 2 or 3, with shape (num_boxes, 4) or (batch_size, num_boxes, "
        "4). Received: bounding_boxes['boxes'].shape=" +
        b.shape().to_string());
  }
  if (labels.rank() + 1 != rank && labels.rank() != rank) {
    throw ValueError("Found bounding_boxes['boxes'].shape=" + b.shape().to_string() +
                     " and expected bounding_boxes['labels'] to have rank " + std::to_string(rank - 1) + " or " +
                     std::to_string(rank) +
                     ", but received: bounding_boxes['labels'].shape=" + labels.shape().to_string() + " ");
  }
  return Values{{"boxes", ops::cast(b, DType::float32)}, {"labels", labels}};
}

Tensor convert_boxes(const Tensor& boxes, const std::string& source, const std::string& target, const Tensor& height,
                     const Tensor& width) {
  if (boxes.shape().has_rank() && boxes.shape().dim(-1) != 4) {
    throw ValueError("`boxes` must be a tensor with the last dimension of 4. Received: boxes.shape=" +
                     boxes.shape().to_string());
  }
  auto from = known_format(source), to = known_format(target);
  const auto x = ops::cast(boxes, DType::float32);
  if (from == to) return x;
  const auto relative = [](std::string& format) {
    if (!format.starts_with("rel_")) return false;
    format.erase(0, 4);
    return true;
  };
  const bool from_shares = relative(from), to_shares = relative(to);
  auto xyxy = to_xyxy(x, from);
  if (from_shares != to_shares) xyxy = scaled(xyxy, height, width, to_shares);
  return from_xyxy(xyxy, to);
}

Values clip_boxes(const Tensor& boxes, const Tensor& labels, const Tensor& height, const Tensor& width, bool relative) {
  const auto p = ops::split(boxes, 4, -1);
  const auto within = [&](const Tensor& x, const Tensor& size) {
    const auto positive = ops::maximum(x, 0.0F);
    return relative ? ops::minimum(positive, 1.0F) : ops::minimum(positive, size);
  };
  const auto x1 = within(p[0], width), y1 = within(p[1], height), x2 = within(p[2], width), y2 = within(p[3], height);
  const auto area = ops::squeeze((x2 - x1) * (y2 - y1), {-1});
  const auto kept = ops::where(ops::greater(area, 0.0F), labels, ops::scalar(labels.dtype(), std::int64_t{-1}));
  return Values{{"boxes", joined({x1, y1, x2, y2})}, {"labels", kept}};
}

}  // namespace hornbeam
