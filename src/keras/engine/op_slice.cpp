#include "keras/engine/op_slice.h"

#include <algorithm>

#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

SliceItem read_item(const Config& item) {
  if (item.is_null()) return NewAxis{};
  if (item.is_int()) return item.as_int();
  if (const auto* name = item.find("class_name"); name && *name == Config("__ellipsis__")) return Ellipsis{};
  const auto* inner = item.find("config");
  const auto& bounds = inner ? *inner : item;
  if (!bounds.has("start") || !bounds.has("stop")) {
    throw ValueError("a slice names bounds, an index or an ellipsis; found " + item.dump());
  }
  const auto bound = [&](const char* key) -> std::optional<std::int64_t> {
    const auto* found = bounds.find(key);
    if (!found || found->is_null()) return {};
    return found->as_int();
  };
  return Slice{bound("start"), bound("stop"), bound("step")};
}

Config item_config(const SliceItem& item, bool keras3) {
  if (item.get<NewAxis>()) return {};
  if (const auto* index = item.get<std::int64_t>()) return *index;
  if (item.get<Ellipsis>()) {
    Config ellipsis{{"class_name", "__ellipsis__"}};
    return keras3 ? ellipsis.set("config", Config::dict()) : ellipsis;
  }
  const auto bound = [](const std::optional<std::int64_t>& value) { return value ? Config(*value) : Config(); };
  const auto& slice = *item.get<Slice>();
  Config bounds{{"start", bound(slice.start)}, {"stop", bound(slice.stop)}, {"step", bound(slice.step)}};
  return keras3 ? Config{{"class_name", "__slice__"}, {"config", std::move(bounds)}} : bounds;
}

}  // namespace

std::vector<SliceItem> read_slice(const Config& spec) {
  if (!spec.is_list()) return {read_item(spec)};
  std::vector<SliceItem> items;
  for (const auto& item : spec.as_list()) items.push_back(read_item(item));
  return items;
}

Config slice_config(const std::vector<SliceItem>& items, bool keras3) {
  if (items.size() == 1 && !keras3) return item_config(items[0], keras3);
  auto list = Config::list();
  for (const auto& item : items) list.push_back(item_config(item, keras3));
  return list;
}

std::vector<SliceItem> without_ellipsis(const std::vector<SliceItem>& items, std::size_t rank) {
  const auto takes_a_dim = [](const SliceItem& item) { return !item.get<Ellipsis>() && !item.get<NewAxis>(); };
  const auto taken = static_cast<std::size_t>(std::count_if(items.begin(), items.end(), takes_a_dim));
  std::vector<SliceItem> out;
  for (const auto& item : items) {
    if (!item.get<Ellipsis>()) {
      out.push_back(item);
    } else if (taken < rank) {
      out.insert(out.end(), rank - taken, Slice{});
    }
  }
  return out;
}

std::vector<SliceItem> items_of_strided_slice(const std::vector<std::int64_t>& begin,
                                              const std::vector<std::int64_t>& end,
                                              const std::vector<std::int64_t>& strides, const SliceMasks& masks) {
  if (begin.size() != end.size() || begin.size() != strides.size()) {
    throw ValueError("the begin, end and strides of a StridedSlice are of different lengths");
  }
  if (begin.size() > 32) throw ValueError("a StridedSlice of more than 32 items");
  std::vector<SliceItem> items;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    const auto has = [&](std::int64_t mask) { return ((mask >> i) & 1) != 0; };
    // In TensorFlow's order: the ellipsis before a new axis before an index.
    if (has(masks.ellipsis)) {
      items.emplace_back(Ellipsis{});
    } else if (has(masks.new_axis)) {
      items.emplace_back(NewAxis{});
    } else if (has(masks.shrink_axis)) {
      items.emplace_back(begin[i]);
    } else {
      Slice slice;
      if (!has(masks.begin)) slice.start = begin[i];
      if (!has(masks.end)) slice.stop = end[i];
      if (strides[i] != 1) slice.step = strides[i];
      items.emplace_back(slice);
    }
  }
  return items;
}

}  // namespace hornbeam
