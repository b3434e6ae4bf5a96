// Audio at 48 kHz through a GRU, one sample per step, and 1,000 streams on one model from 8 threads.
//
//   streaming_48khz [MODEL.h5] [SECONDS]
//
// MODEL takes (batch, time, 1) and gives (batch, time, ...); the default is a GRU(24) and a Dense(1), not trained.
// Prints what a step takes, and how often it allocated after the first steps: never. Exits with 1 when it did.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "memory/counting_new.h"

namespace {

using hb::memory_test::allocations;
using Clock = std::chrono::steady_clock;

constexpr double kRate = 48000;
constexpr std::size_t kWarmUp = 1000;
constexpr std::size_t kStreams = 1000, kThreads = 8;

hb::ModelRef default_model() {
  return hb::Sequential({hb::Input({hb::None, 1}), hb::GRU(24, {.return_sequences = true}), hb::Dense(1)});
}

// A tone with overtones.
float sample_at(std::size_t t, double pitch) {
  const double phase = 2 * M_PI * pitch * static_cast<double>(t) / kRate;
  return static_cast<float>(0.5 * std::sin(phase) + 0.2 * std::sin(3 * phase));
}

// One voice: its state, and the sample it is at.
class Stream {
 public:
  Stream(const hb::Model& model, double pitch)
      : model_(&model), state_(model.make_state()), x_(hb::Tensor::zeros(hb::DType::float32, {1, 1})), pitch_(pitch) {}

  float step() {
    x_.mutable_data<float>()[0] = sample_at(t_++, pitch_);
    return model_->step(x_, state_).tensor().data<float>()[0];
  }

 private:
  const hb::Model* model_;
  hb::StreamState state_;
  hb::Tensor x_;
  double pitch_;
  std::size_t t_ = 0;
};

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

// Returns how often it allocated.
std::int64_t one_stream(const hb::Model& model, double seconds) {
  Stream stream(model, 440);
  for (std::size_t t = 0; t < kWarmUp; ++t) stream.step();
  const auto steps = std::max<std::size_t>(1, static_cast<std::size_t>(seconds * kRate));
  std::vector<double> times(steps);
  const auto before = allocations();
  const auto start = Clock::now();
  for (auto& time : times) {
    const auto from = Clock::now();
    stream.step();
    time = microseconds(Clock::now() - from);
  }
  const double whole = microseconds(Clock::now() - start);
  const auto allocated = allocations() - before;

  std::sort(times.begin(), times.end());
  const double each = 1e6 / kRate;
  std::printf("one stream, %zu samples: median %.2f us a step, p99 %.2f us, most %.1f us; there are %.1f us\n", steps,
              times[steps / 2], times[steps * 99 / 100], times.back(), each);
  std::printf("real-time factor %.1f; allocations after warm-up: %lld\n", each * static_cast<double>(steps) / whole,
              static_cast<long long>(allocated));
  return allocated;
}

// Each thread goes round its streams, a sample at a time.
std::int64_t many_streams(const hb::Model& model, std::size_t samples) {
  std::vector<Stream> streams;
  for (std::size_t s = 0; s < kStreams; ++s) streams.emplace_back(model, 110 + static_cast<double>(s));
  const auto run = [&](std::size_t count) {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < kThreads; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t t = 0; t < count; ++t) {
          for (auto s = first; s < kStreams; s += kThreads) streams[s].step();
        }
      });
    }
  };
  const auto counted = [&](std::size_t count) {
    const auto before = allocations();
    run(count);
    return allocations() - before;
  };
  run(2);
  const auto threads_alone = counted(0);  // starting threads allocates
  const auto start = Clock::now();
  const auto allocated = counted(samples) - threads_alone;
  const double whole = microseconds(Clock::now() - start);
  const double steps = static_cast<double>(samples * kStreams);
  std::printf(
      "%zu streams from %zu threads, %zu samples each: %.2f us a step, %.0f streams in real time; "
      "allocations: %lld\n",
      kStreams, kThreads, samples, whole / steps, steps / whole * 1e6 / kRate, static_cast<long long>(allocated));
  return allocated;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto model = argc > 1 && argv[1][0] != '\0' ? hb::models::load_model(argv[1]) : default_model();
    const double seconds = argc > 2 ? std::stod(argv[2]) : 2;
    std::int64_t allocated = one_stream(*model, seconds);
    allocated += many_streams(*model, std::max<std::size_t>(1, static_cast<std::size_t>(seconds * 100)));
    return allocated == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "streaming_48khz: %s\n", error.what());
    return 2;
  }
}
