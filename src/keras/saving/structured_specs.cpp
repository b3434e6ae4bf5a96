#include "keras/saving/structured_specs.h"

namespace hornbeam {
namespace {

using Kind = StructuredValue::Kind;

StructuredValue of_kind(Kind kind) {
  StructuredValue value;
  value.kind = kind;
  return value;
}

StructuredValue sequence(Kind kind, std::vector<StructuredValue> items) {
  auto value = of_kind(kind);
  for (auto& item : items) value.items.emplace_back("", std::move(item));
  return value;
}

// Takes names from `next` on.
StructuredValue specs(const Values& values, const std::vector<std::string>& names, std::size_t& next) {
  if (values.is_list()) {
    std::vector<StructuredValue> items;
    for (const auto& item : values.list()) items.push_back(specs(item, names, next));
    return list_value(std::move(items));
  }
  if (values.is_dict()) {
    std::vector<StructuredValue::Item> items;
    for (const auto& [key, item] : values.dict()) items.emplace_back(key, specs(item, names, next));
    return dict_value(std::move(items));
  }
  if (values.is_none()) return none_value();
  const auto at = next++;
  const auto& tensor = values.tensor();
  return spec_value(tensor.dtype(), tensor.shape(), at < names.size() ? names[at] : "inputs");
}

}  // namespace

StructuredValue none_value() { return {}; }

StructuredValue boolean_value(bool boolean) {
  auto value = of_kind(Kind::boolean);
  value.boolean = boolean;
  return value;
}

StructuredValue text_value(std::string text) {
  auto value = of_kind(Kind::text);
  value.text = std::move(text);
  return value;
}

StructuredValue list_value(std::vector<StructuredValue> items) { return sequence(Kind::list, std::move(items)); }
StructuredValue tuple_value(std::vector<StructuredValue> items) { return sequence(Kind::tuple, std::move(items)); }

StructuredValue dict_value(std::vector<StructuredValue::Item> items) {
  auto value = of_kind(Kind::dict);
  value.items = std::move(items);
  return value;
}

StructuredValue spec_value(DType dtype, const Shape& shape, const std::string& name) {
  auto value = of_kind(Kind::tensor);
  value.text = name;
  value.dtype = dtype;
  value.shape = shape;
  return value;
}

StructuredValue spec_values(const Values& values, const std::vector<std::string>& names) {
  std::size_t next = 0;
  return specs(values, names, next);
}

StructuredValue argument_spec(const std::vector<std::string>& arguments, std::vector<StructuredValue> defaults) {
  std::vector<StructuredValue> names;
  for (const auto& name : arguments) names.push_back(text_value(name));
  auto spec = of_kind(Kind::named_tuple);
  spec.text = "FullArgSpec";
  spec.items = {{"args", list_value(std::move(names))},
                {"varargs", none_value()},
                {"varkw", none_value()},
                {"defaults", defaults.empty() ? none_value() : list_value(std::move(defaults))},
                {"kwonlyargs", list_value({})},
                {"kwonlydefaults", dict_value({})},
                {"annotations", dict_value({})}};
  return spec;
}

}  // namespace hornbeam
