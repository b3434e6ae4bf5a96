#include "ops/recurrent/fast_gru.h"

#include "ops/recurrent/projection.h"

namespace hornbeam::fast {
namespace {

kernels::CellFunctions functions_of(const GruCell& cell) { return {cell.activation, cell.recurrent_activation}; }

class Gru {
 public:
  Gru(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        in_(spec.attrs, 1),
        cell_(spec.attrs),
        functions_(functions_of(cell_)),
        source_(spec, q, in_, 3 * q.units),
        update_(spec, in_.recurrent, q.units, 2 * q.units),
        candidate_(spec, in_.recurrent, q.units, q.units, 2 * q.units),
        sequences_(spec.attrs.b("sequences")),
        keep_(spec.attrs.b("keep")) {
    z_ = scratch_.per_sequence(source_.scratch());
    h_ = scratch_.per_sequence(q.units);
    next_ = scratch_.per_sequence(q.units);
    inner_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u, wide = 3 * u;
    const auto array = [&](std::int64_t at, std::int64_t floats) { return Scratch::at(io, q_, share, at, floats); };
    float *h = array(h_, u), *next = array(next_, u), *inner = array(inner_, u);
    std::copy_n(io.input<float>(1) + share.first * u, all, h);
    const float* bias = in_.bias ? io.input<float>(in_.bias) : nullptr;
    auto projection = source_.begin(io, share, array(z_, source_.scratch()));
    const Products products{update_.get(io, 1), candidate_.get(io, 2),
                            cell_.reset_after && bias ? bias + wide : nullptr};
    const Mask mask(q_, share, in_.mask ? io.input<bool>(in_.mask) : nullptr, array(on_, 1));
    for (std::int64_t step = 0; step < q_.time; ++step) {
      const auto t = q_.time_of(step), kept = step * q_.batch + share.first;
      const auto rows = projection.of_step(step);
      float* gates = nullptr;
      if (keep_) {
        if (cell_.reset_after) inner = io.output<float>(3) + kept * u;
        gates = io.output<float>(2) + kept * wide;
        scatter(q_, share, t, u, h, io.output<float>(4));
      }
      const auto on = mask.at(t);
      advance(products, {share.count, u, rows.z, inner, h, next, gates, on}, rows, inner);
      // Weights are to meet it beside dz, which is in x's order.
      if (keep_ && !cell_.reset_after) scatter(q_, share, t, u, inner, io.output<float>(3));
      if (sequences_) write_output(q_, share, step, on, next, io.output<float>(0));
      std::swap(h, next);
    }
    std::copy_n(h, all, io.output<float>(1) + share.first * u);
  }

 private:
  struct Products {
    const PackedB &update, &candidate;
    const float* bias;  // of the recurrent products, or null
  };

  void advance(const Products& p, const kernels::GruStep& step, const Projection::Rows& x, float* inner) const {
    const auto u = step.units, wide = 3 * u;
    float* z = x.z;
    kernels::Epilogue onto_z;
    onto_z.residual = x.start;
    onto_z.bias = p.bias;
    kernels::gemm_part(step.rows, step.h_before, u, p.update, z, wide, onto_z, {});
    if (cell_.reset_after) {
      if (x.start != z) std::copy_n(x.start + 2 * u, u, z + 2 * u);
      kernels::Epilogue with_bias;
      with_bias.bias = p.bias ? p.bias + 2 * u : nullptr;
      kernels::gemm_part(step.rows, step.h_before, u, p.candidate, inner, u, with_bias, {});
      return kernels::gru_step(functions_, step);
    }
    kernels::gru_reset(functions_, step.rows, u, z, step.h_before, inner);
    kernels::Epilogue onto_candidate;
    onto_candidate.residual = x.start + 2 * u;
    kernels::gemm_part(step.rows, inner, u, p.candidate, z + 2 * u, wide, onto_candidate, {});
    kernels::gru_blend(functions_, step);
  }

  Sequence q_;
  RecurrentInputs in_;
  GruCell cell_;
  kernels::CellFunctions functions_;
  InputSource source_;
  Weights update_, candidate_;
  bool sequences_, keep_;
  Scratch scratch_;
  std::int64_t z_, h_, next_, inner_, on_;
};

class GruGrad {
 public:
  GruGrad(const KernelSpec& spec, const Sequence& q)
      : q_(q),
        cell_(spec.attrs),
        functions_(functions_of(cell_)),
        back_(spec, 3, (cell_.reset_after ? 3 : 2) * q.units, q.units, 0, true),
        candidate_back_(spec, 3, q.units, q.units, 2 * q.units, true),
        mask_input_(spec.attrs.i("num_masks") > 0 ? 5 : 0),
        dy_input_(spec.attrs.i("num_dy") > 0 ? (mask_input_ ? 6 : 5) : 0) {
    dz_ = scratch_.per_sequence(3 * q.units);
    recur_ = scratch_.per_sequence(3 * q.units);
    before_ = scratch_.per_sequence(q.units);
    h_ = scratch_.per_sequence(q.units);
    product_ = scratch_.per_sequence(q.units);
    held_ = scratch_.per_sequence(q.units);
    on_ = scratch_.per_sequence(1);
  }
  std::size_t scratch_bytes() const { return scratch_.bytes(q_); }

