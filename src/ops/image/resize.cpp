// ResizeBilinear, ResizeBicubic, ResizeArea, ScaleAndTranslate and their gradients: images resampled by sums of
// neighbouring pixels, rows first, then columns.
#include "ops/dispatch.h"
#include "ops/gradient.h"
#include "ops/image/resized_shape.h"
#include "ops/image/taps.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

using image::Taps;

std::vector<Shape> resized_shape(const ShapeContext& c) { return image::resized_shape(c, "Resize"); }

// As `original_image`: the second input of gradients.
std::vector<Shape> original_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 4, "ResizeGrad", "grads");
  require_rank(c.shape(1), 4, "ResizeGrad", "original_image");
  return {c.shape(1)};
}

// Gradients and image of one batch and as many channels, neither without pixels.
void require_pair(const Shape& grads, const Shape& image) {
  if (grads[0] != image[0] || grads[3] != image[3]) {
    throw InvalidArgumentError("Gradients of shape " + bracketed(grads) + " are none of images of shape " +
                               bracketed(image));
  }
  if (grads[1] == 0 || grads[2] == 0) throw InvalidArgumentError("gradients must be of non-zero size");
}

struct TapPair {
  Taps rows, columns;
};

template <class T, class Out>
void resample(const TapPair& taps, const Shape& in, const T* x, Out* y, kernels::Part part) {
  const auto rows = taps.rows.outputs();
  const auto size_in = in[1] * in[2] * in[3], size_out = rows * taps.columns.outputs() * in[3];
  const auto share = kernels::slice(in[0] * rows, part);
  for (auto at = share.begin; at < share.end;) {
    const auto image = at / rows, first = at % rows, last = std::min(rows, first + share.end - at);
    image::resample_rows(taps.rows, taps.columns, in[2], in[3], x + image * size_in, y + image * size_out, first, last);
    at += last - first;
  }
}

double cost(const Shape& in, const Shape& out) {
  return 4.0 * static_cast<double>(out.num_elements() + in.num_elements());
}

using MakeTaps = Taps (*)(std::int64_t, std::int64_t, bool, bool);

// Of ops that are one rule per axis and two settings; ResizeArea has one.
TapPair taps_of(MakeTaps make, const Attrs& attrs, const Shape& in, const Shape& out) {
  const bool corners = attrs.b("align_corners");
  const bool centers = attrs.has("half_pixel_centers") && attrs.b("half_pixel_centers");
  return {make(in[1], out[1], corners, centers), make(in[2], out[2], corners, centers)};
}

template <MakeTaps make>
std::unique_ptr<Kernel> resize_kernel(const KernelSpec& spec) {
  const auto in = spec.inputs[0].shape, out = spec.outputs[0].shape;
  if (out.num_elements() == 0) return make_kernel([](const KernelRun&) {});
  const auto taps = taps_of(make, spec.attrs, in, out);
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "Resize", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_part_kernel(cost(in, out), [=](const KernelRun& io, kernels::Part part) {
      resample(taps, in, io.input<T>(0), io.output<float>(0), part);
    });
  });
}

template <MakeTaps make>
std::unique_ptr<Kernel> resize_grad_kernel(const KernelSpec& spec) {
  const auto grads = spec.inputs[0].shape, out = spec.outputs[0].shape;
  if (out.num_elements() == 0) return make_kernel([](const KernelRun&) {});
  require_pair(grads, out);
  auto taps = taps_of(make, spec.attrs, out, grads);
  taps = {taps.rows.transposed(out[1]), taps.columns.transposed(out[2])};
  return dispatch<FloatTypes>(spec.outputs[0].dtype, "ResizeGrad", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_part_kernel(cost(grads, out), [=](const KernelRun& io, kernels::Part part) {
      resample(taps, grads, io.input<float>(0), io.output<T>(0), part);
    });
  });
}

// The scale and the translation may be computed in the graph: taps are made in each run.
struct Placement {
  std::string kernel;
  bool antialias;
  explicit Placement(const Attrs& attrs) : kernel(attrs.s("kernel_type")), antialias(attrs.b("antialias")) {}
  TapPair taps(const KernelRun& io, std::size_t scale_at, const Shape& in, const Shape& out) const {
    const auto *scale = io.input<float>(scale_at), *translation = io.input<float>(scale_at + 1);
    return {image::kernel_taps(in[1], out[1], scale[0], translation[0], kernel, antialias),
            image::kernel_taps(in[2], out[2], scale[1], translation[1], kernel, antialias)};
  }
};

void require_pairs(const KernelSpec& spec) {
  for (const std::size_t i : {2U, 3U}) {
    if (spec.inputs[i].shape.num_elements() != 2) {
      throw InvalidArgumentError("scale and translation must have 2 elements");
    }
  }
}

