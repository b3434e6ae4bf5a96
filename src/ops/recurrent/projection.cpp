#include "ops/recurrent/projection.h"

#include <hwy/cache_control.h>

#include "ops/picked_indices.h"

namespace hornbeam::fast {
namespace {

// Steps whose products are made at once: enough rows for the weights to be worth reading, few enough to stay in L2.
std::int64_t steps_at_once(const Sequence& q) {
  constexpr std::int64_t kRows = 64;
  return std::clamp<std::int64_t>(kRows / std::max<std::int64_t>(q.batch, 1), 1, std::max<std::int64_t>(q.time, 1));
}

}  // namespace

InputSource::InputSource(const KernelSpec& spec, const Sequence& q, const RecurrentInputs& in, std::int64_t columns)
    : q_(q),
      in_(in),
      columns_(columns),
      at_once_(spec.attrs.b("lookup") ? 1 : steps_at_once(q)),
      indices_(spec.inputs[0]),
      table_rows_(spec.inputs[in.kernel].shape[0]) {
  if (!spec.attrs.b("lookup")) weights_.emplace(spec, in.kernel, q.features, columns);
}

Projection::Projection(const InputSource& source, const Share& share, const KernelRun& io, float* buffer)
    : source_(source),
      share_(share),
      x_(io.in[0]),
      bias_(source.in_.bias ? io.input<float>(source.in_.bias) : nullptr),
      table_(io.input<float>(source.in_.kernel)),
      weights_(source.weights_ ? &source.weights_->get(io, 0) : nullptr),
      buffer_(buffer) {
  if (!weights_) check_indices(source.indices_, x_, source.table_rows_);
}

Projection::Rows Projection::of_step(std::int64_t step) {
  if (!weights_) return look_up(step);
  const auto at_once = source_.at_once_, local = step % at_once;
  if (local == 0) multiply(step, std::min(at_once, source_.q_.time - step));
  float* rows = buffer_ + local * share_.count * source_.columns_;
  return {rows, rows};
}

// By steps when there are many sequences; else by sequences, whose steps lie behind each other.
void Projection::multiply(std::int64_t first_step, std::int64_t steps) {
  const auto& q = source_.q_;
  const auto columns = source_.columns_, features = q.features;
  const auto* x = reinterpret_cast<const float*>(x_);
  kernels::Epilogue epilogue;
  epilogue.bias = bias_;
  const auto x_at = [&](std::int64_t b, std::int64_t step) { return x + q.row(b, q.time_of(step)) * features; };
  if (share_.count >= steps) {
    const auto between_sequences = (q.time_major ? 1 : q.time) * features;
    for (std::int64_t s = 0; s < steps; ++s) {
      kernels::gemm_part(share_.count, x_at(share_.first, first_step + s), between_sequences, *weights_,
                         buffer_ + s * share_.count * columns, columns, epilogue, {});
    }
    return;
  }
  const auto between_steps = (q.time_major ? q.batch : 1) * features * (q.go_backwards ? -1 : 1);
  for (std::int64_t i = 0; i < share_.count; ++i) {
    kernels::gemm_part(steps, x_at(share_.first + i, first_step), between_steps, *weights_, buffer_ + i * columns,
                       share_.count * columns, epilogue, {});
  }
}

const float* Projection::table_row(std::int64_t b, std::int64_t step) const {
  const auto at = source_.q_.row(b, source_.q_.time_of(step));
  const auto index = source_.indices_.dtype == DType::int32 ? reinterpret_cast<const std::int32_t*>(x_)[at]
                                                            : reinterpret_cast<const std::int64_t*>(x_)[at];
  return table_ + index * source_.columns_;
}

Projection::Rows Projection::look_up(std::int64_t step) {
  const auto columns = source_.columns_;
  // The table may be far bigger than the caches.
  if (step + 1 < source_.q_.time) {
    for (std::int64_t i = 0; i < share_.count; ++i) {
      const float* row = table_row(share_.first + i, step + 1);
      for (std::int64_t j = 0; j < columns; j += 16) hwy::Prefetch(row + j);
    }
  }
  if (share_.count == 1) return {table_row(share_.first, step), buffer_};
  for (std::int64_t i = 0; i < share_.count; ++i) {
    std::copy_n(table_row(share_.first + i, step), columns, buffer_ + i * columns);
  }
  return {buffer_, buffer_};
}

}  // namespace hornbeam::fast
