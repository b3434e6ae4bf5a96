#include "ops/recurrent/fast_simple_rnn.h"

#include "ops/recurrent/projection.h"

namespace hornbeam::fast {
namespace {

class SimpleRnn {
 public:
  SimpleRnn(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        in_(spec.attrs, 1),
        activation_(activation_attr(spec.attrs, "activation")),
        source_(spec, q, in_, q.units),
        recurrent_(spec, in_.recurrent, q.units, q.units),
        sequences_(spec.attrs.b("sequences")),
        keep_(spec.attrs.b("keep")) {
    z_ = scratch_.per_sequence(source_.scratch());
    h_ = scratch_.per_sequence(q.units);
    next_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u;
    const auto array = [&](std::int64_t at, std::int64_t floats) { return Scratch::at(io, q_, share, at, floats); };
    float *h = array(h_, u), *next = array(next_, u);
    std::copy_n(io.input<float>(1) + share.first * u, all, h);
    const PackedB& recurrent = recurrent_.get(io, 1);
    auto projection = source_.begin(io, share, array(z_, source_.scratch()));
    const Mask mask(q_, share, in_.mask ? io.input<bool>(in_.mask) : nullptr, array(on_, 1));
    for (std::int64_t step = 0; step < q_.time; ++step) {
      const auto t = q_.time_of(step);
      kernels::Epilogue epilogue;
      epilogue.residual = projection.of_step(step).start;
      epilogue.activation = activation_;
      kernels::gemm_part(share.count, h, u, recurrent, next, u, epilogue, {});
      if (keep_) scatter(q_, share, t, u, h, io.output<float>(2));
      const auto on = mask.at(t);
      for (std::int64_t i = 0; on && i < share.count; ++i) {
        if (!on[i]) std::copy_n(h + i * u, u, next + i * u);
      }
      if (sequences_) write_output(q_, share, step, on, next, io.output<float>(0));
      std::swap(h, next);
    }
    std::copy_n(h, all, io.output<float>(1) + share.first * u);
  }

 private:
  Sequence q_;
  RecurrentInputs in_;
  kernels::Activation activation_;
  InputSource source_;
  Weights recurrent_;
  bool sequences_, keep_;
  Scratch scratch_;
  std::int64_t z_, h_, next_, on_;
};

class SimpleRnnGrad {
 public:
  SimpleRnnGrad(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        activation_(activation_attr(spec.attrs, "activation")),
        back_(spec, 2, q.units, q.units, 0, true),
        mask_input_(spec.attrs.i("num_masks") > 0 ? 4 : 0),
        dy_input_(spec.attrs.i("num_dy") > 0 ? (mask_input_ ? 5 : 4) : 0) {
    dz_ = scratch_.per_sequence(q.units);
    after_ = scratch_.per_sequence(q.units);
    h_ = scratch_.per_sequence(q.units);
    product_ = scratch_.per_sequence(q.units);
    held_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u;
    const auto array = [&](std::int64_t at) { return Scratch::at(io, q_, share, at, u); };
    float *dz = array(dz_), *after = array(after_), *product = array(product_);
    const bool* masks = mask_input_ ? io.input<bool>(mask_input_) : nullptr;
    StateGradient state(q_, share, dy_input_ ? io.input<float>(dy_input_) : nullptr, masks, array(h_), array(held_));
    std::copy_n(io.input<float>(3) + share.first * u, all, state.state());
    const Mask mask(q_, share, masks, Scratch::at(io, q_, share, on_, 1));
    const PackedB& back = back_.get(io, 0);
    // What the step gave is what the next one began with.
    std::copy_n(io.input<float>(1) + share.first * u, all, after);
    for (std::int64_t step = q_.time; step-- > 0;) {
      const auto t = q_.time_of(step);
      const auto on = mask.at(t);
      state.enter(step, on);
      kernels::simple_step_back(activation_,
                                {share.count, u, after, state.state(), state.dy(step), state.dy_stride(), dz, on});
      scatter(q_, share, t, u, dz, io.output<float>(0));
      kernels::gemm_part(share.count, dz, u, back, on ? product : state.state(), u, {}, {});
      for (std::int64_t i = 0; on && i < share.count; ++i) {
        if (on[i]) std::copy_n(product + i * u, u, state.state() + i * u);
      }
      gather(q_, share, t, u, io.input<float>(0), after);
    }
    std::copy_n(state.state(), all, io.output<float>(1) + share.first * u);
  }

 private:
  Sequence q_;
  kernels::Activation activation_;
  Weights back_;
  std::size_t mask_input_, dy_input_;
  Scratch scratch_;
  std::int64_t dz_, after_, h_, product_, held_, on_;
};

}  // namespace

std::unique_ptr<Kernel> simple_rnn(const KernelSpec& spec, const Sequence& q) {
  return shared_out<SimpleRnn>(spec, q, q.units * (q.features + q.units));
}

std::unique_ptr<Kernel> simple_rnn_grad(const KernelSpec& spec, const Sequence& q) {
  return shared_out<SimpleRnnGrad>(spec, q, q.units * q.units);
}

}  // namespace hornbeam::fast
