#include "keras/saving/v3_shards.h"

#include <filesystem>
#include <set>

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

Config shard_index_of(const base::MappedFile& file) {
  return Config::parse({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, file.path());
}

}  // namespace

bool is_shard_index(const base::MappedFile& file) {
  const auto index = shard_index_of(file);
  const auto* map = index.is_dict() ? index.find("weight_map") : nullptr;
  return map && map->is_dict();
}

V3Store open_shards(const base::MappedFile& index) {
  std::set<std::string> names;
  const auto config = shard_index_of(index);
  for (const auto& [group, files] : config.at("weight_map").as_dict()) {
    const auto list = files.is_list() ? files.as_list() : Config::List{files};
    for (const auto& file : list) {
      const auto& name = file.as_string();
      const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
                         name.find('\\') == name.npos && name.find('\0') == name.npos;
      if (!plain) {
        throw FormatError(index.path(), "weight_map of '" + group + "'", "the name of a file beside it",
                          "'" + name + "'");
      }
      names.insert(name);
    }
  }
  if (names.empty()) throw FormatError(index.path(), "weight_map", "names of files", "none");
  std::vector<formats::hdf5::Group> roots;
  for (const auto& name : names) {
    const auto path = std::filesystem::path(index.path()).replace_filename(name).string();
    roots.push_back(formats::hdf5::File::open(path)->root());
  }
  return V3Store(std::move(roots));
}

}  // namespace hornbeam
