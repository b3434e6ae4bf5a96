// FFT, IFFT, RFFT, IRFFT: Fourier transforms along the last dim.
#include <algorithm>
#include <complex>

#include "ops/gradient.h"
#include "ops/shape_math.h"
#include "ops/signal/fourier.h"

namespace hornbeam {
namespace {

void require_vector(const Shape& s, const char* op) {
  if (s.has_rank() && s.rank() < 1) {
    throw InvalidArgumentError("Input must have rank of at least 1 but got: " + s.to_string() + " for op '" + op + "'");
  }
}

std::vector<Shape> fft_shape(const ShapeContext& c) {
  require_vector(c.shape(0), "FFT");
  return {c.shape(0)};
}

// The one number of fft_length, when it is known.
std::int64_t length_of(const ShapeContext& c) {
  require_rank(c.shape(1), 1, "RFFT", "fft_length");
  if (!c.shape(1).is_compatible_with(Shape{1})) {
    throw InvalidArgumentError("fft_length must have shape [1], not " + c.shape(1).to_string());
  }
  const auto known = c.ints(1);
  if (!known) return None;
  if ((*known)[0] < 0)
    throw InvalidArgumentError("fft_length must be non-negative, got " + std::to_string((*known)[0]));
  return (*known)[0];
}

std::vector<Shape> with_last_dim(const Shape& given, std::int64_t dim) {
  if (!given.has_rank()) return {given};
  auto s = given;
  s[s.rank() - 1] = dim;
  return {s};
}

std::vector<Shape> rfft_shape(const ShapeContext& c) {
  require_vector(c.shape(0), "RFFT");
  const auto n = length_of(c);
  return with_last_dim(c.shape(0), n == 0 ? 0 : n < 0 ? None : n / 2 + 1);
}

std::vector<Shape> irfft_shape(const ShapeContext& c) {
  require_vector(c.shape(0), "IRFFT");
  return with_last_dim(c.shape(0), length_of(c));
}

// f.operator()<float>() or <double>() by the dtype of complex numbers.
template <class F>
std::unique_ptr<Kernel> by_precision(DType dtype, const char* op, const F& f) {
  if (dtype == DType::complex64) return f.template operator()<float>();
  if (dtype == DType::complex128) return f.template operator()<double>();
  throw TypeError(std::string(op) + " has no kernel for dtype " + std::string(name_of(dtype)));
}

using Complex = std::complex<double>;

// Rows of `in` numbers made rows of `out`, by way of `n` complex ones: read(row, work), transformed, write(work, row).
template <class In, class Out, class Read, class Write>
std::unique_ptr<Kernel> row_kernel(std::int64_t rows, std::int64_t in, std::int64_t out, std::int64_t n, bool inverse,
                                   Read read, Write write) {
  const auto plan = std::make_shared<const signal::Fourier>(static_cast<std::size_t>(n));
  const auto work_of_row = 40.0 * static_cast<double>(n);
  return make_part_kernel(work_of_row * static_cast<double>(rows), [=](const KernelRun& io, kernels::Part part) {
    std::vector<Complex> work(static_cast<std::size_t>(n));
    const auto share = kernels::slice(rows, part);
    for (auto row = share.begin; row < share.end; ++row) {
      read(reinterpret_cast<const In*>(io.in[0]) + row * in, work);
      plan->run(work.data(), inverse);
      write(work, reinterpret_cast<Out*>(io.out[0]) + row * out);
    }
  });
}

std::int64_t rows_of(const Shape& s) { return product(s, 0, s.rank() - 1); }

template <bool kInverse>
std::unique_ptr<Kernel> fft_kernel(const KernelSpec& spec) {
  const auto& shape = spec.inputs[0].shape;
  const auto n = shape.dim(-1), rows = rows_of(shape);
  return by_precision(spec.inputs[0].dtype, "FFT", [&]<class T>() {
    using C = std::complex<T>;
    const auto scale = kInverse ? 1 / static_cast<double>(n) : 1.0;
    return row_kernel<C, C>(
        rows, n, n, n, kInverse,
        [](const C* x, std::vector<Complex>& work) { std::copy_n(x, work.size(), work.begin()); },
        [scale](const std::vector<Complex>& work, C* y) {
          for (const auto& v : work) *y++ = C(v * scale);
        });
  });
}

void require_length(std::int64_t given, std::int64_t least) {
  if (given >= least) return;
  throw InvalidArgumentError("Input dimension 0 must have length of at least " + std::to_string(least) +
                             " but got: " + std::to_string(given));
}

std::unique_ptr<Kernel> rfft_kernel(const KernelSpec& spec) {
  const auto& shape = spec.inputs[0].shape;
  const auto n = spec.ints(1).at(0), bins = spec.outputs[0].shape.dim(-1), in = shape.dim(-1);
  if (bins > 0) require_length(in, n);
  return by_precision(spec.outputs[0].dtype, "RFFT", [&]<class T>() {
    return row_kernel<T, std::complex<T>>(
        bins > 0 ? rows_of(shape) : 0, in, bins, n, false,
        [](const T* x, std::vector<Complex>& work) {
          for (auto& v : work) v = static_cast<double>(*x++);
        },
        [bins](const std::vector<Complex>& work, std::complex<T>* y) {
          for (std::int64_t k = 0; k < bins; ++k) y[k] = std::complex<T>(work[static_cast<std::size_t>(k)]);
        });
  });
}

std::unique_ptr<Kernel> irfft_kernel(const KernelSpec& spec) {
  const auto& shape = spec.inputs[0].shape;
  const auto n = spec.ints(1).at(0), in = shape.dim(-1), bins = n / 2 + 1;
  if (n > 0) require_length(in, bins);
  return by_precision(spec.inputs[0].dtype, "IRFFT", [&]<class T>() {
    const auto scale = 1 / static_cast<double>(n);
    return row_kernel<std::complex<T>, T>(
        n > 0 ? rows_of(shape) : 0, in, n, n, true,
        [bins](const std::complex<T>* x, std::vector<Complex>& work) {
          const auto size = work.size();
          for (std::size_t k = 0; k < static_cast<std::size_t>(bins); ++k) {
            work[k] = x[k];
            if (k > 0) work[size - k] = std::conj(work[k]);
          }
          // What real numbers cannot have is not looked at.
          work[0] = work[0].real();
          if (size % 2 == 0) work[size / 2] = work[size / 2].real();
        },
        [scale](const std::vector<Complex>& work, T* y) {
          for (const auto& v : work) *y++ = static_cast<T>(v.real() * scale);
        });
  });
}

DType real_of(DType dtype) { return dtype == DType::complex128 ? DType::float64 : DType::float32; }
Tensor part_of(const char* op, const Tensor& x) { return call_op1(op, {x}, {{"Tout", real_of(x.dtype())}}); }
// Complex numbers times real ones.
Tensor scaled(const Tensor& x, const Tensor& by) {
  return call_op1("Complex", {part_of("Real", x) * by, part_of("Imag", x) * by}, {{"Tout", x.dtype()}});
}
Tensor last_dim(const Tensor& x, DType dtype) {
  const auto rank = static_cast<std::int64_t>(x.rank());
  return ops::cast(ops::reshape(ops::slice(ops::shape(x), {rank - 1}, {1}), Shape{}), dtype);
}

template <bool kInverse>
Tensors fft_gradient(const GradientContext& c) {
  const auto n = last_dim(c.grad(), real_of(c.grad().dtype()));
  const auto back = call_op1(kInverse ? "FFT" : "IFFT", {c.grad()});
  return {scaled(back, kInverse ? 1.0 / n : n)};
}

// x cut or filled up with zeros along the last dim, to that length.
Tensor fitted(const Tensor& x, const Tensor& like) {
  const auto n = like.shape().dim(-1), own = x.shape().dim(-1);
  if (n < 0 || own < 0 || n == own) return x;
  std::vector<std::vector<std::int64_t>> margins(x.rank(), {0, 0});
  margins.back()[1] = n - own;
  return ops::pad(x, margins);
}

// Each of the numbers counts in all bins: those but the first (and the last, when the length is even) stand for two.
Tensors rfft_gradient(const GradientContext& c) {
  const auto dy = c.grad();
  const auto dtype = real_of(dy.dtype());
  const auto length = ops::reshape(c.input(1), Shape{});
  const auto n = ops::cast(length, dtype);
  const auto all = call_op1("IRFFT", {dy, c.input(1)}, {{"Treal", dtype}}) * n;
  const auto real = part_of("Real", dy);
  std::vector<std::int64_t> begin(real.rank(), 0), size(real.rank(), -1);
  size.back() = 1;
  const auto first = ops::slice(real, begin, size);
  const auto last = ops::reverse(ops::slice(ops::reverse(real, {-1}), begin, size), {-1});
  const auto at =
      ops::cast(ops::range(Tensor::scalar(std::int32_t{0}), length, Tensor::scalar(std::int32_t{1})), dtype);
  const auto sign = 1.0 - ops::mod(at, 2.0) * 2.0;
  const auto even = 1.0 - ops::mod(n, 2.0);
  return {fitted((all + first + last * sign * even) * 0.5, c.input(0)), {}};
}

Tensors irfft_gradient(const GradientContext& c) {
  const auto dy = c.grad();
  const auto length = ops::reshape(c.input(1), Shape{});
  const auto n = ops::cast(length, dy.dtype());
  const auto spectrum = call_op1("RFFT", {dy, c.input(1)}, {{"Tcomplex", c.input(0).dtype()}});
  // 1, 2, 2, ..., and 1 for the last of an even length.
  const auto bins = ops::floor_div(length, 2) + 1;
  const auto at = ops::range(Tensor::scalar(std::int32_t{0}), bins, Tensor::scalar(std::int32_t{1}));
  const auto alone = ops::logical_or(ops::equal(at, 0), ops::equal(at * 2, length));
  const auto weight = ops::where(alone, ops::scalar(dy.dtype(), 1.0), ops::scalar(dy.dtype(), 2.0));
  return {fitted(scaled(spectrum, weight / n), c.input(0)), {}};
}

OpDef complex_op(const char* name) {
  return OpDef(name)
      .input("input: Tcomplex")
      .output("output: Tcomplex")
      .attr("Tcomplex: type = complex64")
      .shape(fft_shape);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(fft) {
  using namespace hornbeam;
  add_op(complex_op("FFT").kernel(fft_kernel<false>).gradient(fft_gradient<false>));
  add_op(complex_op("IFFT").kernel(fft_kernel<true>).gradient(fft_gradient<true>));
  add_op(OpDef("RFFT")
             .input("input: Treal")
             .input("fft_length: int32")
             .output("output: Tcomplex")
             .attr("Treal: type = float32")
             .attr("Tcomplex: type = complex64")
             .shape(rfft_shape)
             .kernel(rfft_kernel)
             .gradient(rfft_gradient));
  add_op(OpDef("IRFFT")
             .input("input: Tcomplex")
             .input("fft_length: int32")
             .output("output: Treal")
             .attr("Treal: type = float32")
             .attr("Tcomplex: type = complex64")
             .shape(irfft_shape)
             .kernel(irfft_kernel)
             .gradient(irfft_gradient));
}
