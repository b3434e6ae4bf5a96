#include "hornbeam/shape.hpp"

#include <algorithm>

#include "base/checked_math.h"
#include "hornbeam/errors.hpp"
#include "tensor/incompatible_shapes.h"

namespace hornbeam {

bool Shape::is_fully_known() const {
  return known_rank_ && std::all_of(dims_.begin(), dims_.end(), [](auto d) { return d >= 0; });
}

std::int64_t Shape::dim(std::int64_t index) const {
  const auto n = static_cast<std::int64_t>(dims_.size());
  const auto i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) {
    throw IndexError("dimension " + std::to_string(index) + " is out of range for shape " + to_string());
  }
  return dims_[static_cast<std::size_t>(i)];
}

std::int64_t Shape::num_elements() const {
  if (!known_rank_) throw ValueError("the number of elements of a tensor of unknown rank is not known");
  std::int64_t product = 1;
  for (const auto d : dims_) {
    if (d < 0) throw ValueError("the number of elements of shape " + to_string() + " is not known");
    const auto next = base::checked_mul(product, d);
    if (!next) throw ValueError("shape " + to_string() + " has more elements than fit 63 bits");
    product = *next;
  }
  return product;
}

std::string Shape::to_string() const {
  if (!known_rank_) return "<unknown>";
  std::string s = "(";
  for (std::size_t i = 0; i < dims_.size(); ++i) {
    if (i) s += ", ";
    s += dims_[i] < 0 ? "None" : std::to_string(dims_[i]);
  }
  if (dims_.size() == 1) s += ",";
  return s + ")";
}

bool Shape::is_compatible_with(const Shape& other) const {
  if (!known_rank_ || !other.known_rank_) return true;
  if (dims_.size() != other.dims_.size()) return false;
  for (std::size_t i = 0; i < dims_.size(); ++i) {
    if (dims_[i] >= 0 && other.dims_[i] >= 0 && dims_[i] != other.dims_[i]) return false;
  }
  return true;
}

namespace {
// TensorFlow's spelling in kernel errors: "[2,3]".
std::string bracketed(const Shape& shape) {
  std::string s = "[";
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (i) s += ",";
    s += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return s + "]";
}
}  // namespace

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  if (!a.has_rank() || !b.has_rank()) return Shape::unknown();
  const auto rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> out(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto x = i + a.rank() < rank ? 1 : a[i + a.rank() - rank];
    const auto y = i + b.rank() < rank ? 1 : b[i + b.rank() - rank];
    if (x == y) {
      out[i] = x;
    } else if (x == 1) {
      out[i] = y;
    } else if (y == 1) {
      out[i] = x;
    } else if (x < 0) {
      out[i] = y;
    } else if (y < 0) {
      out[i] = x;
    } else {
      throw IncompatibleShapes(bracketed(a), bracketed(b), x, y);
    }
  }
  return Shape(std::move(out));
}

}  // namespace hornbeam
