// Nested lists to tensors and back.
#include "tensor/json_tensor.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "hornbeam/npy.hpp"

namespace hornbeam {
namespace {

constexpr std::size_t kMaxRank = 32;

// How many items the lists of each depth have, the outermost first: where they differ, None.
void outline(const Config& json, std::size_t depth, std::vector<std::int64_t>& sizes) {
  if (!json.is_list() || depth == kMaxRank) return;
  const auto size = static_cast<std::int64_t>(json.size());
  if (depth == sizes.size()) sizes.push_back(size);
  if (sizes[depth] != size) sizes[depth] = None;
  for (const auto& item : json.as_list()) outline(item, depth + 1, sizes);
}

class Reader {
 public:
  // Lists may be uneven down to this depth.
  Reader(const Config& json, const std::string& source, std::size_t ragged_rank) : source_(source) {
    if (ragged_rank != 0) {
      outline(json, 0, sizes_);
      std::fill_n(sizes_.begin() + 1, ragged_rank, None);
      splits_.assign(ragged_rank, {0});
    } else {
      for (const Config* c = &json; c->is_list(); c = &c->as_list().front()) {
        if (sizes_.size() == kMaxRank) fail("at most 32 nested lists", "more");
        sizes_.push_back(static_cast<std::int64_t>(c->size()));
        if (c->size() == 0) break;
      }
    }
    flatten(json, 0);
  }

  NestedArray array() const {
    std::vector<std::int64_t> dims(sizes_.begin() + static_cast<std::ptrdiff_t>(splits_.size()), sizes_.end());
    if (!splits_.empty()) dims[0] = splits_.back().back();
    NestedArray array{tensor(Shape(std::move(dims))), {}};
    for (const auto& splits : splits_) {
      array.splits.push_back(Tensor::from<std::int64_t>({static_cast<std::int64_t>(splits.size())}, splits));
    }
    return array;
  }

 private:
  Tensor tensor(const Shape& shape) const {
    if (leaves_.empty()) return Tensor::empty(DType::float64, shape);  // as np.array([])
    if (leaves_.front()->is_bool()) return filled<bool>(shape, [](const Config& c) { return c.as_bool(); });
    if (leaves_.front()->is_string()) return filled<std::string>(shape, [](const Config& c) { return c.as_string(); });
    if (has_float_) return filled<double>(shape, [](const Config& c) { return c.as_double(); });
    return filled<std::int64_t>(shape, [](const Config& c) { return c.as_int(); });
  }

  void flatten(const Config& json, std::size_t depth) {
    if (depth == sizes_.size()) {
      take(json);
      return;
    }
    const auto wanted = sizes_[depth];
    if (!json.is_list() || (wanted != None && static_cast<std::int64_t>(json.size()) != wanted)) {
      fail(wanted == None ? "a list, as its neighbours are"
                          : "a list of " + std::to_string(wanted) + ", as its neighbours are",
           (json.is_list() ? "a list of " + std::to_string(json.size()) : "a " + std::string(json.type_name())) + ": " +
               std::string(splits_.empty() ? kRagged : kDeep));
    }
    if (depth > 0 && depth <= splits_.size()) {
      auto& splits = splits_[depth - 1];
      splits.push_back(splits.back() + static_cast<std::int64_t>(json.size()));
    }
    for (std::size_t i = 0; i < json.size(); ++i) {
      path_.push_back(i);
      flatten(json.as_list()[i], depth + 1);
      path_.pop_back();
    }
  }

  void take(const Config& json) {
    if (json.is_list()) {
      fail("a value, as its neighbours are", "a list: " + std::string(splits_.empty() ? kRagged : kDeep));
    }
    if (!json.is_bool() && !json.is_number() && !json.is_string()) fail("a bool, number or string", json.type_name());
    has_float_ = has_float_ || json.is_float();
    const auto kind = [](const Config& c) { return c.is_number() ? "number" : c.type_name(); };
    if (!leaves_.empty() && std::string_view(kind(*leaves_.front())) != kind(json)) {
      fail(std::string("a ") + kind(*leaves_.front()) + ", as its neighbours are", std::string("a ") + kind(json));
    }
    leaves_.push_back(&json);
  }

