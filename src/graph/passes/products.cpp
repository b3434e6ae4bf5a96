// Products of float32 values, fused with what follows: scales go into the weights when these are stable, shifts into
// the bias; then a residual, an activation, a 2x2 pooling. Views that keep the channels (Conv1D's Squeeze, Dense's
// Reshape) move behind.
#include "graph/passes/editor.h"

namespace hornbeam::graph {
namespace {

class ProductFusion {
 public:
  ProductFusion(Editor& editor, std::int32_t id) : e_(editor), id_(id), base_(editor.node(id)) {}

  static bool applies(const Editor& e, const Node& node) {
    const auto& op = node.op->name;
    if (op != "MatMul" && op != "Conv2D" && op != "DepthwiseConv2dNative") return false;
    if (node.outputs[0].dtype != DType::float32 || e.is_stable(node.inputs[0])) return false;
    if (op == "MatMul") return !node.attrs.b("transpose_a");
    return node.attrs.s("data_format") == "NHWC" && e.spec(node.inputs[1]).shape.is_fully_known();
  }

  void run() {
    end_ = tail_ = {id_, 0};
    const auto& shape = base_.outputs[0].shape;
    channels_ = shape.has_rank() ? shape.back() : None;
    weights_ = base_.inputs[1];
    if (channels_ > 0) walk();
    emit();
  }

 private:
  bool has_activation() const { return !activation_.name.empty(); }

  void walk() {
    for (auto user = e_.only_user(tail_); user >= 0; user = e_.only_user(tail_)) {
      const auto node = e_.node(user);  // a copy: the list grows
      if (node.outputs.size() != 1) return;
      if (node.op->is_alias && node.inputs[0] == tail_ && keeps_channels(node)) {
        views_.push_back(user);
        tail_ = {user, 0};
        continue;
      }
      if (!absorb(node)) return;
      for (const auto view : views_) kept_views_.push_back(view);
      views_.clear();
      e_.take(user);
      end_ = tail_ = {user, 0};
    }
  }

  bool keeps_channels(const Node& view) const {
    const auto& shape = view.outputs[0].shape;
    return shape.has_rank() && !shape.empty() && shape.back() == channels_ && !residual_ && !pool_;
  }

  bool absorb(const Node& node) {
    if (pool_) return false;
    const auto& op = node.op->name;
    if (op == "MaxPool") return absorb_pool(node);
    if (has_activation()) return false;
    if (const auto activation = activation_of(e_, node); !activation.name.empty()) {
      activation_ = activation;
      return true;
    }
    if (residual_) return false;
    if (op == "BiasAdd") {
      if (node.inputs[0] != tail_) return false;
      const auto* format = node.attrs.find("data_format");
      if (format && std::get<std::string>(*format) != "NHWC") return false;
      if (e_.is_stable(node.inputs[1])) return shift("AddV2", node.inputs[1]);
      if (bias_ || !(e_.spec(node.inputs[1]).shape == Shape{channels_})) return false;
      bias_ = node.inputs[1];
      return true;
    }
    const bool add = op == "AddV2" || op == "Add";
    if (!add && op != "Mul" && op != "Sub") return false;
    const auto other = node.inputs[0] == tail_ ? node.inputs[1] : node.inputs[0];
    if (op == "Sub" && !(node.inputs[0] == tail_)) return false;
    if (other == tail_) return false;
    const auto& spec = e_.spec(other);
    if (e_.is_stable(other)) {
      const auto& mine = e_.spec(tail_).shape;
      if (!is_channel_vector(spec.shape, channels_) || spec.shape.rank() > mine.rank()) return false;
      return op == "Mul" ? scale(other) : shift(add ? "AddV2" : "Sub", other);
    }
    if (!add || !views_.empty() || !kept_views_.empty() || !(spec.shape == e_.spec(tail_).shape)) return false;
    residual_ = other;
    return true;
  }

  Output flat(Output vector) {
    const auto& shape = e_.spec(vector).shape;
    if (shape.rank() == 1) return vector;
    const auto n = static_cast<std::int32_t>(shape.num_elements());
    return e_.add("Reshape", {vector, e_.add_constant(Tensor::from<std::int32_t>({1}, {n}), name("shape"))}, {},
                  name("flat"));
  }

