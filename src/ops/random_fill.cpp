#include "ops/random_fill.h"

#include "ops/dispatch.h"
#include "ops/integer_math.h"

namespace hornbeam::random {
namespace {

// Numbers come in groups of one call of the generator; the last group may be cut.
template <class T, std::size_t kGroup, class F>
void fill_groups(Philox generator, T* out, std::int64_t n, F&& group) {
  std::int64_t i = 0;
  constexpr auto kStep = static_cast<std::int64_t>(kGroup);
  for (; i + kStep <= n; i += kStep) {
    const std::array<T, kGroup> values = group(generator());
    for (std::size_t j = 0; j < kGroup; ++j) out[i + static_cast<std::int64_t>(j)] = values[j];
  }
  if (i < n) {
    const std::array<T, kGroup> values = group(generator());
    for (std::size_t j = 0; i < n; ++i, ++j) out[i] = values[j];
  }
}

using Words = Philox::Words;

template <class T>
void fill_uniform(const Philox& g, T* out, std::int64_t n) {
  if constexpr (std::is_same_v<T, double>) {
    fill_groups<T, 2>(g, out, n, [](const Words& w) {
      return std::array<T, 2>{unit_double(w[0], w[1]), unit_double(w[2], w[3])};
    });
  } else {
    fill_groups<T, 4>(g, out, n, [](const Words& w) {
      std::array<T, 4> v;
      for (std::size_t i = 0; i < 4; ++i) {
        if constexpr (std::is_same_v<T, float>) v[i] = unit_float(w[i]);
        if constexpr (std::is_same_v<T, Float16>) v[i] = unit_half(w[i]);
        if constexpr (std::is_same_v<T, BFloat16>) v[i] = unit_bfloat(w[i]);
      }
      return v;
    });
  }
}

template <class T>
void fill_normal(const Philox& g, T* out, std::int64_t n) {
  if constexpr (std::is_same_v<T, double>) {
    fill_groups<T, 2>(g, out, n, [](const Words& w) { return box_muller(w[0], w[1], w[2], w[3]); });
  } else {
    fill_groups<T, 4>(g, out, n, [](const Words& w) {
      const auto a = box_muller(w[0], w[1]), b = box_muller(w[2], w[3]);
      return std::array<T, 4>{T(a[0]), T(a[1]), T(b[0]), T(b[1])};
    });
  }
}

// Normal numbers beyond 2 are drawn again. Each group of four (two doubles) has 256 words per number for itself.
template <class T>
void fill_truncated(const Philox& g, T* out, std::int64_t n) {
  constexpr bool kDouble = std::is_same_v<T, double>;
  constexpr std::int64_t kGroup = kDouble ? 2 : 4;
  using C = std::conditional_t<kDouble, double, float>;
  for (std::int64_t start = 0; start < n; start += kGroup) {
    SingleWords next{g, {}};
    next.generator.skip(static_cast<std::uint64_t>(start / kGroup) * static_cast<std::uint64_t>(kGroup * 256 / 4));
    const auto end = start + kGroup < n ? start + kGroup : n;
    for (auto i = start; i < end;) {
      std::array<C, 2> pair;
      const auto x0 = next(), x1 = next();
      if constexpr (kDouble) {
        const auto x2 = next(), x3 = next();
        pair = box_muller(x0, x1, x2, x3);
      } else {
        pair = box_muller(x0, x1);
      }
      for (const auto value : pair) {
        if (std::abs(value) < C{2} && i < end) out[i++] = static_cast<T>(value);
      }
    }
  }
}

std::uint64_t wide(std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; }

using RandomInts = Types<std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;

template <class T, class F>
void fill_mapped(const Philox& g, T* out, std::int64_t n, F&& map) {
  if constexpr (sizeof(T) == 8) {
    fill_groups<T, 2>(g, out, n, [&](const Words& w) {
      return std::array<T, 2>{map(wide(w[0], w[1])), map(wide(w[2], w[3]))};
    });
  } else {
    fill_groups<T, 4>(g, out, n, [&](const Words& w) {
      return std::array<T, 4>{map(w[0]), map(w[1]), map(w[2]), map(w[3])};
    });
  }
}

}  // namespace

void fill(Distribution distribution, Philox generator, DType dtype, std::byte* out, std::int64_t n, const char* op) {
  dispatch<FloatTypes>(dtype, op, [&]<class T>() -> void {
    T* y = reinterpret_cast<T*>(out);
    switch (distribution) {
      case Distribution::uniform:
        return fill_uniform(generator, y, n);
      case Distribution::normal:
        return fill_normal(generator, y, n);
      case Distribution::truncated_normal:
        return fill_truncated(generator, y, n);
    }
  });
}

void fill_ints(Philox generator, DType dtype, const std::byte* low, const std::byte* high, std::byte* out,
               std::int64_t n, const char* op) {
  dispatch<RandomInts>(dtype, op, [&]<class T>() -> void {
    using U = std::make_unsigned_t<T>;
    const T lo = *reinterpret_cast<const T*>(low), hi = *reinterpret_cast<const T*>(high);
    if (n == 0) return;
    if (!(lo < hi)) {
      throw InvalidArgumentError("Need minval < maxval, got " + std::to_string(lo) + " >= " + std::to_string(hi));
    }
    const U range = static_cast<U>(static_cast<U>(hi) - static_cast<U>(lo));
    fill_mapped(generator, reinterpret_cast<T*>(out), n,
                [=](U word) { return wrap_add(lo, static_cast<T>(word % range)); });
  });
}

void fill_full_ints(Philox generator, DType dtype, std::byte* out, std::int64_t n, const char* op) {
  dispatch<RandomInts>(dtype, op, [&]<class T>() -> void {
    using U = std::make_unsigned_t<T>;
    fill_mapped(generator, reinterpret_cast<T*>(out), n, [](U word) { return static_cast<T>(word); });
  });
}

}  // namespace hornbeam::random
