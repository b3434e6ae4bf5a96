// Relu, max pooling: the gradients of both in one pass.
#include "graph/passes/editor.h"

namespace hornbeam::graph {

void fuse_pool_gradients(Function& function) {
  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const auto& relu = editor.node(id);
    if (relu.op->name != "ReluGrad" || relu.outputs[0].dtype != DType::float32) continue;
    const auto& pool = editor.producer(relu.inputs[0]);
    if (pool.op->name != "MaxPoolGrad" || editor.only_user(relu.inputs[0]) != id) continue;
    // What was pooled is what tells which gradients pass.
    if (!(pool.inputs[0] == relu.inputs[1]) || pool.attrs.s("data_format") != "NHWC") continue;
    Attrs attrs;
    for (const char* name : {"ksize", "strides", "padding", "explicit_paddings", "data_format"}) {
      attrs.set(name, *pool.attrs.find(name));
    }
    const auto inputs = pool.inputs;
    const auto name = pool.name;
    editor.redirect({id, 0}, editor.add("_MaxPoolReluGrad", inputs, std::move(attrs), name));
  }
  editor.finish();
}

}  // namespace hornbeam::graph
