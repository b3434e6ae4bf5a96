// The shape of a tensor: known dims, unknown dims (None) or unknown rank. A value type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace hornbeam {

// An unknown dim, as Python's None in a Keras shape.
inline constexpr std::int64_t None = -1;

class Shape {
 public:
  Shape() = default;  // a scalar's
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}
  static Shape unknown() {
    Shape s;
    s.known_rank_ = false;
    return s;
  }

  bool has_rank() const { return known_rank_; }
  std::size_t rank() const { return dims_.size(); }  // 0 when the rank is unknown
  bool is_fully_known() const;
  const std::vector<std::int64_t>& dims() const { return dims_; }
  // Negative indices count from the end. Throws IndexError.
  std::int64_t dim(std::int64_t index) const;
  std::int64_t operator[](std::size_t index) const { return dims_[index]; }
  std::int64_t& operator[](std::size_t index) { return dims_[index]; }
  std::int64_t back() const { return dim(-1); }
  bool empty() const { return dims_.empty(); }
  std::size_t size() const { return dims_.size(); }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void push_back(std::int64_t dim) { dims_.push_back(dim); }

  // Product of the dims. Throws ValueError when a dim is unknown or the product does not fit 63 bits.
  std::int64_t num_elements() const;
  // Python's spelling: "(None, 784)", "(3,)", "()"; "<unknown>" when the rank is unknown.
  std::string to_string() const;
  // Equal wherever both know.
  bool is_compatible_with(const Shape& other) const;

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  bool known_rank_ = true;
  std::vector<std::int64_t> dims_;
};

// NumPy broadcasting; an unknown dim meets 1 as unknown. Throws InvalidArgumentError ("Incompatible shapes: [2,3] vs.
// [4]").
Shape broadcast_shapes(const Shape& a, const Shape& b);

}  // namespace hornbeam
