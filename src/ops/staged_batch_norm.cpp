// Batch normalisation and its gradient in stages that a team shares out: sums of blocks of rows, what follows from them
// for each channel, then each number.
#include <cmath>

#include "ops/batch_norm.h"
#include "ops/kernels/batch_norm.h"

namespace hornbeam {
namespace {

using kernels::Part;
using kernels::RowBlocks;

// What a stage over an array takes: a number read or written is as long as some operations.
double work(const RowBlocks& blocks, double each) {
  return each * static_cast<double>(blocks.rows) * static_cast<double>(blocks.columns);
}
double join_work(const RowBlocks& blocks) { return 4 * static_cast<double>(blocks.sums_size()); }

bool serves(const KernelSpec& spec, const ChannelDims& dims) {
  return spec.inputs[0].dtype == DType::float32 && dims.inner == 1 && dims.size() > 0;
}

// y = (x - mean) factor + offset
float factor_of(float scale, float variance, float epsilon) { return scale / std::sqrt(variance + epsilon); }

struct Forward {
  RowBlocks blocks;
  float epsilon, share;  // share: what this batch counts for in the moving statistics
  bool training, has_estimates, has_reserve3;
  BatchNormExtras extras;

  float* factors(const KernelRun& io) const { return reinterpret_cast<float*>(io.scratch) + blocks.sums_size(); }

  void moments(const KernelRun& io, Part part) const {
    kernels::block_moments_part(blocks, io.input<float>(0), reinterpret_cast<float*>(io.scratch), part);
  }
  void statistics(const KernelRun& io, Part part) const {
    float *mean = io.output<float>(1), *variance = io.output<float>(2);
    float *saved_mean = io.output<float>(3), *saved_variance = io.output<float>(4);
    const auto *old_mean = io.input<float>(3), *old_variance = io.input<float>(4), *scale = io.input<float>(1);
    if (has_reserve3 && part.index == 0) *io.output<float>(5) = 0;
    if (training) {
      kernels::join_moments_part(blocks, reinterpret_cast<float*>(io.scratch), saved_mean, saved_variance, part);
    }
    const double count = static_cast<double>(blocks.rows), correction = count > 1 ? count / (count - 1) : 1;
    const auto own = kernels::slice(blocks.columns, part, 16);
    for (auto c = own.begin; c < own.end; ++c) {
      if (training) {
        const float unbiased = static_cast<float>(static_cast<double>(saved_variance[c]) * correction);
        const bool moves = share != 1.0F && has_estimates;
        mean[c] = moves ? (1 - share) * old_mean[c] + share * saved_mean[c] : saved_mean[c];
        variance[c] = moves ? (1 - share) * old_variance[c] + share * unbiased : unbiased;
      } else {
        mean[c] = saved_mean[c] = old_mean[c];
        variance[c] = saved_variance[c] = old_variance[c];
      }
      factors(io)[c] = factor_of(scale[c], saved_variance[c], epsilon);
    }
  }
  void normalise(const KernelRun& io, Part part) const {
    const kernels::Normalisation n{io.output<float>(3), factors(io), io.input<float>(2), extras.relu};
    const float* side = extras.side ? io.input<float>(extras.side) : nullptr;
    kernels::normalise_part(blocks, n, io.input<float>(0), side, io.output<float>(0), part);
  }
};

struct Backward {
  RowBlocks blocks;
  float epsilon;
  bool training, relu;
  std::size_t offset;

  // In scratch: the blocks' sums, two vectors of doubles, four of floats.
  float* sums(const KernelRun& io) const { return reinterpret_cast<float*>(io.scratch); }
  double* totals(const KernelRun& io) const { return reinterpret_cast<double*>(sums(io) + blocks.sums_size()); }
  float* vector(const KernelRun& io, std::int64_t i) const {
    return reinterpret_cast<float*>(totals(io) + 2 * blocks.columns) + i * blocks.columns;
  }
  std::size_t scratch() const {
    return static_cast<std::size_t>(blocks.sums_size() + 8 * blocks.columns) * sizeof(float);
  }
  kernels::Normalisation normalisation(const KernelRun& io) const {
    return {io.input<float>(3), vector(io, 3), relu ? io.input<float>(offset) : nullptr, relu};
  }

