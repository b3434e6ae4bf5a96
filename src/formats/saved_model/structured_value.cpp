#include "formats/saved_model/structured_value.h"

#include <algorithm>

#include "base/float_repr.h"

namespace hornbeam::formats::saved_model {
namespace {

using Value = StructuredValue;

void collect(const Value& value, std::vector<const Value*>& found) {
  if (value.is(Value::Kind::tensor)) found.push_back(&value);
  std::vector<const Value::Item*> items;
  for (const auto& item : value.items) items.push_back(&item);
  if (value.is(Value::Kind::dict)) {
    std::stable_sort(items.begin(), items.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  }
  for (const auto* item : items) collect(item->second, found);
}

std::string spec_text(const Value& value) {
  auto text = "TensorSpec(shape=" + value.shape.to_string() + ", dtype=tf." + std::string(name_of(value.dtype));
  return text + (value.text.empty() ? ", name=None)" : ", name='" + value.text + "')");
}

std::string items_text(const Value& value, const char* before, const char* after) {
  std::string text = before;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const auto& [key, item] = value.items[i];
    text += i ? ", " : "";
    if (value.is(Value::Kind::dict)) text += "'" + key + "': ";
    if (value.is(Value::Kind::named_tuple)) text += key + "=";
    text += item.to_string();
  }
  if (value.is(Value::Kind::tuple) && value.items.size() == 1) text += ",";
  return text + after;
}

}  // namespace

const StructuredValue* StructuredValue::find(const std::string& name) const {
  for (const auto& [key, value] : items) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<const StructuredValue*> StructuredValue::tensors() const {
  std::vector<const StructuredValue*> found;
  collect(*this, found);
  return found;
}

std::string StructuredValue::to_string() const {
  switch (kind) {
    case Kind::none:
      return "None";
    case Kind::number:
      return base::float_repr(number);
    case Kind::integer:
      return std::to_string(integer);
    case Kind::text:
      return "'" + text + "'";
    case Kind::boolean:
      return boolean ? "True" : "False";
    case Kind::shape:
      return shape.to_string();
    case Kind::dtype:
      return "tf." + std::string(name_of(dtype));
    case Kind::tensor:
      return spec_text(*this);
    case Kind::list:
      return items_text(*this, "[", "]");
    case Kind::tuple:
      return items_text(*this, "(", ")");
    case Kind::dict:
      return items_text(*this, "{", "}");
    case Kind::named_tuple:
      return text + items_text(*this, "(", ")");
    case Kind::other:
      break;
  }
  return text;
}

}  // namespace hornbeam::formats::saved_model
