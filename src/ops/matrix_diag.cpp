// The diagonals of matrices: MatrixDiagV3, MatrixDiagPartV3, MatrixSetDiagV3.
#include <algorithm>

#include "ops/layout_dispatch.h"
#include "ops/matrix_op.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

// A band of diagonals of a rows x columns matrix, packed into rows of `length` from the highest diagonal down.
struct Band {
  std::int64_t lower = 0, upper = 0, rows = 0, columns = 0, length = 0;
  bool left_upper = false, left_lower = true;

  std::int64_t count() const { return upper - lower + 1; }
  std::int64_t length_of(std::int64_t d) const {
    return std::min(rows + std::min<std::int64_t>(d, 0), columns - std::max<std::int64_t>(d, 0));
  }
  // Where in a packed row diagonal `d` begins.
  std::int64_t begin_of(std::int64_t d) const {
    return (d >= 0 && left_upper) || (d <= 0 && left_lower) ? 0 : length - length_of(d);
  }
  // fn(offset in the matrix, offset in the packed diagonals) for each element.
  template <class Fn>
  void each(Fn&& fn) const {
    for (auto d = upper; d >= lower; --d) {
      const auto matrix = d >= 0 ? d : -d * columns;
      const auto packed = (upper - d) * length + begin_of(d);
      for (std::int64_t i = 0; i < length_of(d); ++i) fn(matrix + i * (columns + 1), packed + i);
    }
  }
};

void read_align(Band& band, const Attrs& attrs) {
  const auto& align = attrs.s("align");
  if (align != "LEFT_RIGHT" && align != "RIGHT_LEFT" && align != "LEFT_LEFT" && align != "RIGHT_RIGHT") {
    throw InvalidArgumentError("unknown align '" + align + "'");
  }
  band.left_upper = align.starts_with("LEFT");
  band.left_lower = align.ends_with("LEFT");
}

void read_k(Band& band, const std::vector<std::int64_t>& k) {
  if (k.empty() || k.size() > 2) {
    throw InvalidArgumentError("diag_index must have only one or two elements, received " + std::to_string(k.size()) +
                               " elements.");
  }
  band.lower = k.front();
  band.upper = k.back();
  if (band.lower > band.upper) {
    throw InvalidArgumentError("lower_diag_index must not be larger than upper_diag_index: " +
                               std::to_string(band.lower) + " > " + std::to_string(band.upper));
  }
}

Band band_in_matrix(const Attrs& attrs, const std::vector<std::int64_t>& k, std::int64_t rows, std::int64_t columns) {
  Band band;
  read_align(band, attrs);
  read_k(band, k);
  band.rows = rows;
  band.columns = columns;
  for (const auto d : {band.lower, band.upper}) {
    if (d != 0 && (d <= -rows || d >= columns)) {
      throw InvalidArgumentError("diag_index is out of bound: " + std::to_string(d) + ". It must be between " +
                                 std::to_string(-rows) + " and " + std::to_string(columns));
    }
  }
  band.length = std::min(rows + std::min<std::int64_t>(band.upper, 0), columns - std::max<std::int64_t>(band.lower, 0));
  return band;
}

Shape packed_shape(const Shape& matrix, const Band& band) {
  auto dims = matrix.dims();
  dims.resize(dims.size() - 2);
  if (band.count() > 1) dims.push_back(band.count());
  dims.push_back(band.length);
  return Shape(std::move(dims));
}

std::vector<Shape> diag_part_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_matrix(in, "MatrixDiagPartV3");
  const auto k = c.ints(1);
  if (!in.has_rank() || !k) return {Shape::unknown()};
  if (in.back() < 0 || in.dim(-2) < 0) {
    Band band;
    read_k(band, *k);
    band.length = None;
    return {packed_shape(in, band)};
  }
  return {packed_shape(in, band_in_matrix(c.attrs(), *k, in.dim(-2), in.back()))};
}

std::unique_ptr<Kernel> diag_part_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto band = band_in_matrix(spec.attrs, spec.ints(1), in.dim(-2), in.back());
  const auto batch = product(in, 0, in.rank() - 2), matrix = band.rows * band.columns;
  const auto packed = band.count() * band.length;
  return dispatch_layout(spec.inputs[0].dtype, "MatrixDiagPartV3", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      std::fill_n(io.output<T>(0), batch * packed, *io.input<T>(2));
      for (std::int64_t b = 0; b < batch; ++b) {
        const T* x = io.input<T>(0) + b * matrix;
        T* y = io.output<T>(0) + b * packed;
        band.each([&](std::int64_t in_matrix, std::int64_t in_packed) { y[in_packed] = x[in_matrix]; });
      }
    });
  });
}

// The matrix that diagonals of `length` make; sizes not said (-1) are the least that hold them.
Band band_of_diagonals(const Attrs& attrs, const std::vector<std::int64_t>& k, std::int64_t rows, std::int64_t columns,
                       std::int64_t length) {
  Band band;
  read_align(band, attrs);
  read_k(band, k);
  if (rows < -1 || columns < -1) throw InvalidArgumentError("num_rows and num_cols must be -1 or not negative");
  const auto least_rows = add_dims(length, std::max<std::int64_t>(-band.upper, 0));
  const auto least_columns = add_dims(length, std::max<std::int64_t>(band.lower, 0));
  if (rows == -1 && columns == -1) {
    rows = columns = std::max(least_rows, least_columns);
  } else if (rows == -1) {
    rows = least_rows;
  } else if (columns == -1) {
    columns = least_columns;
  }
  if (rows < least_rows) throw InvalidArgumentError("The number of rows is too small.");
  if (columns < least_columns) throw InvalidArgumentError("The number of columns is too small.");
  if (rows != least_rows && columns != least_columns) {
    throw InvalidArgumentError(
        "The number of rows or columns is not consistent with the specified d_lower, d_upper, and diagonal.");
  }
  auto result = band_in_matrix(attrs, k, rows, columns);
  result.length = length;
  return result;
}

