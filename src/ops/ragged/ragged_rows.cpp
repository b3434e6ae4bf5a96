// Rows of ragged tensors that are there, and ragged tensors as lists of their parts.
#include <algorithm>
#include <cstring>

#include "ops/ragged/ragged.h"
#include "tensor/rows.h"

namespace hornbeam {
namespace {

void copy_values(const Tensor& from, std::int64_t begin, std::int64_t end, Tensor& to, std::int64_t at) {
  const auto rows = from.shape()[0];
  const auto row = rows == 0 ? 0 : from.num_elements() / rows;
  if (row == 0 || begin == end) return;
  if (from.dtype() == DType::string) {
    const auto source = from.data<std::string>();
    std::copy(source.begin() + begin * row, source.begin() + end * row,
              to.mutable_data<std::string>().begin() + at * row);
    return;
  }
  const auto bytes = static_cast<std::size_t>(row) * size_of(from.dtype());
  std::memcpy(to.mutable_raw() + static_cast<std::size_t>(at) * bytes,
              from.raw() + static_cast<std::size_t>(begin) * bytes, static_cast<std::size_t>(end - begin) * bytes);
}

Tensor splits_tensor(const std::vector<std::int64_t>& splits) {
  return Tensor::from<std::int64_t>({static_cast<std::int64_t>(splits.size())}, splits);
}

// A run of rows of some tensor.
struct RowRun {
  const RaggedImpl* of;
  std::int64_t from, to;
};

Tensor gathered_runs(std::vector<RowRun> runs) {
  const auto& like = *runs.at(0).of;
  std::vector<Tensor> nested;
  for (std::size_t level = 0; level < like.splits.size(); ++level) {
    std::vector<std::int64_t> splits{0};
    for (auto& [of, from, to] : runs) {
      const auto s = of->splits[level].data<std::int64_t>();
      const auto base = splits.back() - s[static_cast<std::size_t>(from)];
      for (auto i = from; i < to; ++i) splits.push_back(base + s[static_cast<std::size_t>(i) + 1]);
      from = s[static_cast<std::size_t>(from)];
      to = s[static_cast<std::size_t>(to)];
    }
    nested.push_back(splits_tensor(splits));
  }
  std::int64_t total = 0;
  for (const auto& run : runs) total += run.to - run.from;
  auto shape = like.flat.shape();
  shape[0] = total;
  Tensor flat = Tensor::empty(like.dtype, shape);
  std::int64_t at = 0;
  for (const auto& [of, from, to] : runs) {
    copy_values(of->flat, from, to, flat, at);
    at += to - from;
  }
  return make_ragged(flat, nested);
}

}  // namespace

std::int64_t count_rows(const Tensor& tensor) { return tensor.rank() ? tensor.shape()[0] : 1; }

Tensor some_rows(const Tensor& tensor, std::int64_t from, std::int64_t to) {
  const auto* ragged = as_ragged(tensor);
  return ragged ? gathered_runs({{ragged, from, to}}) : rows_of(tensor, from, to);
}

Tensor ordered_rows(const Tensor& ragged, std::span<const std::int64_t> order) {
  const auto* impl = as_ragged(ragged);
  std::vector<RowRun> runs;
  for (const auto row : order) runs.push_back({impl, row, row + 1});
  return runs.empty() ? some_rows(ragged, 0, 0) : gathered_runs(std::move(runs));
}

Tensor joined_rows(std::span<const Tensor> ragged) {
  std::vector<RowRun> runs;
  for (const auto& t : ragged) runs.push_back({as_ragged(t), 0, count_rows(t)});
  return gathered_runs(std::move(runs));
}

std::vector<Tensor> parts_of(std::span<const Tensor> tensors) {
  std::vector<Tensor> parts;
  for (const auto& t : tensors) {
    const auto* ragged = as_ragged(t);
    parts.push_back(ragged ? ragged->flat : t);
    if (ragged) parts.insert(parts.end(), ragged->splits.begin(), ragged->splits.end());
  }
  return parts;
}

std::vector<Tensor> joined_like(std::span<const Tensor> like, std::span<const Tensor> parts) {
  std::vector<Tensor> tensors;
  std::size_t next = 0;
  for (const auto& t : like) {
    const auto* ragged = as_ragged(t);
    const auto count = ragged ? ragged->splits.size() : 0;
    const auto splits = parts.subspan(next + 1, count);
    tensors.push_back(make_ragged(parts[next], {splits.begin(), splits.end()}));
    next += 1 + count;
  }
  return tensors;
}

void append_specs(std::vector<TensorSpec>& specs, DType dtype, const Shape& shape, std::size_t ragged_rank) {
  if (ragged_rank == 0) {
    specs.push_back({dtype, shape});
    return;
  }
  std::vector<std::int64_t> flat{None};
  flat.insert(flat.end(), shape.begin() + static_cast<std::ptrdiff_t>(ragged_rank) + 1, shape.end());
  specs.push_back({dtype, Shape(std::move(flat))});
  specs.resize(specs.size() + ragged_rank, {DType::int64, Shape{None}});
}

}  // namespace hornbeam
