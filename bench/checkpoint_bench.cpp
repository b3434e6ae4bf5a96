// A model of 1 GiB of weights (16 Dense layers of 4096 x 4096) and its TensorFlow checkpoint: saved beside a plain
// write and fsync of as many bytes; loaded by load_weights, into memory of its own and mapped, each time into a model
// without values, as loading makes one, that has predicted nothing yet; and then its first predict. TMPDIR says where;
// HORNBEAM_CHECKPOINT=PREFIX keeps the checkpoint there for the next process, which then loads without having made it.
// tools/bench/archive.py times safetensors.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "keras/initializers/skip.h"

namespace {

namespace fs = std::filesystem;
using namespace hornbeam;

constexpr std::int64_t kLayers = 16, kWidth = 4096;

Sequential model() {
  backend::clear_session();
  const SkipInitialization skip;
  std::vector<SequentialItem> layers{Input({kWidth})};
  for (std::int64_t i = 0; i < kLayers; ++i) {
    layers.push_back(Dense(kWidth, {.use_bias = false}));
  }
  const Sequential made(layers);
  made->set_target("tf2.15");
  return made;
}

fs::path folder() {
  static const struct Folder {
    fs::path path = fs::temp_directory_path() / ("hornbeam-bench-" + std::to_string(::getpid()));
    Folder() { fs::create_directory(path); }
    ~Folder() { fs::remove_all(path); }
  } made;
  return made.path;
}

// Numbers of many digits, without those whose arithmetic is slow.
const Sequential& source() {
  static const Sequential made = [] {
    auto full = model();
    std::uint32_t state = 1;
    for (const auto& variable : full->weights()) {
      auto value = Tensor::empty(DType::float32, variable->shape());
      for (auto& v : value.mutable_data<float>()) {
        state = state * 1664525 + 1013904223;
        v = (static_cast<float>(state >> 8) / (1 << 24) - 0.5F) / 64;
      }
      variable->assign(value);
    }
    return full;
  }();
  return made;
}

const std::string& checkpoint() {
  static const std::string prefix = [] {
    const char* kept = std::getenv("HORNBEAM_CHECKPOINT");
    const auto path = kept ? std::string(kept) : (folder() / "gib").string();
    if (fs::exists(path + ".index")) return path;
    source()->save_weights(path, {.save_format = "tf"});
    return path;
  }();
  return prefix;
}

// Free memory that the machine really has: the host of a virtual one takes back what is free for seconds, and gives it
// again page by page, in whoever's time that falls.
void have_free_memory() {
  auto pages = Tensor::empty(DType::uint8, {std::int64_t{3} << 29});
  std::memset(pages.mutable_raw(), 1, pages.bytes());
  benchmark::DoNotOptimize(pages.raw());
}

void plain_write(benchmark::State& state) {
  const auto path = (folder() / "plain").string();
  const auto weights = source()->get_weights();
  have_free_memory();
  for (auto _ : state) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (const auto& weight : weights) {
      if (::write(fd, weight.raw(), weight.bytes()) != static_cast<ssize_t>(weight.bytes()))
        state.SkipWithError("write");
    }
    if (::fsync(fd) != 0) state.SkipWithError("fsync");
    ::close(fd);
  }
  fs::remove(path);
}

void save(benchmark::State& state) {
  const auto& made = source();
  have_free_memory();
  for (auto _ : state) made->save_weights((folder() / "saved").string(), {.save_format = "tf"});
  for (const auto* ending : {".index", ".data-00000-of-00001"}) fs::remove(folder() / (std::string("saved") + ending));
}

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// The whole; of it `load_ms` and `first_predict_ms`, means.
void load_and_predict(benchmark::State& state) {
  const auto& prefix = checkpoint();
  auto x = Tensor::empty(DType::float32, {1, kWidth});
  std::ranges::fill(x.mutable_data<float>(), 0.5F);
  double load = 0, predict = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<Sequential> made = model();
    state.ResumeTiming();
    auto start = std::chrono::steady_clock::now();
    (*made)->load_weights(prefix, {.map = state.range(0) != 0});
    load += ms_since(start);
    start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize((*made)->predict(x));
    predict += ms_since(start);
    state.PauseTiming();
    made.reset();
    state.ResumeTiming();
  }
  state.counters["load_ms"] = benchmark::Counter(load, benchmark::Counter::kAvgIterations);
  state.counters["first_predict_ms"] = benchmark::Counter(predict, benchmark::Counter::kAvgIterations);
}

BENCHMARK(plain_write)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);
BENCHMARK(save)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);
BENCHMARK(load_and_predict)
    ->ArgName("mapped")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
