#include "ops/kernels/conv.h"

#include <algorithm>

#include "ops/kernels/conv_routes.h"
#include "ops/kernels/gemm.h"

namespace hornbeam::kernels {

Padding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t out = (size + stride - 1) / stride;
  const int64_t total = std::max<int64_t>(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size);
  return {total / 2, total - total / 2};
}

double conv_work(const Conv2DShape& shape, bool depthwise) {
  if (!depthwise) return shape.flops();
  Conv2DShape grouped = shape;
  grouped.groups = shape.channels;
  return 4 * grouped.flops();  // a few operations per number read
}

namespace {

// Where oneDNN was measured to be faster than the project's kernels.
bool onednn_is_faster(const Conv2DShape& s, const Conv2DOptions& o) {
  constexpr double kWorthACall = 1e6;  // its calls cost about 1 us
  if (conv_work(s, o.depthwise) < kWorthACall) return false;
  const bool window = s.kernel_height * s.kernel_width > 1, avx512 = panel_columns() >= 64;
  if (!o.depthwise && window && s.channels <= 4) return true;
  if (avx512) {
    // Pieces are whole rows of the output: of few, threads' shares differ too much.
    return !o.depthwise && window && s.channels >= 64 && s.out_channels >= 64 && s.out_height() >= 14;
  }
  return o.depthwise || (!window && s.channels <= 32 && s.out_channels > s.channels);
}

std::unique_ptr<detail::ConvRoute> make_route(const Conv2DShape& shape, const Conv2DOptions& options) {
  if (!options.taps && onednn_is_faster(shape, options)) {
    if (auto route = detail::make_onednn_route(shape, options)) return route;
  }
  return options.depthwise ? detail::make_depthwise_route(shape, options) : detail::make_window_route(shape, options);
}

}  // namespace

Conv2D::Conv2D(const Conv2DShape& shape, const Conv2DOptions& options) : route_(make_route(shape, options)) {}
Conv2D::Conv2D(const Conv2DShape& shape, const float* filter, const float* bias, const Conv2DOptions& options)
    : Conv2D(shape, options) {
  packed_ = AlignedBuffer<float>(packed_size());
  pack_part(filter, bias, packed_.data(), {});
}
Conv2D::~Conv2D() = default;
Conv2D::Conv2D(Conv2D&&) noexcept = default;
Conv2D& Conv2D::operator=(Conv2D&&) noexcept = default;

const Conv2DShape& Conv2D::shape() const { return route_->shape; }
int64_t Conv2D::out_height() const { return route_->shape.out_height() / (route_->options.max_pool_2x2 ? 2 : 1); }
int64_t Conv2D::out_width() const { return route_->shape.out_width() / (route_->options.max_pool_2x2 ? 2 : 1); }
const char* Conv2D::route() const { return route_->name(); }

int64_t Conv2D::packed_size() const { return route_->packed_size(); }
void Conv2D::pack_part(const float* filter, const float* bias, float* packed, Part part) const {
  route_->pack(filter, bias, packed, part);
}

void Conv2D::run_part(int64_t images, const float* src, float* dst, const float* residual, Part part) const {
  run_part(images, src, dst, residual, packed_.data(), part);
}
void Conv2D::run_part(int64_t images, const float* src, float* dst, const float* residual, const float* packed,
                      Part part) const {
  if (images * out_height() * out_width() <= 0) return;
  route_->run(images, src, dst, residual, packed, part);
}

void Conv2D::run(int64_t images, const float* src, float* dst, const float* residual) const {
  const double work = conv_work(route_->shape, route_->options.depthwise) * static_cast<double>(images);
  parallel_parts(work, [&](Part part) { run_part(images, src, dst, residual, part); });
}

}  // namespace hornbeam::kernels
