// A bundle is two files, and no call replaces two at once. What joins them is the number of data files, which the index
// tells and data files have in their names: so the new data gets a name that the old index does not know
// (data-00000-of-00002), then the new index takes the place of the old. That is the moment. Afterwards the data gets
// its usual name too, by a link, and an index that says so replaces the first; then the other name goes.
#include "formats/tensor_bundle/commit.h"

#include <unistd.h>

#include <cstdio>

#include "base/folder.h"
#include "base/mapped_file.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::tensor_bundle {
namespace {

void replace_index(const std::string& prefix, Index& index, std::int32_t shards) {
  index.shards = shards;
  base::AtomicFile file(index_path(prefix));
  file.write(serialize(index));
  file.commit();
}

// Data files that no index names any more. One that cannot be removed does no harm.
void remove_data(const std::string& prefix, std::int32_t shards) {
  for (std::int32_t shard = 0; shard < shards; ++shard) ::unlink(shard_path(prefix, shard, shards).c_str());
}

std::string link_beside(const std::string& path) { return path + ".hornbeam-link"; }

// Gives `from` the name `to` as well, in place of what has it.
bool link_over(const std::string& from, const std::string& to) {
  const auto beside = link_beside(to);
  if (::link(from.c_str(), beside.c_str()) != 0) return false;  // a file system without links, say
  if (::rename(beside.c_str(), to.c_str()) == 0 && base::sync_folder_of(to) == 0) return true;
  ::unlink(beside.c_str());
  return false;
}

// The bundle is there, with data-00000-of-00002 for its data. If it cannot be given the usual name it keeps this one.
void take_usual_name(const std::string& prefix, Index& index) {
  if (!link_over(shard_path(prefix, 0, 2), shard_path(prefix, 0, 1))) return remove_data(prefix, 1);
  try {
    replace_index(prefix, index, 1);
  } catch (const OSError&) {
    return;  // either index may be there; both names are
  }
  remove_data(prefix, 2);
}

}  // namespace

std::int32_t shards_at(const std::string& prefix) {
  const auto path = index_path(prefix);
  if (::access(path.c_str(), F_OK) != 0) return 0;
  const auto file = base::MappedFile::open(path);
  try {
    return parse_shards(file->bytes(), path);
  } catch (const FormatError&) {
    return 1;  // others may know how to read it
  }
}

std::string data_path(const std::string& prefix) { return shard_path(prefix, 0, shards_at(prefix) == 2 ? 2 : 1); }

void commit(const std::string& prefix, base::AtomicFile& data, Index index) {
  const base::FolderLock lock(prefix);
  ::unlink(link_beside(shard_path(prefix, 0, 1)).c_str());  // of a writer that was killed
  const auto old = shards_at(prefix);
  const std::int32_t fresh = old == 1 ? 2 : 1;
  try {
    data.commit_as(shard_path(prefix, 0, fresh));
    replace_index(prefix, index, fresh);
  } catch (const OSError&) {
    if (shards_at(prefix) != fresh) remove_data(prefix, fresh);
    throw;
  }
  if (fresh == 2) {
    take_usual_name(prefix, index);
  } else if (old > 1) {
    remove_data(prefix, old);
  }
}

}  // namespace hornbeam::formats::tensor_bundle
