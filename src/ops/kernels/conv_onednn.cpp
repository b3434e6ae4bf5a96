// Convolutions by oneDNN, where it was measured to be faster than the project's kernels (docs/performance.md).
//
// oneDNN 2.x. Primitives are made for one thread and one piece of an image's output rows: the project's own threads
// share the pieces out.
#include <omp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <dnnl.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "ops/kernels/aligned.h"
#include "ops/kernels/conv_routes.h"

namespace hornbeam::kernels::detail {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& stream() {
  thread_local dnnl::stream s(engine());
  return s;
}

// oneDNN asks OpenMP how many threads it may use: on this thread, while this lives, one.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// The activation as oneDNN has it; false when it has not.
bool append_activation(const Activation& f, dnnl::post_ops& ops) {
  if (f.op == Unary::kIdentity) return true;
  if (f.op == Unary::kRelu) {
    ops.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
  } else if (is_clamp(f)) {
    const Clamp clamp = clamp_of(f);
    ops.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, clamp.low, clamp.high);
  } else if (f.op == Unary::kSwish) {
    ops.append_eltwise(1.0F, dnnl::algorithm::eltwise_swish, 1.0F, 0.0F);
  } else {
    return false;
  }
  return true;
}

// Output rows [rows.begin, rows.end) of one image.
struct Piece {
  dnnl::convolution_forward primitive;
  memory::desc src, dst, scratch;
  int64_t src_offset = 0, dst_offset = 0;  // floats
};