  template <class T, class Get>
  Tensor filled(const Shape& shape, Get get) const {
    Tensor t = Tensor::empty(DTypeOf<T>::value, shape);
    const auto out = t.mutable_data<T>();
    for (std::size_t i = 0; i < leaves_.size(); ++i) out[i] = get(*leaves_[i]);
    return t;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    std::string place;
    for (const auto i : path_) place += "[" + std::to_string(i) + "]";
    throw FormatError(source_, place.empty() ? "the whole" : "item " + place, expected, found);
  }

  static constexpr std::string_view kRagged = "nested lists must be rectangular, not ragged";
  static constexpr std::string_view kDeep = "lists must all be nested equally deep";
  const std::string& source_;
  std::vector<std::int64_t> sizes_;                // of the lists of each depth
  std::vector<std::vector<std::int64_t>> splits_;  // of the uneven depths
  std::vector<const Config*> leaves_;
  std::vector<std::size_t> path_;
  bool has_float_ = false;
};

template <class T>
Config config_of(const T& value) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return Config(static_cast<float>(value));
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (value >> 63) throw ValueError(std::to_string(value) + " does not fit an integer of a config");
    return Config(static_cast<std::int64_t>(value));
  } else {
    return Config(value);
  }
}

template <class T>
Config nested(const Shape& shape, std::size_t depth, const T*& next) {
  if (depth == shape.rank()) return config_of(*next++);
  Config::List items;
  items.reserve(static_cast<std::size_t>(shape[depth]));
  for (std::int64_t i = 0; i < shape[depth]; ++i) items.push_back(nested(shape, depth + 1, next));
  return items;
}

template <class T>
Config to_json(const Tensor& tensor) {
  const T* next = tensor.data<T>().data();
  return nested(tensor.shape(), 0, next);
}

}  // namespace

NestedArray read_nested(const Config& json, const std::string& source) {
  std::vector<std::int64_t> sizes;
  outline(json, 0, sizes);
  const auto uneven = std::find(sizes.rbegin(), sizes.rend(), None);
  return Reader(json, source, uneven == sizes.rend() ? 0 : static_cast<std::size_t>(sizes.rend() - uneven) - 1).array();
}

Config load_json(const std::string& path) {
  const auto file = base::MappedFile::open(path);
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  return Config::parse(text, path);
}

Tensor json_to_tensor(const Config& json, const std::string& source) { return Reader(json, source, 0).array().flat; }

Tensor load_json_tensor(const std::string& path) { return json_to_tensor(load_json(path), path); }

Config tensor_to_json(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::boolean:
      return to_json<bool>(tensor);
    case DType::int8:
      return to_json<std::int8_t>(tensor);
    case DType::int16:
      return to_json<std::int16_t>(tensor);
    case DType::int32:
      return to_json<std::int32_t>(tensor);
    case DType::int64:
      return to_json<std::int64_t>(tensor);
    case DType::uint8:
      return to_json<std::uint8_t>(tensor);
    case DType::uint16:
      return to_json<std::uint16_t>(tensor);
    case DType::uint32:
      return to_json<std::uint32_t>(tensor);
    case DType::uint64:
      return to_json<std::uint64_t>(tensor);
    case DType::float16:
      return to_json<Float16>(tensor);
    case DType::bfloat16:
      return to_json<BFloat16>(tensor);
    case DType::float32:
      return to_json<float>(tensor);
    case DType::float64:
      return to_json<double>(tensor);
    case DType::string:
      return to_json<std::string>(tensor);
    default:
      throw TypeError("Object of type " + std::string(name_of(tensor.dtype())) + " is not JSON serializable");
  }
}

}  // namespace hornbeam
