#include "hornbeam/values.hpp"

namespace hornbeam {
namespace {

void flatten_into(const Values& values, std::vector<Tensor>& tensors, std::vector<Tensor>& masks) {
  if (values.is_tensor()) {
    tensors.push_back(values.tensor());
    masks.push_back(values.mask());
  } else if (values.is_list()) {
    for (const auto& item : values.list()) flatten_into(item, tensors, masks);
  } else if (values.is_dict()) {
    for (const auto& [key, item] : values.dict()) flatten_into(item, tensors, masks);
  }
}

Values pack(const Values& like, std::span<const Tensor> leaves, std::span<const Tensor> masks, std::size_t& next) {
  if (like.is_tensor()) {
    if (next >= leaves.size()) throw ValueError("Too few leaves to pack the structure.");
    const auto i = next++;
    return Values(leaves[i], i < masks.size() ? masks[i] : Tensor());
  }
  if (like.is_list()) {
    Values::List list;
    for (const auto& item : like.list()) list.push_back(pack(item, leaves, masks, next));
    return Values(std::move(list));
  }
  if (like.is_dict()) {
    Values::Dict dict;
    for (const auto& [key, item] : like.dict()) dict.emplace(key, pack(item, leaves, masks, next));
    return Values(std::move(dict));
  }
  return {};
}

}  // namespace

const Tensor& Values::tensor() const {
  if (const auto* leaf = std::get_if<Leaf>(&v_)) return leaf->tensor;
  if (const auto* items = std::get_if<List>(&v_); items && items->size() == 1) return (*items)[0].tensor();
  throw ValueError(is_none() ? "expected one tensor, received nothing"
                             : "expected one tensor, received a structure of " + std::to_string(size()));
}

const Tensor& Values::mask() const {
  static const Tensor none;
  const auto* leaf = std::get_if<Leaf>(&v_);
  return leaf ? leaf->mask : none;
}

const Values::List& Values::list() const {
  if (const auto* items = std::get_if<List>(&v_)) return *items;
  throw ValueError("expected a list of tensors, received something else");
}

const Values::Dict& Values::dict() const {
  if (const auto* items = std::get_if<Dict>(&v_)) return *items;
  throw ValueError("expected a dict of tensors, received something else");
}

std::size_t Values::size() const {
  if (is_list()) return list().size();
  if (is_dict()) return dict().size();
  return is_none() ? 0 : 1;
}

const Values& Values::item(std::size_t i) const {
  if (is_tensor() && i == 0) return *this;
  const auto& items = list();
  if (i >= items.size()) {
    throw IndexError("list index " + std::to_string(i) + " out of range: there are " + std::to_string(items.size()));
  }
  return items[i];
}

const Values& Values::operator[](const std::string& key) const {
  const auto& items = dict();
  const auto it = items.find(key);
  if (it == items.end()) throw KeyError("'" + key + "'");
  return it->second;
}

std::vector<Tensor> Values::flatten() const {
  std::vector<Tensor> tensors, masks;
  flatten_into(*this, tensors, masks);
  return tensors;
}

std::vector<Tensor> Values::flatten_masks() const {
  std::vector<Tensor> tensors, masks;
  flatten_into(*this, tensors, masks);
  return masks;
}

Values Values::pack_like(std::span<const Tensor> leaves, std::span<const Tensor> masks) const {
  std::size_t next = 0;
  auto packed = pack(*this, leaves, masks, next);
  if (next != leaves.size()) throw ValueError("Too many leaves to pack the structure.");
  return packed;
}

}  // namespace hornbeam
