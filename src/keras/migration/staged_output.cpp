#include "keras/migration/staged_output.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/folder.h"
#include "base/mapped_file.h"
#include "base/writable.h"
#include "formats/saved_model/serialize.h"
#include "formats/tensor_bundle/bundle.h"
#include "formats/tensor_bundle/checkpoint_state.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

namespace fs = std::filesystem;
namespace tb = formats::tensor_bundle;

constexpr const char* kStaged = "staged";
constexpr const char* kNever = "finished";  // there is none of it, so what a killed process left can go

// Trailing slashes would leave no last name; a link may lead to another file system, where nothing can be moved to.
std::string real_place(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::error_code error;
  const auto place = fs::canonical(path, error);
  return error ? path : place.string();
}

// Beside it, or in it where it stays and only its entries change: beside it may be another file system.
std::string place_for(const std::string& path) {
  base::make_folder_of(path);
  const auto inside = fs::is_directory(path) && !base::can_be_exchanged(path);
  return (inside ? path + "/" + fs::path(path).filename().string() : path) + ".unproved";
}

// The bytes that were proved: tensors in the order they lie in, as they were written.
void copy_bundle(const std::string& from, const std::string& to) {
  const auto bundle = tb::Bundle::open(from);
  auto names = bundle->names();
  std::ranges::sort(names, {}, [&](const std::string& name) {
    const auto& entry = bundle->entry(name);
    return std::tuple(entry.shard, entry.offset, entry.size);
  });
  tb::Writer writer(to);
  for (const auto& name : names) writer.add(name, bundle->read(name));
  writer.commit();
}

}  // namespace

StagedOutput::StagedOutput(std::string path, base::IfExists if_exists)
    : path_(real_place(std::move(path))), if_exists_(if_exists), folder_(place_for(path_), {kNever, kStaged}) {
  // One below: the folder itself is locked, as long as it is there.
  staged_ = folder_.make_folder(kStaged) + "/" + fs::path(path_).filename().string();
}

void StagedOutput::publish() { fs::is_directory(staged_) ? publish_folder() : publish_file(""); }

void StagedOutput::publish_file(const std::string& suffix) {
  const auto proved = base::MappedFile::open(staged_ + suffix);
  base::AtomicFile file(path_ + suffix, if_exists_);
  file.write(proved->bytes());
  file.commit();
}

void StagedOutput::publish_folder() {
  base::AtomicFolder out(path_, formats::saved_model::folder_entries(), if_exists_);
  for (const auto& entry : fs::directory_iterator(staged_)) {
    std::error_code error;
    fs::rename(entry.path(), fs::path(out.temporary()) / entry.path().filename(), error);
    if (error) throw OSError("cannot move " + entry.path().string() + ": " + error.message());
  }
  out.commit();
}

void StagedOutput::publish_checkpoint() {
  base::check_can_write(tb::index_path(path_), if_exists_);
  base::check_can_write(path_ + ".json", if_exists_);
  copy_bundle(staged_, path_);
  tb::CheckpointState state;
  state.latest = path_;
  tb::write_checkpoint_state(base::folder_of(path_), std::move(state));
  publish_file(".json");
}

}  // namespace hornbeam
