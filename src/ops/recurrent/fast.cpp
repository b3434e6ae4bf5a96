#include "ops/recurrent/fast.h"

namespace hornbeam::fast {

Weights::Weights(const KernelSpec& spec, std::size_t input, std::int64_t k, std::int64_t n, std::int64_t first,
                 bool transposed)
    : input_(input), k_(k), n_(n), first_(first), stride_(spec.inputs[input].shape[1]), transposed_(transposed) {
  const auto* value = spec.value(input);
  if (!spec.compiled || !value) return;
  auto packed = std::make_shared<PackedB>();
  pack(*packed, value->data<float>().data());
  packed_ = std::move(packed);
}

void Weights::pack(PackedB& to, const float* weights) const {
  to.assign(k_, n_, weights + first_, stride_, transposed_);
}

const PackedB& Weights::get(const KernelRun& io, int slot) const {
  if (packed_) return *packed_;
  thread_local PackedB kept[3];
  pack(kept[slot], io.input<float>(input_));
  return kept[slot];
}

void gather(const Sequence& q, const Share& share, std::int64_t t, std::int64_t width, const float* from, float* to) {
  for (std::int64_t i = 0; i < share.count; ++i, to += width) {
    std::copy_n(from + q.row(share.first + i, t) * width, width, to);
  }
}

void scatter(const Sequence& q, const Share& share, std::int64_t t, std::int64_t width, const float* from, float* to) {
  for (std::int64_t i = 0; i < share.count; ++i, from += width) {
    std::copy_n(from, width, to + q.row(share.first + i, t) * width);
  }
}

void write_output(const Sequence& q, const Share& share, std::int64_t step, kernels::RowsOn on, const float* h,
                  float* y) {
  if (!on) return scatter(q, share, step, q.units, h, y);
  for (std::int64_t i = 0; i < share.count; ++i) {
    const auto b = share.first + i;
    float* to = y + q.out_row(b, step) * q.units;
    if (on[i]) {
      std::copy_n(h + i * q.units, q.units, to);
    } else if (step == 0 || q.zero_masked) {
      std::fill_n(to, q.units, 0.0F);
    } else {
      std::copy_n(y + q.out_row(b, step - 1) * q.units, q.units, to);
    }
  }
}

StateGradient::StateGradient(const Sequence& q, const Share& share, const float* dy, const bool* mask, float* state,
                             float* held)
    : q_(q), share_(share), dy_(dy), masked_(mask != nullptr), state_(state), held_(held) {
  if (masked_) std::fill_n(held_, share.count * q.units, 0.0F);
}

void StateGradient::enter(std::int64_t step, kernels::RowsOn on) {
  if (!masked_ || !dy_) return;
  for (std::int64_t i = 0; i < share_.count; ++i) {
    float *state = state_ + i * q_.units, *held = held_ + i * q_.units;
    const float* own = dy_ + q_.out_row(share_.first + i, step) * q_.units;
    if (on[i]) {
      for (std::int64_t j = 0; j < q_.units; ++j) {
        state[j] += own[j] + held[j];
        held[j] = 0;
      }
    } else if (!q_.zero_masked) {
      for (std::int64_t j = 0; j < q_.units; ++j) held[j] += own[j];
    }
  }
}

double work_of(const Sequence& q, std::int64_t products) {
  if (q.batch < 2) return 1;
  return static_cast<double>(q.rows()) * 2 * static_cast<double>(products);
}

}  // namespace hornbeam::fast
