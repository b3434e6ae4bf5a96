#include <algorithm>
#include <set>

#include "formats/hdf5/hdf5.h"
#include "formats/hdf5/links.h"
#include "formats/hdf5/object_cache.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/superblock.h"
#include "formats/hdf5/values.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {
namespace {

constexpr int kMaxSoftLinks = 16;  // libhdf5's limit: deeper chains are loops

}  // namespace

struct Group::Found {
  std::shared_ptr<const ObjectHeader> header;  // null: there is no such object
  std::shared_ptr<const LinkIndex> index;      // of a group the walk ended in without a link (the path "/" or "")
};

Group::Group(std::shared_ptr<const Image> image, std::shared_ptr<const ObjectHeader> header, std::string path)
    : Object(std::move(image), std::move(header), std::move(path)) {
  index_ = naming(path_, [&] { return image_->objects->links_of(*image_, *header_); });
}

std::vector<std::string> Group::keys() const {
  std::vector<std::string> names;
  names.reserve(index_->links.size());
  for (const Link& link : index_->links) names.emplace_back(link.name);
  return names;
}

std::vector<std::string> Group::hard_keys() const {
  std::vector<std::string> names;
  for (const Link& link : index_->links) {
    if (link.kind == Link::Kind::hard) names.emplace_back(link.name);
  }
  return names;
}

std::string Group::child_path(std::string_view path) const {
  if (path.starts_with('/')) return std::string(path);
  if (path.empty()) return path_;
  return (path_ == "/" ? "/" : path_ + "/") + std::string(path);
}

Group::Found Group::resolve(std::string_view path) const {
  return naming(child_path(path), [&]() -> Found {
    Found here{header_, index_};
    const auto to_root = [&] {
      const auto root = image_->objects->header_at(*image_, image_->root);
      here = {root, image_->objects->links_of(*image_, *root)};
    };
    // The names still to go, the next one last. Targets of soft links are put on top.
    std::vector<std::string_view> todo;
    const auto push = [&](std::string_view names) {
      if (names.starts_with('/')) to_root();
      for (std::size_t end = names.size(); end != std::string_view::npos && end != 0;) {
        const std::size_t slash = names.rfind('/', end - 1);
        const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
        const std::string_view name = names.substr(start, end - start);
        if (!name.empty() && name != ".") todo.push_back(name);
        end = slash;
      }
    };
    push(path);
    int soft_links = 0;
    while (!todo.empty()) {
      const std::string_view name = todo.back();
      todo.pop_back();
      if (!here.index) {
        if (!is_group(*here.header)) return {};
        here.index = image_->objects->links_of(*image_, *here.header);
      }
      const Link* link = here.index->find(name);
      if (link == nullptr) return {};
      switch (link->kind) {
        case Link::Kind::hard:
          here = {image_->objects->header_at(*image_, link->address), nullptr};
          break;
        case Link::Kind::soft:
          if (++soft_links > kMaxSoftLinks) image_->fail("soft link", kUndefined, "at most 16 soft links", "a loop");
          push(link->target);
          break;
        case Link::Kind::external:
          image_->fail("link", kUndefined, "objects in this file", "an external link (not supported)");
        case Link::Kind::user_defined:
          image_->fail("link", kUndefined, "hard or soft links", "a user-defined link (not supported)");
      }
    }
    return here;
  });
}

Group::Found Group::need(std::string_view path) const {
  Found found = resolve(path);
  if (!found.header) {
    throw KeyError("Unable to open object (object '" + std::string(path) + "' doesn't exist) in " + path_ + " of " +
                   file_name());
  }
  return found;
}

bool Group::has(std::string_view path) const { return resolve(path).header != nullptr; }

std::uint64_t Group::id_of(std::string_view path) const { return need(path).header->address; }

Kind Group::kind(std::string_view path) const {
  const Found found = need(path);
  if (is_group(*found.header)) return Kind::group;
  return found.header->find(kLayout) != nullptr || found.header->find(kDataspace) != nullptr ? Kind::dataset
                                                                                             : Kind::datatype;
}

Group Group::group(std::string_view path) const {
  const Found found = need(path);
  if (!is_group(*found.header)) throw KeyError("'" + child_path(path) + "' is not a group in " + file_name());
  return Group(image_, found.header, child_path(path));
}

Dataset Group::dataset(std::string_view path) const {
  const Found found = need(path);
  if (is_group(*found.header)) throw KeyError("'" + child_path(path) + "' is not a dataset in " + file_name());
  return Dataset(image_, found.header, child_path(path));
}

std::shared_ptr<const File> File::open(const std::string& path) { return from_mapping(base::MappedFile::open(path)); }

std::shared_ptr<const File> File::from_bytes(std::span<const std::byte> bytes, std::string name) {
  return from_mapping(base::MappedFile::borrow(bytes, std::move(name)));
}

std::shared_ptr<const File> File::from_mapping(std::shared_ptr<const base::MappedFile> mapping) {
  return std::shared_ptr<const File>(new File(open_image(std::move(mapping))));
}

Group File::root() const { return Group(image_, image_->objects->header_at(*image_, image_->root), "/"); }

const std::string& File::name() const { return image_->file->path(); }
std::shared_ptr<const base::MappedFile> File::mapping() const { return image_->file; }

void visit_objects(const Group& root, const Visitor& visitor) {
  std::vector<Group> todo = {root};
  std::set<std::uint64_t> seen = {root.id()};
  while (!todo.empty()) {
    const Group group = std::move(todo.back());
    todo.pop_back();
    if (visitor.group) visitor.group(group);
    for (const std::string& name : group.hard_keys()) {
      if (!seen.insert(group.id_of(name)).second) continue;
      switch (group.kind(name)) {
        case Kind::group:
          todo.push_back(group.group(name));
          break;
        case Kind::dataset:
          if (visitor.dataset) visitor.dataset(group.dataset(name));
          break;
        case Kind::datatype:
          break;
      }
    }
  }
}

}  // namespace hornbeam::formats::hdf5
