#include "ops/kernels/eltwise.h"

#include <algorithm>

#include "base/stack_memory.h"
#include "ops/kernels/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/kernels/eltwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/kernels/binary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hornbeam::kernels::HWY_NAMESPACE {

template <Unary op>
struct MapArray {
  static void Run(int64_t n, const float* x, float* y, float alpha, float beta) {
    const F32 d;
    const VF a = Fill(alpha), b = Fill(beta);
    int64_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {  // two in flight: the polynomials are chains
      const VF u = Apply<op>(hn::LoadU(d, x + i), a, b);
      const VF v = Apply<op>(hn::LoadU(d, x + i + kLanes), a, b);
      hn::StoreU(u, d, y + i);
      hn::StoreU(v, d, y + i + kLanes);
    }
    for (; i < n; i += kLanes) {
      const int64_t left = std::min(kLanes, n - i);
      StoreN(Apply<op>(LoadN(d, x + i, left), a, b), d, y + i, left);
    }
  }
};

void Map(const Activation& f, int64_t n, const float* x, float* y) { Visit<MapArray>(f.op, n, x, y, f.alpha, f.beta); }

void BinaryForm(Binary op, Form form, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed,
                float* z) {
  RunBinary(op, form, rows, columns, x, y, reversed, z);
}

// Rows [row0, row1) of a chain, block by block.
void Chain(const std::vector<ChainStep>& steps, int64_t columns, const float* const* sources, float* z, int64_t begin,
           int64_t end) {
  constexpr int64_t kBlock = 2048;  // 8 KiB
  HWY_ALIGN float value[kBlock];
  // A short row (three colours) is repeated, so that vectors are full.
  const bool narrow = columns < 4 * kLanes && end - begin > kBlock && begin % columns == 0;
  const int64_t repeats = narrow ? kBlock / columns : 0;
  std::vector<float> repeated;
  for (const ChainStep& s : steps) {
    for (int64_t r = 0; r < repeats && s.kind == ChainStep::Kind::kRow; ++r)
      repeated.insert(repeated.end(), sources[s.source], sources[s.source] + columns);
  }
  for (int64_t i = begin; i < end;) {
    // A block is whole rows, or a piece of one: the last axis is then known for every element.
    const int64_t column = i % columns;
    int64_t rows = 1, width = std::min({kBlock, columns - column, end - i});
    if (column == 0 && columns <= kBlock) {
      rows = std::max<int64_t>(1, std::min(kBlock / columns, (end - i) / columns));
    }
    const int64_t n = rows * width;
    const float *v = sources[0] + i, *row = repeated.data();
    for (size_t k = 0; k < steps.size(); ++k) {
      const ChainStep& s = steps[k];
      float* out = k + 1 == steps.size() ? z + i : value;
      switch (s.kind) {
        case ChainStep::Kind::kMap:
          Map(s.map, n, v, out);
          break;
        case ChainStep::Kind::kBinary:
          RunBinary(s.op, Form::kSame, 1, n, v, sources[s.source] + i, s.reversed, out);
          break;
        case ChainStep::Kind::kRow:
          if (narrow && n <= repeats * columns) {
            RunBinary(s.op, Form::kSame, 1, n, v, row, s.reversed, out);
            row += repeats * columns;
            break;
          }
          RunBinary(s.op, Form::kRow, rows, width, v, sources[s.source] + column, s.reversed, out);
          break;
        case ChainStep::Kind::kScalar:
          RunBinary(s.op, Form::kScalar, 1, n, v, &s.value, s.reversed, out);
          break;
      }
      v = out;
    }
    if (steps.empty()) std::copy(v, v + n, z + i);
    i += n;
  }
}

}  // namespace hornbeam::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hornbeam::kernels {
namespace {

HWY_EXPORT(Map);
HWY_EXPORT(BinaryForm);
HWY_EXPORT(Chain);

// Elements that take about 10 us.
constexpr int64_t kCheap = 32768, kCostly = 12288;
int64_t grain(const Activation& f) { return is_clamp(f) || f.op == Unary::kAffine ? kCheap : kCostly; }

void form(Binary op, Form kind, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed,
          float* z) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(BinaryForm);
  if (kind == Form::kSame || kind == Form::kScalar) {
    parallel_for(rows * columns, kCheap, [&](int64_t b, int64_t e) {
      kernel(op, kind, 1, e - b, x + b, kind == Form::kSame ? y + b : y, reversed, z + b);
    });
    return;
  }
  parallel_for(rows, kCheap / std::max<int64_t>(columns, 1) + 1, [&](int64_t b, int64_t e) {
    kernel(op, kind, e - b, columns, x + b * columns, kind == Form::kColumn ? y + b : y, reversed, z + b * columns);
  });
}

}  // namespace

