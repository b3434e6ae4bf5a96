// ZeroPadding2D before a convolution: Pad of the image's height and width, then VALID, is one convolution with EXPLICIT
// padding.
#include <algorithm>

#include "graph/passes/editor.h"
#include "ops/int_values.h"

namespace hornbeam::graph {
namespace {

// The explicit_paddings of the convolution at `id` when its input is such a Pad; empty when it is not.
std::vector<std::int64_t> padding_of(const Editor& editor, std::int32_t id) {
  const auto& node = editor.node(id);
  if (node.op->name != "Conv2D" && node.op->name != "DepthwiseConv2dNative") return {};
  if (node.attrs.s("padding") != "VALID" || node.attrs.s("data_format") != "NHWC") return {};
  const auto& pad = editor.producer(node.inputs[0]);
  if ((pad.op->name != "Pad" && pad.op->name != "PadV2") || editor.only_user(node.inputs[0]) != id) return {};
  const auto* amounts = editor.constant(pad.inputs[1]);
  if (!amounts || amounts->num_elements() != 8) return {};
  if (pad.op->name == "PadV2") {
    const auto* fill = editor.constant(pad.inputs[2]);
    if (!fill || fill->dtype() != DType::float32 || fill->num_elements() != 1 || fill->data<float>()[0] != 0) return {};
  }
  auto values = int_values(*amounts);
  const bool spatial = values[0] == 0 && values[1] == 0 && values[6] == 0 && values[7] == 0;
  const bool positive = std::all_of(values.begin(), values.end(), [](std::int64_t v) { return v >= 0; });
  return spatial && positive ? values : std::vector<std::int64_t>{};
}

}  // namespace

void absorb_pads(Function& function) {
  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    auto pads = padding_of(editor, id);
    if (pads.empty()) continue;
    const auto& node = editor.node(id);
    Attrs attrs = node.attrs;
    attrs.set("padding", std::string("EXPLICIT"));
    attrs.set("explicit_paddings", std::move(pads));
    const auto image = editor.producer(node.inputs[0]).inputs[0];
    const auto op = node.op->name, name = node.name;
    editor.redirect({id, 0}, editor.add(op, {image, node.inputs[1]}, std::move(attrs), name));
  }
  editor.finish();
}

}  // namespace hornbeam::graph
