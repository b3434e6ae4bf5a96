#include "keras/engine/op_call.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// The shape that the first items of nested lists tell.
std::vector<std::int64_t> dims_of(const Config& config) {
  constexpr std::size_t kMaxRank = 32;
  std::vector<std::int64_t> dims;
  dims.reserve(kMaxRank);
  const Config* at = &config;
  while (at->is_list() && dims.size() < kMaxRank) {
    dims.push_back(static_cast<std::int64_t>(at->size()));
    if (at->size() == 0) break;
    at = &at->at(std::size_t{0});
  }
  return dims;
}

// The leaves of nested lists, in order; all lists of a level must be as long as `dims` says.
void flatten(const Config& config, std::span<const std::int64_t> dims, std::vector<const Config*>& out) {
  const bool as_told =
      config.is_list() ? !dims.empty() && static_cast<std::int64_t>(config.size()) == dims[0] : dims.empty();
  if (!as_told) throw ValueError("a constant is a ragged list");
  if (!config.is_list()) return out.push_back(&config);
  for (const auto& item : config.as_list()) flatten(item, dims.subspan(1), out);
}

template <class T, class Get>
Tensor filled(const Shape& shape, const std::vector<const Config*>& leaves, Get get) {
  std::vector<T> values;
  values.reserve(leaves.size());
  for (const auto* leaf : leaves) values.push_back(static_cast<T>(get(*leaf)));
  return Tensor::from<T>(shape, values);
}

template <class T>
Config nested_config(std::span<const T> values, std::span<const std::int64_t> dims) {
  if (dims.empty())
    return Config(static_cast<std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>(values[0]));
  auto list = Config::list();
  const auto n = static_cast<std::size_t>(dims[0]);
  const auto each = n == 0 ? 0 : values.size() / n;
  for (std::size_t i = 0; i < n; ++i) list.push_back(nested_config(values.subspan(i * each, each), dims.subspan(1)));
  return list;
}

bool is_wide(DType dtype) { return dtype == DType::float64 || dtype == DType::int64; }

// A constant (of the widest dtypes, as constant_tensor makes them) takes the dtype of the tensor beside it.
Tensor with_dtype(const Tensor& t, const Tensor& like) {
  const bool follows = t.is_concrete() && is_wide(t.dtype()) && t.dtype() != like.dtype() &&
                       like.dtype() != DType::boolean && (!is_wide(like.dtype()) || t.dtype() == DType::int64);
  return follows ? ops::cast(t, like.dtype()) : t;
}

}  // namespace

const Config* array_of(const Config& config) {
  const auto* name = config.find("class_name");
  const bool array = name && (*name == Config("__tensor__") || *name == Config("__numpy__"));
  const auto* inner = array ? config.find("config") : nullptr;
  return inner && inner->has("value") && inner->has("dtype") ? inner : nullptr;
}

Tensor constant_tensor(const Config& config) {
  if (const auto* array = array_of(config)) {
    return ops::cast(constant_tensor(array->at("value")), dtype_from_name(array->at("dtype").as_string()));
  }
  const auto dims = dims_of(config);
  std::vector<const Config*> leaves;
  flatten(config, dims, leaves);
  const Shape shape(dims);
  bool whole = true;
  for (const auto* leaf : leaves) {
    if (!leaf->is_number() && !leaf->is_bool()) {
      throw NotImplementedError("a constant " + leaf->dump().substr(0, 60) + " is not yet supported");
    }
    whole &= leaf->is_int() || leaf->is_bool();
  }
  if (whole) return filled<std::int64_t>(shape, leaves, [](const Config& c) { return c.as_int(); });
  return filled<double>(shape, leaves, [](const Config& c) { return c.is_bool() ? c.as_bool() : c.as_double(); });
}

Config array_config(const Config& list) {
  const auto values = constant_tensor(list);
  return Config{{"class_name", "__numpy__"}, {"config", {{"value", list}, {"dtype", name_of(values.dtype())}}}};
}

Config with_lists_for_arrays(const Config& config) {
  if (const auto* array = array_of(config)) return array->at("value");
  auto out = config;
  if (out.is_list()) {
    for (auto& item : out.as_list()) item = with_lists_for_arrays(item);
  } else if (out.is_dict()) {
    for (auto& [key, item] : out.as_dict()) item = with_lists_for_arrays(item);
  }
  return out;
}

Config constant_config(const Tensor& tensor) {
  const auto dims = tensor.shape().dims();
  if (is_floating(tensor.dtype())) {
    const auto values = ops::cast(tensor, DType::float64);
    return nested_config(values.data<double>(), std::span<const std::int64_t>(dims));
  }
  const auto values = ops::cast(tensor, DType::int64);
  return nested_config(values.data<std::int64_t>(), std::span<const std::int64_t>(dims));
}

const Values* OpCall::values(std::size_t i) const {
  if (i == 0 && !first_.is_none()) return &first_;
  for (const auto& key : {"arg" + std::to_string(i), parameters_.at(i)}) {
    if (const auto it = options_.tensors.find(key); it != options_.tensors.end()) return &it->second;
  }
  return nullptr;
}

const Config& OpCall::plain(std::size_t i) const {
  static const Config none;
  for (const auto& key : {"arg" + std::to_string(i), parameters_.at(i)}) {
    if (const auto* found = options_.kwargs.find(key)) return *found;
  }
  const auto* found = settings_.find(parameters_.at(i));
  return found ? *found : none;
}

void OpCall::missing(std::size_t i) const { throw ValueError(what_ + " has no argument '" + parameters_.at(i) + "'"); }

Tensor OpCall::tensor(std::size_t i) const {
  const auto* found = values(i);
  if (!found && plain(i).is_null()) missing(i);
  auto t = found ? found->tensor() : constant_tensor(plain(i));
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const auto* other = k == i ? nullptr : values(k);
    if (other && other->is_tensor()) t = with_dtype(t, other->tensor());
  }
  return t;
}

std::vector<Tensor> OpCall::tensors(std::size_t i) const {
  const auto* found = values(i);
  if (!found) missing(i);
  auto list = found->flatten();
  // Constants among them take the dtype of the others.
  const auto other = std::ranges::find_if(list, [](const Tensor& t) { return !t.is_concrete(); });
  if (other != list.end()) {
    const auto like = *other;
    for (auto& t : list) t = with_dtype(t, like);
  }
  return list;
}

std::int64_t OpCall::integer(std::size_t i, std::int64_t fallback) const {
  const auto& found = plain(i);
  return found.is_null() ? fallback : found.as_int();
}

Tensor OpCall::as_given(std::size_t i) const {
  const auto* found = values(i);
  if (!found && plain(i).is_null()) missing(i);
  return found ? found->tensor() : constant_tensor(plain(i));
}

double OpCall::number(std::size_t i, double fallback) const {
  const auto& found = plain(i);
  return found.is_null() ? fallback : found.as_double();
}

std::string OpCall::text(std::size_t i, const char* fallback) const {
  const auto& found = plain(i);
  return found.is_null() ? fallback : found.as_string();
}

bool OpCall::flag(std::size_t i) const {
  const auto& found = plain(i);
  return !found.is_null() && found.as_bool();
}

}  // namespace hornbeam
