// A TensorBundle of 1 GiB in 64 tensors: saved beside a plain write and fsync of the same bytes; opened and mapped, its
// checksums compared, read whole. TMPDIR says where.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/writer.h"

namespace {

namespace fs = std::filesystem;
namespace tb = hornbeam::formats::tensor_bundle;
using hornbeam::DType;
using hornbeam::Tensor;

constexpr std::int64_t kTensors = 64, kElements = 4 << 20;

// All tensors are one: what is written is read from cache as little as of a model, for it is 16 MiB.
const Tensor& tensor() {
  static const Tensor value = [] {
    auto made = Tensor::empty(DType::float32, {kElements});
    std::uint32_t state = 1;
    for (auto& v : made.mutable_data<float>()) v = static_cast<float>(state = state * 1664525 + 1013904223);
    return made;
  }();
  return value;
}

fs::path folder() {
  static const struct Folder {
    fs::path path = fs::temp_directory_path() / ("hornbeam-bench-" + std::to_string(::getpid()));
    Folder() { fs::create_directory(path); }
    ~Folder() { fs::remove_all(path); }
  } made;
  return made.path;
}

std::string saved(const std::string& name) {
  const auto prefix = (folder() / name).string();
  tb::Writer writer(prefix);
  for (std::int64_t i = 0; i < kTensors; ++i) writer.add("tensor_" + std::to_string(i), tensor());
  writer.commit();
  return prefix;
}

const std::string& bundle() {
  static const std::string prefix = saved("w");
  return prefix;
}

void plain_write(benchmark::State& state) {
  const auto path = (folder() / "plain").string();
  for (auto _ : state) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (std::int64_t i = 0; i < kTensors; ++i) {
      if (::write(fd, tensor().raw(), tensor().bytes()) < 0) state.SkipWithError("write");
    }
    ::fsync(fd);
    ::close(fd);
  }
  fs::remove(path);
}

void save(benchmark::State& state) {
  for (auto _ : state) {
    saved("new");
    state.PauseTiming();
    for (const auto* ending : {".index", ".data-00000-of-00001"}) fs::remove(folder() / (std::string("new") + ending));
    state.ResumeTiming();
  }
}

void open_mapped(benchmark::State& state) {
  const auto& prefix = bundle();
  for (auto _ : state) {
    const auto opened = tb::Bundle::open(prefix);
    std::vector<Tensor> tensors;
    for (const auto& name : opened->names()) tensors.push_back(opened->map(name, tb::Check::later));
    benchmark::DoNotOptimize(tensors.data());
  }
}

void open_mapped_and_verify(benchmark::State& state) {
  const auto& prefix = bundle();
  for (auto _ : state) tb::Bundle::open(prefix)->verify_all();
}

void read_whole(benchmark::State& state) {
  const auto& prefix = bundle();
  for (auto _ : state) {
    const auto opened = tb::Bundle::open(prefix);
    std::vector<Tensor> tensors;
    for (const auto& name : opened->names()) tensors.push_back(opened->read(name));
    benchmark::DoNotOptimize(tensors.data());
  }
}

// What a reader without checksums does at least.
void copy_whole(benchmark::State& state) {
  const auto file = hornbeam::base::MappedFile::open(tb::shard_path(bundle(), 0, 1));
  for (auto _ : state) {
    const auto opened = hornbeam::base::MappedFile::open(file->path());
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < static_cast<std::size_t>(kTensors); ++i) {
      tensors.push_back(Tensor::empty(DType::float32, {kElements}));
      std::memcpy(tensors.back().mutable_raw(), opened->bytes().data() + i * tensor().bytes(), tensor().bytes());
    }
    benchmark::DoNotOptimize(tensors.data());
  }
}

BENCHMARK(plain_write)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(save)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(open_mapped)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(open_mapped_and_verify)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);
BENCHMARK(copy_whole)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);
BENCHMARK(read_whole)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

}  // namespace
