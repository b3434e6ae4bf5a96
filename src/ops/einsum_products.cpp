#include "ops/einsum_products.h"

#include <algorithm>

namespace hornbeam {
namespace {

bool has_label(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// An operand of an einsum.
struct Operand {
  const Labels& labels;
  const Shape& shape;
  std::int64_t stride(Label label) const { return ResolvedEinsum::stride(labels, shape, label); }
};

// The stride of the labels walked as one, the last the fastest; 0 where there is one element.
std::optional<std::int64_t> joined_stride(const ResolvedEinsum& einsum, const Labels& role, const Operand& operand) {
  std::int64_t result = 0, next = 0;
  bool any = false;
  for (std::size_t i = role.size(); i-- > 0;) {
    const auto size = einsum.size(role[i]);
    if (size == 1) continue;
    const auto stride = operand.stride(role[i]);
    if (!any) {
      result = stride;
    } else if (stride != next) {
      return std::nullopt;
    }
    any = true;
    next = stride * size;
  }
  return result;
}

}  // namespace

EinsumRoles::EinsumRoles(const ResolvedEinsum& einsum, bool two) {
  const Labels none;
  const Labels &first = einsum.inputs[0], &second = two ? einsum.inputs[1] : none;
  for (const auto label : einsum.output) {
    auto& role = has_label(first, label) && has_label(second, label) ? batch : has_label(first, label) ? rows : columns;
    if (!has_label(role, label)) role.push_back(label);
  }
  for (const auto& [label, size] : einsum.sizes) {
    if (!has_label(einsum.output, label)) inner.push_back(label);
  }
}

std::optional<StridedProducts> einsum_products(const ResolvedEinsum& einsum, const std::vector<Shape>& shapes,
                                               const Shape& out_shape) {
  if (shapes.size() != 2) return std::nullopt;
  for (const auto& [label, size] : einsum.sizes) {
    if (size == 0 || std::count(einsum.output.begin(), einsum.output.end(), label) > 1) return std::nullopt;
  }
  const EinsumRoles roles(einsum, true);
  const Operand first{einsum.inputs[0], shapes[0]}, second{einsum.inputs[1], shapes[1]};
  const Operand out{einsum.output, out_shape};
  const auto size_of = [&](const Labels& role) {
    std::int64_t size = 1;
    for (const auto label : role) size *= einsum.size(label);
    return size;
  };
  const auto rows = joined_stride(einsum, roles.rows, out), columns = joined_stride(einsum, roles.columns, out);
  if (!rows || !columns) return std::nullopt;
  StridedProducts p;
  // Rows of the result lie one below the other: its columns have no gaps.
  p.swapped = *columns != 1 && *rows == 1;
  const auto& a = p.swapped ? second : first;
  const auto& b = p.swapped ? first : second;
  const auto& a_rows = p.swapped ? roles.columns : roles.rows;
  const auto& b_columns = p.swapped ? roles.rows : roles.columns;
  p.m = size_of(a_rows);
  p.n = size_of(b_columns);
  p.k = size_of(roles.inner);
  const auto c_row = p.swapped ? *columns : *rows, c_column = p.swapped ? *rows : *columns;
  if (p.n > 1 && c_column != 1) return std::nullopt;
  p.c_row = p.m > 1 ? c_row : p.n;
  const auto ar = joined_stride(einsum, a_rows, a), ak = joined_stride(einsum, roles.inner, a);
  const auto bk = joined_stride(einsum, roles.inner, b), bn = joined_stride(einsum, b_columns, b);
  if (!ar || !ak || !bk || !bn) return std::nullopt;
  p.a_row = *ar;
  p.a_column = *ak;
  p.b_row = *bk;
  p.b_column = *bn;
  for (const auto label : roles.batch) {
    const auto size = einsum.size(label);
    if (size == 1) continue;
    p.batch.push_back({size, a.stride(label), b.stride(label), out.stride(label)});
    p.count *= size;
  }
  return p;
}

}  // namespace hornbeam
