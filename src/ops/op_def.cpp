#include "ops/op_def.h"

#include <charconv>
#include <map>
#include <utility>

#include "ops/int_values.h"
#include "ops/late_kernel.h"

namespace hornbeam {
namespace {

std::string_view trim(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

// Some attrs ("dtype", "output_type") are spelt like dtypes.
bool is_dtype_name(std::string_view type) {
  try {
    return dtype_from_name(type) != DType::invalid;
  } catch (const TypeError&) {
    return false;
  }
}

ArgDef parse_arg(std::string_view spec) {
  const auto colon = spec.find(':');
  ArgDef arg;
  arg.name = trim(spec.substr(0, colon));
  auto type = trim(spec.substr(colon + 1));
  if (const auto star = type.find('*'); star != std::string_view::npos) {
    arg.number_attr = trim(type.substr(0, star));
    type = trim(type.substr(star + 1));
  }
  if (is_dtype_name(type)) {
    arg.dtype = dtype_from_name(type);
  } else if (type.size() > 4 && type.ends_with("list")) {
    arg.list_attr = type;
  } else {
    arg.type_attr = type;
  }
  return arg;
}

std::vector<std::int64_t> parse_ints(std::string_view text) {
  std::vector<std::int64_t> values;
  text = text.substr(1, text.size() - 2);
  while (!trim(text).empty()) {
    const auto comma = text.find(',');
    const auto item = trim(text.substr(0, comma));
    std::int64_t v = 0;
    std::from_chars(item.data(), item.data() + item.size(), v);
    values.push_back(v);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return values;
}

AttrValue parse_default(std::string_view type, std::string_view text) {
  if (type == "bool") return text == "true";
  if (type == "int") {
    std::int64_t v = 0;
    std::from_chars(text.data(), text.data() + text.size(), v);
    return v;
  }
  if (type == "float") return std::stof(std::string(text));
  if (type == "string") return std::string(text.substr(1, text.size() - 2));
  if (type == "type") return dtype_from_name(text);
  if (type == "list(int)") return parse_ints(text);
  if (type == "list(string)") return std::vector<std::string>{};
  if (type == "list(shape)") return std::vector<Shape>{};
  if (type == "shape") return Shape::unknown();
  throw ValueError("an op attr of type " + std::string(type) + " cannot have a default");
}

AttrDef parse_attr(std::string_view spec) {
  const auto colon = spec.find(':');
  AttrDef attr;
  attr.name = trim(spec.substr(0, colon));
  auto rest = spec.substr(colon + 1);
  const auto equals = rest.find('=');
  attr.type = trim(rest.substr(0, equals));
  if (equals != std::string_view::npos) attr.fallback = parse_default(attr.type, trim(rest.substr(equals + 1)));
  return attr;
}

// Sets a type or number attr from the inputs, or checks that it agrees with what is there.
template <class T>
void unify(Attrs& attrs, const std::string& op, const std::string& arg, const std::string& name, T value) {
  const auto* old = attrs.find(name);
  if (!old) {
    attrs.set(name, value);
    return;
  }
  const auto* typed = std::get_if<T>(old);
  if (typed && *typed == value) return;
  std::string expected = "another value", found = "this";
  if constexpr (std::is_same_v<T, DType>) {
    if (typed) expected = name_of(*typed);
    found = name_of(value);
  }
  throw TypeError("Input '" + arg + "' of '" + op + "' Op has type " + found + " that does not match type " + expected +
                  " of argument '" + name + "'.");
}

}  // namespace

OpDef&& OpDef::input(std::string_view spec) && {
  inputs.push_back(parse_arg(spec));
  return std::move(*this);
}
OpDef&& OpDef::output(std::string_view spec) && {
  outputs.push_back(parse_arg(spec));
  return std::move(*this);
}
OpDef&& OpDef::attr(std::string_view spec) && {
  attrs.push_back(parse_attr(spec));
  const auto& added = attrs.back();
  if (added.type == "list(type)") {
    // IdentityN spells its list of dtypes "T".
    for (auto* args : {&inputs, &outputs}) {
      for (auto& arg : *args) {
        if (arg.type_attr == added.name) arg.list_attr = std::exchange(arg.type_attr, {});
      }
    }
  }
  return std::move(*this);
}

Attrs OpDef::complete(std::span<const DType> dtypes, Attrs given) const {
  std::size_t next = 0;
  std::size_t variable_args = 0;
  for (const auto& arg : inputs) variable_args += !arg.number_attr.empty() || !arg.list_attr.empty();
  const std::size_t fixed_args = inputs.size() - variable_args;
  for (const auto& arg : inputs) {
    std::size_t count = 1;
    if (!arg.number_attr.empty() || !arg.list_attr.empty()) {
      const auto* number = arg.number_attr.empty() ? nullptr : given.find(arg.number_attr);
      const auto* list = arg.list_attr.empty() ? nullptr : given.find(arg.list_attr);
      const auto* types = list ? std::get_if<std::vector<DType>>(list) : nullptr;
      if (number) {
        // Less than none is more than there are.
        count = static_cast<std::size_t>(std::get<std::int64_t>(*number));
      } else if (types && variable_args > 1) {
        count = types->size();
      } else if (variable_args == 1) {
        count = dtypes.size() - std::min(dtypes.size(), fixed_args);
      } else {
        throw ValueError("Op '" + name + "' has several list inputs: attr '" + arg.number_attr + arg.list_attr +
                         "' must be given");
      }
      if (!arg.number_attr.empty()) unify(given, name, arg.name, arg.number_attr, static_cast<std::int64_t>(count));
    }
    if (next > dtypes.size() || count > dtypes.size() - next) {
      throw ValueError("Op '" + name + "' expects input '" + arg.name + "', received " + std::to_string(dtypes.size()) +
                       " inputs");
    }
    if (!arg.list_attr.empty()) {
      given.set(arg.list_attr, std::vector<DType>(dtypes.begin() + static_cast<std::ptrdiff_t>(next),
                                                  dtypes.begin() + static_cast<std::ptrdiff_t>(next + count)));
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        const auto dtype = dtypes[next + i];
        if (!arg.type_attr.empty()) {
          unify(given, name, arg.name, arg.type_attr, dtype);
        } else if (dtype != arg.dtype) {
          throw TypeError("Input '" + arg.name + "' of '" + name + "' Op has type " + std::string(name_of(dtype)) +
                          " that does not match expected type of " + std::string(name_of(arg.dtype)) + ".");
        }
      }
    }
    next += count;
  }
  if (next != dtypes.size()) {
    throw ValueError("Op '" + name + "' takes " + std::to_string(next) + " inputs, received " +
                     std::to_string(dtypes.size()));
  }
  for (const auto& attr : attrs) {
    if (given.has(attr.name)) continue;
    if (std::holds_alternative<std::monostate>(attr.fallback)) {
      throw ValueError("Op '" + name + "' needs attr '" + attr.name + "'");
    }
    given.set(attr.name, attr.fallback);
  }
  return given;
}

std::vector<DType> OpDef::output_dtypes(const Attrs& complete_attrs) const {
  std::vector<DType> result;
  for (const auto& arg : outputs) {
    if (!arg.list_attr.empty()) {
      const auto* list = complete_attrs.find(arg.list_attr);
      const auto& dtypes = std::get<std::vector<DType>>(*list);
      result.insert(result.end(), dtypes.begin(), dtypes.end());
      continue;
    }
    const auto count = arg.number_attr.empty() ? 1 : complete_attrs.i(arg.number_attr);
    const auto dtype = arg.type_attr.empty() ? arg.dtype : complete_attrs.type(arg.type_attr);
    for (std::int64_t i = 0; i < count; ++i) result.push_back(dtype);
  }
  return result;
}

std::optional<std::vector<std::int64_t>> ShapeContext::ints(std::size_t i) const {
  const auto* v = value(i);
  if (!v) return std::nullopt;
  return int_values(*v);
}

Shape ShapeContext::value_as_shape(std::size_t i) const {
  if (const auto known = ints(i)) return Shape(*known);
  if (partial_) return partial_(i);
  const auto& s = shape(i);
  if (s.has_rank() && s.rank() == 1 && s[0] >= 0) {
    return Shape(std::vector<std::int64_t>(static_cast<std::size_t>(s[0]), None));
  }
  return Shape::unknown();
}

std::vector<std::int64_t> KernelSpec::ints(std::size_t i) const {
  const auto* v = value(i);
  if (!v) throw ValueNotKnown("input " + std::to_string(i) + " must be a known integer value");
  return int_values(*v);
}

}  // namespace hornbeam