class OneDnnRoute final : public ConvRoute {
 public:
  OneDnnRoute(const Conv2DShape& s, const Conv2DOptions& o)
      : ConvRoute(s, o), given_desc_(weights(o.depthwise ? Tag::hwigo : Tag::hwio)), weights_desc_(weights(Tag::any)) {
    const OneThread one;
    const auto whole = describe({0, s.out_height()});
    implementation_ = whole.impl_info_str();
    weights_desc_ = whole.weights_desc();
    reorder_ = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), given_desc_, engine(), weights_desc_));
  }
  ~OneDnnRoute() override {
    for (auto& cut : cuts_) delete cut.load();
  }

  const char* name() const override { return "onednn"; }
  // oneDNN's fallbacks: one is hundreds of times slower than anything else, one copies windows out.
  bool is_fallback() const {
    return implementation_.find("ref") != std::string::npos || implementation_.find("gemm") != std::string::npos;
  }

  // The weights as oneDNN wants them, then the bias.
  int64_t packed_size() const override { return bias_at() + shape.out_channels; }
  void pack(const float* filter, const float* bias, float* packed, Part part) const override {
    if (part.index != 0) return;
    const OneThread one;
    memory given(given_desc_, engine(), const_cast<float*>(filter)), wanted(weights_desc_, engine(), packed);
    reorder_.execute(stream(), given, wanted);
    stream().wait();
    pack_bias(bias, packed + bias_at(), part);
  }

  void run(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
           Part part) const override {
    const OneThread one;
    const bool by_images = images >= part.count;
    const Range mine = by_images ? slice(images, part) : Range{0, images};
    const auto& pieces = cut(by_images ? 1 : part.count);
    const Piece& piece = pieces[by_images ? 0 : static_cast<size_t>(part.index)];
    const int64_t in = shape.height * shape.width * shape.channels;
    const int64_t out = shape.out_height() * shape.out_width() * shape.out_channels;
    for (int64_t i = mine.begin; i < mine.end && piece.primitive; ++i) {
      execute(piece, src + i * in, dst + i * out, residual ? residual + i * out : nullptr, packed);
    }
  }

 private:
  memory::desc weights(Tag tag) const {
    const auto h = shape.kernel_height, w = shape.kernel_width;
    const auto dims = options.depthwise ? memory::dims{shape.channels, 1, 1, h, w}
                                        : memory::dims{shape.out_channels, shape.channels, h, w};
    return {dims, memory::data_type::f32, tag};
  }

  // The image's rows that output rows need, and what of the window hangs out above and below.
  struct Reach {
    int64_t first, last, above, below;
  };
  Reach reach(Range rows) const {
    const int64_t top = rows.begin * shape.stride_h - shape.pad_top;
    const int64_t end =
        (rows.end - 1) * shape.stride_h - shape.pad_top + (shape.kernel_height - 1) * shape.dilation_h + 1;
    const int64_t first = std::clamp<int64_t>(top, 0, shape.height),
                  last = std::clamp<int64_t>(end, first, shape.height);
    return {first, last, first - top, end - last};
  }

  dnnl::convolution_forward::primitive_desc describe(Range rows) const {
    const auto f32 = memory::data_type::f32;
    const auto& s = shape;
    const Reach r = reach(rows);
    const memory::desc src({1, s.channels, r.last - r.first, s.width}, f32, Tag::nhwc);
    const memory::desc dst({1, s.out_channels, rows.end - rows.begin, s.out_width()}, f32, Tag::nhwc);
    const int64_t right =
        (s.out_width() - 1) * s.stride_w + (s.kernel_width - 1) * s.dilation_w + 1 - s.width - s.pad_left;
    const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                               src, weights_desc_, {{s.out_channels}, f32, Tag::x}, dst,
                                               {s.stride_h, s.stride_w}, {s.dilation_h - 1, s.dilation_w - 1},
                                               {r.above, s.pad_left}, {r.below, right});
    dnnl::post_ops ops;
    if (options.has_residual) ops.append_sum(1.0F);
    append_activation(options.activation, ops);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(ops);
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return {desc, attributes, engine()};
  }

  Piece make_piece(Range rows, const dnnl::convolution_forward::primitive_desc& described) const {
    Piece piece;
    piece.primitive = dnnl::convolution_forward(described);
    piece.src = described.src_desc();
    piece.dst = described.dst_desc();
    piece.scratch = described.scratchpad_desc();
    piece.src_offset = reach(rows).first * shape.width * shape.channels;
    piece.dst_offset = rows.begin * shape.out_width() * shape.out_channels;
    return piece;
  }

  const std::vector<Piece>& cut(int parts) const {
    auto& slot = cuts_[static_cast<size_t>(parts)];
    if (const auto* pieces = slot.load(std::memory_order_acquire)) return *pieces;
    const std::lock_guard lock(mutex_);
    if (const auto* pieces = slot.load(std::memory_order_acquire)) return *pieces;
    auto pieces = std::make_unique<std::vector<Piece>>(static_cast<size_t>(parts));
    for (int i = 0; i < parts; ++i) {
      const Range rows = slice(shape.out_height(), {i, parts});
      if (rows.begin == rows.end) continue;
      const auto described = describe(rows);
      if (described.impl_info_str() != implementation_ || described.weights_desc() != weights_desc_) {
        // Another implementation may round differently: one thread then does the whole image.
        pieces = std::make_unique<std::vector<Piece>>(static_cast<size_t>(parts));
        const Range all{0, shape.out_height()};
        (*pieces)[0] = make_piece(all, describe(all));
        break;
      }
      (*pieces)[static_cast<size_t>(i)] = make_piece(rows, described);
    }
    slot.store(pieces.get(), std::memory_order_release);
    return *pieces.release();
  }

  int64_t bias_at() const { return static_cast<int64_t>((weights_desc_.get_size() + 63) / 64 * 64 / sizeof(float)); }

  void execute(const Piece& piece, const float* src, float* dst, const float* residual, const float* packed) const {
    thread_local AlignedBuffer<std::byte> work;
    dst += piece.dst_offset;
    if (residual && residual + piece.dst_offset != dst) {
      std::memcpy(dst, residual + piece.dst_offset, piece.dst.get_size());
    }
    auto* in = const_cast<float*>(src + piece.src_offset);
    auto* room = work.reserve(static_cast<int64_t>(piece.scratch.get_size()));
    const auto bias_desc = memory::desc({shape.out_channels}, memory::data_type::f32, Tag::x);
    piece.primitive.execute(stream(),
                            {{DNNL_ARG_SRC, memory(piece.src, engine(), in)},
                             {DNNL_ARG_WEIGHTS, memory(weights_desc_, engine(), const_cast<float*>(packed))},
                             {DNNL_ARG_BIAS, memory(bias_desc, engine(), const_cast<float*>(packed + bias_at()))},
                             {DNNL_ARG_DST, memory(piece.dst, engine(), dst)},
                             {DNNL_ARG_SCRATCHPAD, memory(piece.scratch, engine(), room)}});
  }

  memory::desc given_desc_, weights_desc_;
  dnnl::reorder reorder_;
  std::string implementation_;
  mutable std::mutex mutex_;                                                             // guards making a cut
  mutable std::array<std::atomic<const std::vector<Piece>*>, kMostThreads + 1> cuts_{};  // by the number of parts
};

}  // namespace

std::unique_ptr<ConvRoute> make_onednn_route(const Conv2DShape& shape, const Conv2DOptions& options) {
  dnnl::post_ops unused;
  if (options.max_pool_2x2 || !append_activation(options.activation, unused)) return nullptr;
  // A piece of the output that sees only padding would have no input.
  const auto reach_h = (shape.kernel_height - 1) * shape.dilation_h,
             reach_w = (shape.kernel_width - 1) * shape.dilation_w;
  if (std::max(shape.pad_top, shape.pad_bottom) > reach_h || std::max(shape.pad_left, shape.pad_right) > reach_w) {
    return nullptr;
  }
  if (options.depthwise ? shape.out_channels != shape.channels : shape.groups != 1) return nullptr;
  try {
    auto route = std::make_unique<OneDnnRoute>(shape, options);
    if (!route->is_fallback()) return route;
  } catch (const dnnl::error&) {
    // A shape it does not take.
  }
  return nullptr;
}

}  // namespace hornbeam::kernels::detail