std::unique_ptr<Kernel> scale_and_translate_kernel(const KernelSpec& spec) {
  const auto in = spec.inputs[0].shape, out = spec.outputs[0].shape;
  require_pairs(spec);
  if (out.num_elements() == 0) return make_kernel([](const KernelRun&) {});
  const Placement placement(spec.attrs);
  return dispatch<NumberTypes>(spec.inputs[0].dtype, "ScaleAndTranslate", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      const auto taps = placement.taps(io, 2, in, out);
      kernels::parallel_parts(
          cost(in, out), [&](kernels::Part part) { resample(taps, in, io.input<T>(0), io.output<float>(0), part); });
    });
  });
}

std::unique_ptr<Kernel> scale_and_translate_grad_kernel(const KernelSpec& spec) {
  const auto grads = spec.inputs[0].shape, out = spec.outputs[0].shape;
  require_pairs(spec);
  if (spec.inputs[0].dtype != DType::float32) {
    throw TypeError("ScaleAndTranslateGrad of " + std::string(name_of(spec.inputs[0].dtype)) + " is not supported");
  }
  if (out.num_elements() == 0) return make_kernel([](const KernelRun&) {});
  require_pair(grads, out);
  const Placement placement(spec.attrs);
  return make_kernel([=](const KernelRun& io) {
    const auto forward = placement.taps(io, 2, out, grads);
    const TapPair taps{forward.rows.transposed(out[1]), forward.columns.transposed(out[2])};
    kernels::parallel_parts(cost(grads, out), [&](kernels::Part part) {
      resample(taps, grads, io.input<float>(0), io.output<float>(0), part);
    });
  });
}

void add_resize(const char* name, KernelFactory kernel, const char* grad_name, KernelFactory grad_kernel,
                GradientFn gradient) {
  add_op(OpDef(name)
             .input("images: T")
             .input("size: int32")
             .output("resized_images: float")
             .attr("T: type")
             .attr("align_corners: bool = false")
             .attr("half_pixel_centers: bool = false")
             .shape(resized_shape)
             .kernel(kernel)
             .gradient(gradient));
  add_op(OpDef(grad_name)
             .input("grads: float")
             .input("original_image: T")
             .output("output: T")
             .attr("T: type")
             .attr("align_corners: bool = false")
             .attr("half_pixel_centers: bool = false")
             .shape(original_shape)
             .kernel(grad_kernel)
             .no_gradient());
}

// TensorFlow has one for float32 and float64 images.
bool has_gradient(const GradientContext& c) {
  const auto dtype = c.input(0).dtype();
  return dtype == DType::float32 || dtype == DType::float64;
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(resize) {
  using namespace hornbeam;
  add_resize("ResizeBilinear", resize_kernel<image::bilinear_taps>, "ResizeBilinearGrad",
             resize_grad_kernel<image::bilinear_taps>, [](const GradientContext& c) -> Tensors {
               if (!has_gradient(c)) return {{}, {}};
               const auto attrs = pick(c.attrs(), {"align_corners", "half_pixel_centers"});
               return {call_op1("ResizeBilinearGrad", {c.grad(), c.input(0)}, attrs), {}};
             });
  add_resize("ResizeBicubic", resize_kernel<image::bicubic_taps>, "ResizeBicubicGrad",
             resize_grad_kernel<image::bicubic_taps>, [](const GradientContext& c) -> Tensors {
               if (!has_gradient(c)) return {{}, {}};
               const auto attrs = pick(c.attrs(), {"align_corners", "half_pixel_centers"});
               return {call_op1("ResizeBicubicGrad", {c.grad(), c.input(0)}, attrs), {}};
             });
  add_op(OpDef("ResizeArea")
             .input("images: T")
             .input("size: int32")
             .output("resized_images: float")
             .attr("T: type")
             .attr("align_corners: bool = false")
             .shape(resized_shape)
             .kernel(resize_kernel<image::area_taps>)
             .no_gradient());
  add_op(OpDef("ScaleAndTranslate")
             .input("images: T")
             .input("size: int32")
             .input("scale: float")
             .input("translation: float")
             .output("resized_images: float")
             .attr("T: type")
             .attr("kernel_type: string = 'lanczos3'")
             .attr("antialias: bool = true")
             .shape(resized_shape)
             .kernel(scale_and_translate_kernel)
             .gradient([](const GradientContext& c) -> Tensors {
               const auto attrs = pick(c.attrs(), {"kernel_type", "antialias"});
               const auto x = ops::cast(c.input(0), DType::float32);
               const auto g = call_op1("ScaleAndTranslateGrad", {c.grad(), x, c.input(2), c.input(3)}, attrs);
               return {ops::cast(g, c.input(0).dtype()), {}, {}, {}};
             }));
  add_op(OpDef("ScaleAndTranslateGrad")
             .input("grads: T")
             .input("original_image: T")
             .input("scale: float")
             .input("translation: float")
             .output("output: T")
             .attr("T: type")
             .attr("kernel_type: string = 'lanczos3'")
             .attr("antialias: bool = true")
             .shape(original_shape)
             .kernel(scale_and_translate_grad_kernel)
             .no_gradient());
}
