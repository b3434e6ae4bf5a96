// A place in some dims, for kernels that walk them: on the stack, unless they are very many, so that a run allocates
// nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hornbeam {

class DimIndex {
 public:
  explicit DimIndex(std::size_t dims) : many_(dims > kFew ? dims : 0), at_(dims > kFew ? many_.data() : few_.data()) {}
  DimIndex(const DimIndex&) = delete;
  DimIndex& operator=(const DimIndex&) = delete;

  std::int64_t& operator[](std::size_t i) { return at_[i]; }

 private:
  static constexpr std::size_t kFew = 8;
  std::array<std::int64_t, kFew> few_{};
  std::vector<std::int64_t> many_;
  std::int64_t* at_;
};

}  // namespace hornbeam
