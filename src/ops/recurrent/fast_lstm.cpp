#include "ops/recurrent/fast_lstm.h"

#include "ops/recurrent/projection.h"

namespace hornbeam::fast {
namespace {

class Lstm {
 public:
  Lstm(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        in_(spec.attrs, 2),
        functions_(functions_of(spec.attrs)),
        source_(spec, q, in_, 4 * q.units),
        recurrent_(spec, in_.recurrent, q.units, 4 * q.units),
        sequences_(spec.attrs.b("sequences")),
        keep_(spec.attrs.b("keep")) {
    z_ = scratch_.per_sequence(source_.scratch());
    h_ = scratch_.per_sequence(q.units);
    next_ = scratch_.per_sequence(q.units);
    c_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  static kernels::CellFunctions functions_of(const Attrs& attrs) {
    const LstmCell cell(attrs);
    return {cell.activation, cell.recurrent_activation};
  }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u, wide = 4 * u;
    const auto array = [&](std::int64_t at, std::int64_t floats) { return Scratch::at(io, q_, share, at, floats); };
    float *h = array(h_, u), *next = array(next_, u), *c = array(c_, u);
    std::copy_n(io.input<float>(1) + share.first * u, all, h);
    std::copy_n(io.input<float>(2) + share.first * u, all, c);
    const PackedB& recurrent = recurrent_.get(io, 1);
    auto projection = source_.begin(io, share, array(z_, source_.scratch()));
    const Mask mask(q_, share, in_.mask ? io.input<bool>(in_.mask) : nullptr, array(on_, 1));
    for (std::int64_t step = 0; step < q_.time; ++step) {
      const auto t = q_.time_of(step);
      const auto [start, z] = projection.of_step(step);
      kernels::Epilogue epilogue;
      epilogue.residual = start;
      kernels::gemm_part(share.count, h, u, recurrent, z, wide, epilogue, {});
      const auto kept = step * q_.batch + share.first;
      if (keep_) scatter(q_, share, t, u, h, io.output<float>(5));
      const auto on = mask.at(t);
      kernels::lstm_step(functions_,
                         {share.count, u, z, h, c, next, keep_ ? io.output<float>(3) + kept * wide : nullptr, on});
      if (keep_) std::copy_n(c, all, io.output<float>(4) + kept * u);
      if (sequences_) write_output(q_, share, step, on, next, io.output<float>(0));
      std::swap(h, next);
    }
    std::copy_n(h, all, io.output<float>(1) + share.first * u);
    std::copy_n(c, all, io.output<float>(2) + share.first * u);
  }

 private:
  Sequence q_;
  RecurrentInputs in_;
  kernels::CellFunctions functions_;
  InputSource source_;
  Weights recurrent_;
  bool sequences_, keep_;
  Scratch scratch_;
  std::int64_t z_, h_, next_, c_, on_;
};

class LstmGrad {
 public:
  LstmGrad(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        functions_(Lstm::functions_of(spec.attrs)),
        back_(spec, 3, 4 * q.units, q.units, 0, true),
        mask_input_(spec.attrs.i("num_masks") > 0 ? 6 : 0),
        dy_input_(spec.attrs.i("num_dy") > 0 ? (mask_input_ ? 7 : 6) : 0) {
    dz_ = scratch_.per_sequence(4 * q.units);
    h_ = scratch_.per_sequence(q.units);
    c_ = scratch_.per_sequence(q.units);
    product_ = scratch_.per_sequence(q.units);
    held_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u, wide = 4 * u;
    const auto array = [&](std::int64_t at, std::int64_t floats) { return Scratch::at(io, q_, share, at, floats); };
    float *dz = array(dz_, wide), *dc = array(c_, u), *product = array(product_, u);
    const bool* masks = mask_input_ ? io.input<bool>(mask_input_) : nullptr;
    StateGradient state(q_, share, dy_input_ ? io.input<float>(dy_input_) : nullptr, masks, array(h_, u),
                        array(held_, u));
    std::copy_n(io.input<float>(4) + share.first * u, all, state.state());
    std::copy_n(io.input<float>(5) + share.first * u, all, dc);
    const Mask mask(q_, share, masks, array(on_, 1));
    const PackedB& back = back_.get(io, 0);
    const float *gates = io.input<float>(0), *cells = io.input<float>(1);
    for (std::int64_t step = q_.time; step-- > 0;) {
      const auto t = q_.time_of(step), kept = step * q_.batch + share.first;
      const auto on = mask.at(t);
      state.enter(step, on);
      const float* before = step > 0 ? cells + (kept - q_.batch) * u : io.input<float>(2) + share.first * u;
      kernels::lstm_step_back(functions_, {share.count, u, gates + kept * wide, cells + kept * u, before, state.state(),
                                           state.dy(step), state.dy_stride(), dc, dz, on});
      scatter(q_, share, t, wide, dz, io.output<float>(0));
      kernels::gemm_part(share.count, dz, wide, back, on ? product : state.state(), u, {}, {});
      for (std::int64_t i = 0; on && i < share.count; ++i) {
        if (on[i]) std::copy_n(product + i * u, u, state.state() + i * u);
      }
    }
    std::copy_n(state.state(), all, io.output<float>(1) + share.first * u);
    std::copy_n(dc, all, io.output<float>(2) + share.first * u);
  }

 private:
  Sequence q_;
  kernels::CellFunctions functions_;
  Weights back_;
  std::size_t mask_input_, dy_input_;
  Scratch scratch_;
  std::int64_t dz_, h_, c_, product_, held_, on_;
};

}  // namespace

std::unique_ptr<Kernel> lstm(const KernelSpec& spec, const Sequence& q) {
  return shared_out<Lstm>(spec, q, 4 * q.units * (q.features + q.units));
}

std::unique_ptr<Kernel> lstm_grad(const KernelSpec& spec, const Sequence& q) {
  return shared_out<LstmGrad>(spec, q, 4 * q.units * q.units);
}

}  // namespace hornbeam::fast