  // relu asks for the factors first.
  void factors(const KernelRun& io, Part part) const {
    const auto own = kernels::slice(blocks.columns, part, 16);
    const float *scale = io.input<float>(2), *variance = io.input<float>(4);
    for (auto c = own.begin; c < own.end; ++c) vector(io, 3)[c] = factor_of(scale[c], variance[c], epsilon);
  }
  void products(const KernelRun& io, Part part) const {
    kernels::block_products_part(blocks, normalisation(io), io.input<float>(0), io.input<float>(1), sums(io), part);
  }
  void join(const KernelRun& io, Part part) const {
    double *total = totals(io), *product = total + blocks.columns;
    kernels::join_products_part(blocks, sums(io), total, product, part);
    const float *scale = io.input<float>(2), *variance = io.input<float>(4);
    float *by_scale = io.output<float>(1), *by_offset = io.output<float>(2);
    float *center = vector(io, 0), *a = vector(io, 1), *b = vector(io, 2);
    const double n = static_cast<double>(blocks.rows);
    const auto own = kernels::slice(blocks.columns, part, 16);
    for (auto c = own.begin; c < own.end; ++c) {
      const double inverse = 1 / std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon));
      const double factor = static_cast<double>(scale[c]) * inverse;
      by_scale[c] = static_cast<float>(product[c] * inverse);
      by_offset[c] = static_cast<float>(total[c]);
      center[c] = training ? static_cast<float>(total[c] / n) : 0.0F;
      a[c] = static_cast<float>(factor);
      b[c] = training ? static_cast<float>(-factor * inverse * inverse * product[c] / n) : 0.0F;
    }
  }
  void combine(const KernelRun& io, Part part) const {
    const kernels::NormalisationGradient gradient{vector(io, 0), vector(io, 1), vector(io, 2)};
    kernels::normalise_gradient_part(blocks, normalisation(io), gradient, io.input<float>(0), io.input<float>(1),
                                     io.output<float>(0), part);
  }
};

template <class Job>
KernelStage stage(double flops, const Job& job, void (Job::*run)(const KernelRun&, Part) const) {
  return {flops, [job, run](const KernelRun& io, Part part) { (job.*run)(io, part); }};
}

}  // namespace

std::unique_ptr<Kernel> staged_batch_norm(const KernelSpec& spec, const BatchNormExtras& extras) {
  const ChannelDims dims(spec.inputs[0].shape, spec.attrs);
  if (!serves(spec, dims)) return nullptr;
  const bool has_estimates = spec.inputs[3].shape.num_elements() > 0 && spec.inputs[4].shape.num_elements() > 0;
  const Forward job{RowBlocks(dims.outer, dims.channels),
                    spec.attrs.f("epsilon"),
                    spec.attrs.f("exponential_avg_factor"),
                    spec.attrs.b("is_training"),
                    has_estimates,
                    spec.outputs.size() == 6,
                    extras};
  std::vector<KernelStage> stages;
  if (job.training) stages.push_back(stage(work(job.blocks, 8), job, &Forward::moments));
  stages.push_back(stage(job.training ? join_work(job.blocks) : 1, job, &Forward::statistics));
  stages.push_back(stage(work(job.blocks, extras.side ? 16 : 12), job, &Forward::normalise));
  const auto floats = static_cast<std::size_t>(job.blocks.sums_size() + job.blocks.columns);
  return make_staged_kernel(std::move(stages), floats * sizeof(float));
}

std::unique_ptr<Kernel> staged_batch_norm_grad(const KernelSpec& spec, bool relu, std::size_t offset) {
  const ChannelDims dims(spec.inputs[1].shape, spec.attrs);
  if (!serves(spec, dims)) return nullptr;
  const Backward job{RowBlocks(dims.outer, dims.channels), spec.attrs.f("epsilon"), spec.attrs.b("is_training"), relu,
                     offset};
  std::vector<KernelStage> stages;
  if (relu) stages.push_back(stage(1, job, &Backward::factors));
  stages.push_back(stage(work(job.blocks, 10), job, &Backward::products));
  stages.push_back(stage(join_work(job.blocks), job, &Backward::join));
  stages.push_back(stage(work(job.blocks, 16), job, &Backward::combine));
  return make_staged_kernel(std::move(stages), job.scratch());
}

}  // namespace hornbeam