  void run(const KernelRun& io, kernels::Part part) const {
    const Share share = share_of(q_, part);
    if (share.count == 0) return;
    const auto u = q_.units, all = share.count * u, wide = 3 * u;
    const auto array = [&](std::int64_t at, std::int64_t floats) { return Scratch::at(io, q_, share, at, floats); };
    float *dz = array(dz_, wide), *recur = array(recur_, wide), *before = array(before_, u);
    float* product = array(product_, u);
    const bool* masks = mask_input_ ? io.input<bool>(mask_input_) : nullptr;
    StateGradient state(q_, share, dy_input_ ? io.input<float>(dy_input_) : nullptr, masks, array(h_, u),
                        array(held_, u));
    std::copy_n(io.input<float>(4) + share.first * u, all, state.state());
    const Mask mask(q_, share, masks, array(on_, 1));
    const PackedB &back = back_.get(io, 0), &candidate = candidate_back_.get(io, 1);
    for (std::int64_t step = q_.time; step-- > 0;) {
      const auto t = q_.time_of(step), kept = step * q_.batch + share.first;
      const auto on = mask.at(t);
      state.enter(step, on);
      gather(q_, share, t, u, io.input<float>(2), before);
      const kernels::GruStepBack args{share.count,
                                      u,
                                      io.input<float>(0) + kept * wide,
                                      io.input<float>(1) + kept * u,
                                      before,
                                      state.dy(step),
                                      state.dy_stride(),
                                      state.state(),
                                      dz,
                                      recur,
                                      on};
      if (cell_.reset_after) {
        kernels::gru_step_back(functions_, args);
        scatter(q_, share, t, wide, recur, io.output<float>(1));
      } else {
        kernels::gru_blend_back(functions_, args);
        kernels::gemm_part(share.count, dz + 2 * u, wide, candidate, product, u, {}, {});
        kernels::gru_reset_back(functions_, args, product);
      }
      scatter(q_, share, t, wide, dz, io.output<float>(0));
      // Rows that are off have zeros here, and keep what they have.
      kernels::Epilogue onto_state;
      onto_state.residual = state.state();
      kernels::gemm_part(share.count, cell_.reset_after ? recur : dz, wide, back, state.state(), u, onto_state, {});
    }
    std::copy_n(state.state(), all, io.output<float>(2) + share.first * u);
  }

 private:
  Sequence q_;
  GruCell cell_;
  kernels::CellFunctions functions_;
  Weights back_, candidate_back_;
  std::size_t mask_input_, dy_input_;
  Scratch scratch_;
  std::int64_t dz_, recur_, before_, h_, product_, held_, on_;
};

}  // namespace

std::unique_ptr<Kernel> gru(const KernelSpec& spec, const Sequence& q) {
  return shared_out<Gru>(spec, q, 3 * q.units * (q.features + q.units));
}

std::unique_ptr<Kernel> gru_grad(const KernelSpec& spec, const Sequence& q) {
  return shared_out<GruGrad>(spec, q, 3 * q.units * q.units);
}

}  // namespace hornbeam::fast
