#include "ops/strided_copy.h"

namespace hornbeam {

CopyPlan::CopyPlan(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& src,
                   const std::vector<std::int64_t>& dst) {
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0) {
      dims_.clear();
      return;  // m_ is 0: nothing to copy
    }
    if (dims[i] == 1) continue;
    const bool joins = !dims_.empty() && src_.back() == src[i] * dims[i] && dst_.back() == dst[i] * dims[i];
    if (joins) {
      dims_.back() *= dims[i];
      src_.back() = src[i];
      dst_.back() = dst[i];
    } else {
      dims_.push_back(dims[i]);
      src_.push_back(src[i]);
      dst_.push_back(dst[i]);
    }
  }
  const auto take = [&](std::size_t i, std::int64_t& dim, std::int64_t& s, std::int64_t& d) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    dim = dims_[i];
    s = src_[i];
    d = dst_[i];
    dims_.erase(dims_.begin() + at);
    src_.erase(src_.begin() + at);
    dst_.erase(dst_.begin() + at);
  };
  m_ = n_ = 1;
  if (!dims_.empty()) take(dims_.size() - 1, n_, src_n_, dst_n_);
  if (dims_.empty()) return;
  // A row that jumps about in the source goes together with the dim along which the source is contiguous.
  std::size_t partner = dims_.size() - 1;
  if (src_n_ != 1 && src_n_ != 0) {
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      if (src_[i] == 1) {
        partner = i;
        tiled_ = true;
      }
    }
  }
  take(partner, m_, src_m_, dst_m_);
}

}  // namespace hornbeam
