// Where (indices of what is not zero) and Unique: the values decide how many results there are.
#include <unordered_map>

#include "ops/dispatch.h"
#include "ops/shape_math.h"

namespace hornbeam {
namespace {

std::vector<Shape> where_shape(const ShapeContext& c) {
  const auto& in = c.shape(0);
  return {Shape{None, in.has_rank() ? static_cast<std::int64_t>(in.rank()) : None}};
}

std::vector<Tensor> where(const Attrs&, std::span<const Tensor> inputs) {
  const auto& x = inputs[0];
  return dispatch<NumberAndBoolTypes>(x.dtype(), "Where", [&]<class T>() -> std::vector<Tensor> {
    const auto values = x.data<T>();
    const auto set = [](const T& v) { return static_cast<compute_t<T>>(v) != compute_t<T>{}; };
    std::int64_t count = 0;
    for (const auto& v : values) count += set(v) ? 1 : 0;
    const auto& shape = x.shape();
    Tensor out = Tensor::empty(DType::int64, {count, static_cast<std::int64_t>(shape.rank())});
    auto* y = out.mutable_data<std::int64_t>().data();
    std::vector<std::int64_t> index(shape.rank());
    for (const auto& v : values) {
      if (set(v)) y = std::copy(index.begin(), index.end(), y);
      for (std::size_t d = shape.rank(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
    }
    return {out};
  });
}

std::vector<Shape> unique_shape(const ShapeContext& c) {
  require_rank(c.shape(0), 1, "Unique", "x");
  return {Shape{None}, c.shape(0).has_rank() ? c.shape(0) : Shape{None}};
}
std::vector<Shape> unique_counts_shape(const ShapeContext& c) {
  auto shapes = unique_shape(c);
  shapes.push_back(Shape{None});
  return shapes;
}

// What finds equal values: 16-bit floats by their numbers, so that 0 and -0 are one.
template <class T>
auto key_of(const T& v) {
  if constexpr (std::is_same_v<T, std::string>) {
    return v;
  } else {
    return static_cast<compute_t<T>>(v);
  }
}

Tensor indices_as(DType dtype, const std::vector<std::int64_t>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  if (dtype == DType::int64) return Tensor::from<std::int64_t>(shape, values);
  return Tensor::from<std::int32_t>(shape, std::vector<std::int32_t>(values.begin(), values.end()));
}

template <bool kCounts>
std::vector<Tensor> unique(const Attrs& attrs, std::span<const Tensor> inputs) {
  const auto& x = inputs[0];
  if (x.rank() != 1) throw InvalidArgumentError("unique expects a 1D vector.");
  return dispatch<AllTypes>(x.dtype(), "Unique", [&]<class T>() -> std::vector<Tensor> {
    const auto values = x.data<T>();
    std::unordered_map<decltype(key_of(values[0])), std::int64_t> seen;
    std::vector<std::size_t> first;  // where each distinct value came first
    std::vector<std::int64_t> index, counts;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto [it, added] = seen.try_emplace(key_of(values[i]), static_cast<std::int64_t>(first.size()));
      if (added) {
        first.push_back(i);
        counts.push_back(0);
      }
      index.push_back(it->second);
      ++counts[static_cast<std::size_t>(it->second)];
    }
    Tensor y = Tensor::empty(x.dtype(), {static_cast<std::int64_t>(first.size())});
    auto out = y.mutable_data<T>();
    for (std::size_t i = 0; i < first.size(); ++i) out[i] = values[first[i]];
    const auto dtype = attrs.type("out_idx");
    std::vector<Tensor> results{y, indices_as(dtype, index)};
    if (kCounts) results.push_back(indices_as(dtype, counts));
    return results;
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(where) {
  using namespace hornbeam;
  add_op(OpDef("Where")
             .input("input: T")
             .output("index: int64")
             .attr("T: type = bool")
             .shape(where_shape)
             .dynamic(where)
             .no_gradient());
  add_op(OpDef("Unique")
             .input("x: T")
             .output("y: T")
             .output("idx: out_idx")
             .attr("T: type")
             .attr("out_idx: type = int32")
             .shape(unique_shape)
             .dynamic(unique<false>)
             .no_gradient());
  add_op(OpDef("UniqueWithCounts")
             .input("x: T")
             .output("y: T")
             .output("idx: out_idx")
             .output("count: out_idx")
             .attr("T: type")
             .attr("out_idx: type = int32")
             .shape(unique_counts_shape)
             .dynamic(unique<true>)
             .no_gradient());
}
