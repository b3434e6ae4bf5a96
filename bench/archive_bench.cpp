// Loads the .keras archive that HORNBEAM_ARCHIVE names, into memory of its own and mapped: tools/bench/archive.py makes
// one of 1 GiB, and times safetensors on the same numbers.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"

namespace {

void load(benchmark::State& state) {
  const char* path = std::getenv("HORNBEAM_ARCHIVE");
  if (!path) {
    state.SkipWithError("HORNBEAM_ARCHIVE names no .keras archive");
    return;
  }
  for (auto _ : state) {
    hornbeam::backend::clear_session();
    const auto model = hornbeam::models::load_model(path, {.compile = false, .map = state.range(0) != 0});
    benchmark::DoNotOptimize(model->weights().size());
  }
}
BENCHMARK(load)->ArgName("mapped")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
