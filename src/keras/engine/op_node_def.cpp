#include "keras/engine/op_node_def.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "hornbeam/errors.hpp"

namespace hornbeam {
namespace {

struct TypeName {
  const char* name;
  DType dtype;
};
constexpr std::array kTypes{
    TypeName{"DT_FLOAT", DType::float32},       TypeName{"DT_DOUBLE", DType::float64},
    TypeName{"DT_HALF", DType::float16},        TypeName{"DT_BFLOAT16", DType::bfloat16},
    TypeName{"DT_INT8", DType::int8},           TypeName{"DT_INT16", DType::int16},
    TypeName{"DT_INT32", DType::int32},         TypeName{"DT_INT64", DType::int64},
    TypeName{"DT_UINT8", DType::uint8},         TypeName{"DT_UINT16", DType::uint16},
    TypeName{"DT_UINT32", DType::uint32},       TypeName{"DT_UINT64", DType::uint64},
    TypeName{"DT_BOOL", DType::boolean},        TypeName{"DT_STRING", DType::string},
    TypeName{"DT_COMPLEX64", DType::complex64}, TypeName{"DT_COMPLEX128", DType::complex128},
};

[[noreturn]] void wrong(const std::string& name, const Config& value) {
  throw ValueError("the attribute '" + name + "' of a node cannot be read: " + value.dump().substr(0, 80));
}

// protobuf writes 64-bit integers as strings.
std::int64_t integer(const std::string& name, const Config& value) {
  if (value.is_int()) return value.as_int();
  if (!value.is_string()) wrong(name, value);
  const auto& text = value.as_string();
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) wrong(name, value);
  return out;
}

DType dtype(const std::string& name, const Config& value) {
  const auto* at = std::ranges::find_if(kTypes, [&](const auto& t) { return value == Config(t.name); });
  if (at == kTypes.end()) wrong(name, value);
  return at->dtype;
}

const char* type_name(DType dtype) {
  const auto* at = std::ranges::find(kTypes, dtype, &TypeName::dtype);
  return at == kTypes.end() ? "DT_INVALID" : at->name;
}

std::string bytes(const std::string& name, const Config& value) {
  const auto decoded = value.is_string() ? base::base64_decode(value.as_string()) : std::nullopt;
  if (!decoded) wrong(name, value);
  return *decoded;
}

template <class Get>
auto list_of(const Config& value, const char* key, Get get) {
  std::vector<decltype(get(value))> out;
  const auto* list = value.find("list");
  const auto* items = list ? list->find(key) : nullptr;
  if (items && items->is_list()) {
    for (const auto& item : items->as_list()) out.push_back(get(item));
  }
  return out;
}

AttrValue attr_value(const std::string& name, const std::string& type, const Config& value) {
  const auto field = [&](const char* key) -> const Config& {
    const auto* found = value.find(key);
    if (!found) wrong(name, value);
    return *found;
  };
  const auto as_int = [&](const Config& c) { return integer(name, c); };
  if (type == "bool") return field("b").as_bool();
  if (type == "int") return integer(name, field("i"));
  if (type == "float") return static_cast<float>(field("f").as_double());
  if (type == "type") return dtype(name, field("type"));
  if (type == "string") return bytes(name, field("s"));
  if (type == "list(int)") return list_of(value, "i", as_int);
  if (type == "list(type)") return list_of(value, "type", [&](const Config& c) { return dtype(name, c); });
  if (type == "list(string)") return list_of(value, "s", [&](const Config& c) { return bytes(name, c); });
  throw NotImplementedError("the attribute '" + name + "' of type " + type + " of an op layer is not yet supported");
}

}  // namespace

Attrs attrs_from_json(const OpDef& op, const Config& attr) {
  Attrs attrs;
  if (!attr.is_dict()) return attrs;
  for (const auto& [name, value] : attr.as_dict()) {
    const auto def = std::ranges::find(op.attrs, name, &AttrDef::name);
    if (def != op.attrs.end()) attrs.set(name, attr_value(name, def->type, value));
  }
  return attrs;
}

double shortest_double(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  double wide = 0;
  std::from_chars(text, end, wide);
  return wide;
}

Config attrs_to_json(const Attrs& attrs) {
  auto out = Config::dict();
  const auto list = [](const char* key, const auto& values, auto&& json) {
    auto items = Config::list();
    for (const auto& v : values) items.push_back(json(v));
    return Config{{"list", Config{{key, std::move(items)}}}};
  };
  const auto number = [](std::int64_t v) { return Config(std::to_string(v)); };
  for (const auto& [name, value] : attrs) {
    if (const auto* b = std::get_if<bool>(&value)) out.set(name, Config{{"b", *b}});
    if (const auto* i = std::get_if<std::int64_t>(&value)) out.set(name, Config{{"i", number(*i)}});
    if (const auto* f = std::get_if<float>(&value)) out.set(name, Config{{"f", shortest_double(*f)}});
    if (const auto* s = std::get_if<std::string>(&value)) out.set(name, Config{{"s", base::base64_encode(*s)}});
    if (const auto* t = std::get_if<DType>(&value)) out.set(name, Config{{"type", type_name(*t)}});
    if (const auto* v = std::get_if<std::vector<std::int64_t>>(&value)) out.set(name, list("i", *v, number));
    if (const auto* v = std::get_if<std::vector<DType>>(&value)) {
      out.set(name, list("type", *v, [](DType t) { return Config(type_name(t)); }));
    }
  }
  return out;
}

std::vector<DType> input_dtypes(const OpDef& op, const Attrs& attrs, std::size_t count) {
  std::vector<DType> dtypes;
  for (const auto& input : op.inputs) {
    const auto* type = attrs.find(input.type_attr);
    const auto known = type ? std::get_if<DType>(type) : nullptr;
    const auto one = input.dtype != DType::invalid ? input.dtype : known ? *known : DType::invalid;
    std::size_t n = 1;
    if (!input.number_attr.empty() || !input.list_attr.empty()) {
      // One list per op: what the other inputs leave.
      n = count >= op.inputs.size() - 1 ? count - (op.inputs.size() - 1) : 0;
    }
    dtypes.insert(dtypes.end(), n, one);
  }
  dtypes.resize(count, DType::invalid);
  return dtypes;
}

}  // namespace hornbeam