std::vector<Shape> diag_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  if (in.has_rank() && in.rank() == 0)
    throw InvalidArgumentError("diagonal must be at least 1-dim, received shape: []");
  const auto k = c.ints(1);
  const auto rows = known_scalar(c, 2, "num_rows"), columns = known_scalar(c, 3, "num_cols");
  if (!in.has_rank() || !k) return {Shape::unknown()};
  Band band;
  read_k(band, *k);
  auto dims = in.dims();
  const std::size_t packed = band.count() > 1 ? 2 : 1;
  if (dims.size() < packed) {
    throw InvalidArgumentError("diagonal must be at least 2-dim for a band, received shape: " + bracketed(in));
  }
  if (packed == 2 && dims[dims.size() - 2] >= 0 && dims[dims.size() - 2] != band.count()) {
    throw InvalidArgumentError(
        "The number of diagonals provided in the input does not match the lower_diag_index and "
        "upper_diag_index range.");
  }
  dims.resize(dims.size() - packed);
  if (in.back() < 0 || !rows || !columns) {
    dims.insert(dims.end(), {rows && *rows >= 0 ? *rows : None, columns && *columns >= 0 ? *columns : None});
  } else {
    const auto b = band_of_diagonals(c.attrs(), *k, *rows, *columns, in.back());
    dims.insert(dims.end(), {b.rows, b.columns});
  }
  return {Shape(std::move(dims))};
}

std::unique_ptr<Kernel> diag_kernel(const KernelSpec& spec) {
  const auto& out = spec.outputs[0].shape;
  const auto band = band_of_diagonals(spec.attrs, spec.ints(1), out.dim(-2), out.back(), spec.inputs[0].shape.back());
  const auto batch = product(out, 0, out.rank() - 2), matrix = band.rows * band.columns;
  const auto packed = band.count() * band.length;
  return dispatch_layout(spec.inputs[0].dtype, "MatrixDiagV3", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      std::fill_n(io.output<T>(0), batch * matrix, *io.input<T>(4));
      for (std::int64_t b = 0; b < batch; ++b) {
        const T* x = io.input<T>(0) + b * packed;
        T* y = io.output<T>(0) + b * matrix;
        band.each([&](std::int64_t in_matrix, std::int64_t in_packed) { y[in_matrix] = x[in_packed]; });
      }
    });
  });
}

std::vector<Shape> set_diag_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  require_matrix(in, "MatrixSetDiagV3");
  const auto k = c.ints(2);
  if (in.is_fully_known() && k) {
    const auto expected = packed_shape(in, band_in_matrix(c.attrs(), *k, in.dim(-2), in.back()));
    if (!expected.is_compatible_with(c.shape(1))) {
      throw InvalidArgumentError("Expected diagonal to have shape " + bracketed(expected) + ", received " +
                                 bracketed(c.shape(1)));
    }
  }
  return {in};
}

std::unique_ptr<Kernel> set_diag_kernel(const KernelSpec& spec) {
  const auto& in = spec.inputs[0].shape;
  const auto band = band_in_matrix(spec.attrs, spec.ints(2), in.dim(-2), in.back());
  const auto batch = product(in, 0, in.rank() - 2), matrix = band.rows * band.columns;
  const auto packed = band.count() * band.length;
  return dispatch_layout(spec.inputs[0].dtype, "MatrixSetDiagV3", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([=](const KernelRun& io) {
      std::copy_n(io.input<T>(0), batch * matrix, io.output<T>(0));
      for (std::int64_t b = 0; b < batch; ++b) {
        const T* x = io.input<T>(1) + b * packed;
        T* y = io.output<T>(0) + b * matrix;
        band.each([&](std::int64_t in_matrix, std::int64_t in_packed) { y[in_matrix] = x[in_packed]; });
      }
    });
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(matrix_diag) {
  using namespace hornbeam;
  add_op(OpDef("MatrixDiagV3")
             .input("diagonal: T")
             .input("k: int32")
             .input("num_rows: int32")
             .input("num_cols: int32")
             .input("padding_value: T")
             .output("output: T")
             .attr("T: type")
             .attr("align: string = 'RIGHT_LEFT'")
             .shape(diag_shape)
             .kernel(diag_kernel)
             .gradient(diag_gradient));
  add_op(OpDef("MatrixDiagPartV3")
             .input("input: T")
             .input("k: int32")
             .input("padding_value: T")
             .output("diagonal: T")
             .attr("T: type")
             .attr("align: string = 'RIGHT_LEFT'")
             .shape(diag_part_shape)
             .kernel(diag_part_kernel)
             .gradient(diag_part_gradient));
  add_op(OpDef("MatrixSetDiagV3")
             .input("input: T")
             .input("diagonal: T")
             .input("k: int32")
             .output("output: T")
             .attr("T: type")
             .attr("align: string = 'RIGHT_LEFT'")
             .shape(set_diag_shape)
             .kernel(set_diag_kernel)
             .gradient(set_diag_gradient));
}