  bool shift(const char* op, Output by) {
    if (!bias_) bias_ = e_.add_constant(Tensor::zeros(DType::float32, Shape{channels_}), name("zeros"));
    bias_ = e_.add(op, {*bias_, flat(by)}, {}, name("bias"));
    return true;
  }

  bool scale(Output by) {
    if (!e_.is_stable(weights_)) return false;
    by = flat(by);
    if (bias_) bias_ = e_.add("Mul", {*bias_, by}, {}, name("bias"));
    auto factor = by;
    const bool one = e_.spec(by).shape.num_elements() == 1;
    const auto reshaped = [&](std::vector<std::int32_t> dims) {
      const auto n = static_cast<std::int64_t>(dims.size());
      return e_.add("Reshape", {by, e_.add_constant(Tensor::from<std::int32_t>({n}, dims), name("shape"))}, {},
                    name("scale"));
    };
    if (!one && base_.op->name == "DepthwiseConv2dNative") {
      const auto& filter = e_.spec(weights_).shape;
      factor = reshaped({static_cast<std::int32_t>(filter[2]), static_cast<std::int32_t>(filter[3])});
    } else if (!one && base_.op->name == "MatMul" && base_.attrs.b("transpose_b")) {
      factor = reshaped({static_cast<std::int32_t>(channels_), 1});
    }
    weights_ = e_.add("Mul", {weights_, factor}, {}, name("weights"));
    return true;
  }

  bool absorb_pool(const Node& node) {
    if (base_.op->name != "Conv2D" || residual_ || !views_.empty() || !kept_views_.empty()) return false;
    const std::vector<std::int64_t> two{1, 2, 2, 1};
    if (node.attrs.ints("ksize") != two || node.attrs.ints("strides") != two || node.attrs.s("padding") != "VALID" ||
        node.attrs.s("data_format") != "NHWC") {
      return false;
    }
    const auto& a = activation_.name;
    if (!a.empty() && a != "Relu" && a != "Relu6" && a != "Clip") return false;  // must not decrease
    if (channels_ > kPooledChannels) return false;
    pool_ = true;
    return true;
  }

  std::string name(const char* part) const { return base_.name + "/" + part; }

  void emit() {
    std::vector<std::string> fused;
    std::vector<Output> inputs{base_.inputs[0], weights_};
    if (bias_) {
      fused.emplace_back("BiasAdd");
      inputs.push_back(*bias_);
    }
    if (residual_) {
      fused.emplace_back("Add");
      inputs.push_back(*residual_);
    }
    Attrs attrs = base_.attrs;
    if (has_activation()) {
      fused.push_back(activation_.name);
      if (activation_.name == "LeakyRelu") attrs.set("leakyrelu_alpha", activation_.alpha);
      attrs.set("activation_alpha", activation_.alpha);
      attrs.set("activation_beta", activation_.beta);
    }
    if (pool_) fused.emplace_back("MaxPool");
    attrs.set("fused_ops", std::move(fused));
    const auto op = base_.op->name == "MatMul"   ? "_FusedMatMul"
                    : base_.op->name == "Conv2D" ? "_FusedConv2D"
                                                 : "_FusedDepthwiseConv2dNative";
    auto value = e_.add(op, std::move(inputs), std::move(attrs), base_.name);
    for (const auto view : kept_views_) {
      const auto node = e_.node(view);
      auto view_inputs = node.inputs;
      view_inputs[0] = value;
      value = e_.add(node.op->name, std::move(view_inputs), node.attrs, node.name);
    }
    e_.redirect(end_, value);
  }

  // Tiles that end in a pooling hold four pixels: beyond this the usual six keep the multipliers busier.
  static constexpr std::int64_t kPooledChannels = 64;

  Editor& e_;
  std::int32_t id_;
  const Node base_;  // a copy: the list grows
  std::int64_t channels_ = None;
  Output weights_, end_, tail_;
  std::optional<Output> bias_, residual_;
  NamedActivation activation_;
  bool pool_ = false;
  std::vector<std::int32_t> views_, kept_views_;  // views passed since the last thing absorbed, and before it
};

}  // namespace

void fuse_products(Function& function) {
  Editor editor(function);
  for (std::size_t i = 0; i < editor.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (ProductFusion::applies(editor, editor.node(id))) ProductFusion(editor, id).run();
  }
  editor.finish();
}

}  // namespace hornbeam::graph
