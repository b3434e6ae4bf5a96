#include "keras/saving/v3_shards.h"

#include <filesystem>
#include <set>

#include "hornbeam/errors.hpp"

namespace hornbeam {
std::optional<Config> shard_index_of(const base::MappedFile& file) {
  auto index = Config::parse({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, file.path());
  const auto* map = index.is_dict() ? index.find("weight_map") : nullptr;
  if (!map || !map->is_dict()) return std::nullopt;
  return index;
}

V3Store open_shards(const Config& index, const std::string& path) {
  std::set<std::string> names;
  for (const auto& [group, files] : index.at("weight_map").as_dict()) {
    const auto list = files.is_list() ? files.as_list() : Config::List{files};
    for (const auto& file : list) {
      const auto& name = file.as_string();
      const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
                         name.find('\\') == name.npos && name.find('\0') == name.npos;
      if (!plain) {
        throw FormatError(path, "weight_map of '" + group + "'", "the name of a file beside it", "'" + name + "'");
      }
      names.insert(name);
    }
  }
  if (names.empty()) throw FormatError(path, "weight_map", "names of files", "none");
  std::vector<formats::hdf5::Group> roots;
  for (const auto& name : names) {
    const auto shard = std::filesystem::path(path).replace_filename(name).string();
    roots.push_back(formats::hdf5::File::open(shard)->root());
  }
  return V3Store(std::move(roots));
}

}  // namespace hornbeam
