// copy_bundles OUT FOLDER...
//
// Reads every TensorBundle below the folders, each tensor in every way there is, and writes it again below OUT. What
// TensorFlow wrote must come out byte for byte: the index from its records, index and data from the tensors, the object
// graph from its nodes. OUT/manifest.json has for each bundle its own prefix, the copy's and a digest of each tensor as
// it was read: open_bundles.py compares both with what TensorFlow reads. Ends with "bundles: N passed, N failed"; exit
// code 1 when one failed, or none was found.
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/atomic_file.h"
#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/object_graph.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "support/files.h"

namespace {

namespace fs = std::filesystem;
namespace tb = hornbeam::formats::tensor_bundle;
using hornbeam::Config;
using hornbeam::DType;
using hornbeam::Tensor;
using hornbeam::testing_support::read_file;

std::int64_t digest(const Tensor& value) {
  std::string text;
  if (value.dtype() == DType::string) {
    for (const auto& one : value.data<std::string>()) text += std::to_string(one.size()) + ":" + one;
  } else {
    text.assign(reinterpret_cast<const char*>(value.raw()), value.bytes());
  }
  return static_cast<std::int64_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

void need(bool good, const std::string& what) {
  if (!good) throw hornbeam::ValueError(what);
}

class Copier {
 public:
  explicit Copier(fs::path out) : out_(std::move(out)) {}

  void add(const std::string& prefix) {
    try {
      const auto bundle = tb::Bundle::open(prefix);
      const auto old_index = read_file(tb::index_path(prefix));
      const auto index = tb::parse_index(std::as_bytes(std::span(old_index)), prefix);
      need(tb::serialize(index) == old_index, "the index made of the records differs");
      const auto folder = out_ / std::to_string(passed_ + failed_);
      fs::create_directories(folder);
      const auto copy = (folder / "w").string();
      Config tensors = Config::dict();
      this->copy(*bundle, copy, tensors);
      if (is_plain(index)) {
        need(read_file(tb::index_path(copy)) == old_index, "the index of the copy differs");
        need(read_file(tb::shard_path(copy, 0, 1)) == read_file(tb::shard_path(prefix, 0, 1)), "the data differs");
        ++same_;
      }
      // Now and then as a writer leaves it that was killed: data in the first of two files, the second is not there.
      if (passed_ % 50 == 0) rename_data(copy);
      list_.push_back(Config{{"original", prefix}, {"copy", copy}, {"tensors", tensors}});
      ++passed_;
    } catch (const hornbeam::Error& e) {
      std::cout << "failed: " << prefix << ": " << e.report() << '\n';
      ++failed_;
    }
  }

  int finish() {
    hornbeam::base::replace_file((out_ / "manifest.json").string(), list_.dump());
    std::cout << same_ << " copied byte for byte, " << graphs_ << " object graphs, " << mapped_ << " of " << tensors_
              << " tensors mapped\nbundles: " << passed_ << " passed, " << failed_ << " failed\n";
    return failed_ != 0 || passed_ == 0 ? 1 : 0;
  }

 private:
  // One data file, which the tensors fill.
  static bool is_plain(const tb::Index& index) {
    std::int64_t sum = 0;
    for (const auto& [key, entry] : index.entries) {
      if (!entry.slices.empty()) return false;
      sum += entry.size;
    }
    return index.shards == 1 && sum != 0;
  }

  void copy(const tb::Bundle& bundle, const std::string& to, Config& tensors) {
    auto names = bundle.names();
    std::ranges::sort(names, {}, [&](const std::string& name) {
      const auto& entry = bundle.entry(name);
      return std::tuple(entry.shard, entry.offset, entry.size);
    });
    tb::Writer writer(to);
    for (const auto& name : names) {
      const auto value = bundle.read(name);
      const auto mapped = bundle.map(name), again = bundle.map(name, tb::Check::later);
      const auto sum = digest(value);
      need(digest(mapped) == sum && digest(again) == sum, name + " is another when it is mapped");
      mapped_ += mapped.raw() == again.raw();
      ++tensors_;
      Config shape = Config::list();
      for (const auto dim : value.shape()) shape.push_back(dim);
      tensors.set(name, Config(Config::List{std::string(name_of(value.dtype())), shape, sum}));
      writer.add(name, value);
      if (name == tb::kObjectGraphKey) {
        const auto bytes = bundle.read_string(name);
        need(tb::serialize(tb::parse_object_graph(bytes, to)) == bytes, "the object graph made of the nodes differs");
        ++graphs_;
      }
    }
    bundle.verify_all();
    writer.commit();
  }

  static void rename_data(const std::string& prefix) {
    const auto bytes = read_file(tb::index_path(prefix));
    auto index = tb::parse_index(std::as_bytes(std::span(bytes)), prefix);
    index.shards = 2;
    hornbeam::base::replace_file(tb::index_path(prefix), tb::serialize(index));
    fs::rename(tb::shard_path(prefix, 0, 1), tb::shard_path(prefix, 0, 2));
  }

  fs::path out_;
  Config list_ = Config::list();
  int passed_ = 0, failed_ = 0, same_ = 0, graphs_ = 0, mapped_ = 0, tensors_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: copy_bundles OUT FOLDER...\n";
    return 2;
  }
  try {
    Copier copier(argv[1]);
    std::vector<std::string> prefixes;
    for (int i = 2; i < argc; ++i) {
      for (const auto& file : fs::recursive_directory_iterator(argv[i])) {
        if (file.path().extension() == ".index") prefixes.push_back(fs::path(file.path()).replace_extension().string());
      }
    }
    std::ranges::sort(prefixes);
    for (const auto& prefix : prefixes) copier.add(prefix);
    return copier.finish();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 2;
  }
}