void map(const Activation& f, int64_t n, const float* x, float* y) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(Map);
  parallel_for(n, grain(f), [&](int64_t b, int64_t e) { kernel(f, e - b, x + b, y + b); });
}

void binary(Binary op, int64_t n, const float* x, const float* y, float* z) {
  form(op, Form::kSame, 1, n, x, y, false, z);
}
void binary_row(Binary op, int64_t rows, int64_t columns, const float* x, const float* y, bool reversed, float* z) {
  form(op, Form::kRow, rows, columns, x, y, reversed, z);
}

void binary_broadcast(Binary op, const std::vector<int64_t>& shape, const float* x,
                      const std::vector<int64_t>& x_strides, const float* y, const std::vector<int64_t>& y_strides,
                      float* z) {
  // Merge axes that both arrays walk as one, dropping those of length 1.
  base::StackMemory<512> memory;
  std::pmr::vector<int64_t> dims(memory.resource()), xs(memory.resource()), ys(memory.resource());
  for (auto* list : {&dims, &xs, &ys}) list->reserve(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return;
    if (shape[i] == 1) continue;
    if (!dims.empty() && xs.back() == x_strides[i] * shape[i] && ys.back() == y_strides[i] * shape[i]) {
      dims.back() *= shape[i];
      xs.back() = x_strides[i];
      ys.back() = y_strides[i];
    } else {
      dims.push_back(shape[i]);
      xs.push_back(x_strides[i]);
      ys.push_back(y_strides[i]);
    }
  }
  if (dims.empty()) return form(op, Form::kSame, 1, 1, x, y, false, z);
  const size_t rank = dims.size();
  // The last one or two axes are one of the forms; the rest are loops.
  struct Pick {
    Form kind;
    bool swap;
    size_t axes;
  };
  const auto pick = [&]() -> Pick {
    const int64_t n = dims[rank - 1], xl = xs[rank - 1], yl = ys[rank - 1];
    if (rank >= 2) {
      const int64_t xo = xs[rank - 2], yo = ys[rank - 2];
      if (xl == 1 && xo == n && yl == 1 && yo == 0) return {Form::kRow, false, 2};
      if (yl == 1 && yo == n && xl == 1 && xo == 0) return {Form::kRow, true, 2};
      if (xl == 1 && xo == n && yl == 0 && yo == 1) return {Form::kColumn, false, 2};
      if (yl == 1 && yo == n && xl == 0 && xo == 1) return {Form::kColumn, true, 2};
    }
    if (xl == 1 && yl == 1) return {Form::kSame, false, 1};
    if (xl == 1 && yl == 0) return {Form::kScalar, false, 1};
    if (yl == 1 && xl == 0) return {Form::kScalar, true, 1};
    return {Form::kSame, false, 0};
  };
  const Pick chosen = pick();
  const size_t outer = rank - chosen.axes;
  const int64_t columns = chosen.axes >= 1 ? dims[rank - 1] : 1, rows = chosen.axes == 2 ? dims[rank - 2] : 1;
  int64_t loops = 1;
  for (size_t i = 0; i < outer; ++i) loops *= dims[i];
  const auto one = [&](int64_t loop) {
    int64_t rest = loop, xo = 0, yo = 0;
    for (size_t i = outer; i-- > 0;) {
      const int64_t at = rest % dims[i];
      rest /= dims[i];
      xo += at * xs[i];
      yo += at * ys[i];
    }
    float* out = z + loop * rows * columns;
    if (chosen.swap) {
      form(op, chosen.kind, rows, columns, y + yo, x + xo, true, out);
    } else {
      form(op, chosen.kind, rows, columns, x + xo, y + yo, false, out);
    }
  };
  if (loops == 1) return one(0);
  parallel_for(loops, kCheap / (rows * columns) + 1, [&](int64_t b, int64_t e) {
    const ThreadLimit serial(1);
    for (int64_t i = b; i < e; ++i) one(i);
  });
}

void run_chain_part(const std::vector<ChainStep>& steps, int64_t rows, int64_t columns, const float* const* sources,
                    float* z, Part part) {
  const Range r = slice(rows * columns, part, rows > 1 ? columns : 1024);
  if (r.begin < r.end) HWY_DYNAMIC_DISPATCH(Chain)(steps, columns, sources, z, r.begin, r.end);
}

}  // namespace hornbeam::kernels
#endif  // HWY_ONCE
