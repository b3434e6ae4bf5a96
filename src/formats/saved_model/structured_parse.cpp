#include "formats/saved_model/structured_parse.h"

#include "formats/saved_model/saved_model.h"
#include "hornbeam_proto/saved_object_graph.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

using Kind = StructuredValue::Kind;

StructuredValue tensor_spec(const proto::TensorSpecProto& spec, const Place& place) {
  StructuredValue result;
  result.kind = Kind::tensor;
  result.text = place.text(spec.name());
  result.shape = place.shape(spec.shape());
  result.dtype = dtype_of_number(spec.dtype());
  return result;
}

void add_list(StructuredValue& result, const proto::StructuredValue::List& list, const Place& place) {
  for (const auto& item : list.values()) result.items.emplace_back("", structured_value(item, place));
}

template <class Entries>
void add_entries(StructuredValue& result, const Entries& entries, const Place& place) {
  for (const auto& entry : entries) {
    result.items.emplace_back(place.text(entry.key()), structured_value(entry.value(), place));
  }
}

}  // namespace

StructuredValue structured_value(const proto::StructuredValue& value, const Place& place) {
  StructuredValue result;
  using V = proto::StructuredValue;
  switch (value.kind_case()) {
    case V::kNoneValue:
    case V::KIND_NOT_SET:
      break;
    case V::kFloat64Value:
      result.kind = Kind::number;
      result.number = value.float64_value();
      break;
    case V::kInt64Value:
      result.kind = Kind::integer;
      result.integer = value.int64_value();
      break;
    case V::kStringValue:
      result.kind = Kind::text;
      result.text = place.text(value.string_value());
      break;
    case V::kBoolValue:
      result.kind = Kind::boolean;
      result.boolean = value.bool_value();
      break;
    case V::kTensorShapeValue:
      result.kind = Kind::shape;
      result.shape = place.shape(value.tensor_shape_value());
      break;
    case V::kTensorDtypeValue:
      result.kind = Kind::dtype;
      result.dtype = dtype_of_number(value.tensor_dtype_value());
      break;
    case V::kTensorSpecValue:
      return tensor_spec(value.tensor_spec_value(), place);
    case V::kBoundedTensorSpecValue:
      return tensor_spec(value.bounded_tensor_spec_value(), place);
    case V::kTypeSpecValue:
      result.kind = Kind::other;
      result.text = place.text(value.type_spec_value().type_spec_class_name());
      result.items.emplace_back("", structured_value(value.type_spec_value().type_state(), place));
      break;
    case V::kListValue:
      result.kind = Kind::list;
      add_list(result, value.list_value(), place);
      break;
    case V::kTupleValue:
      result.kind = Kind::tuple;
      add_list(result, value.tuple_value(), place);
      break;
    case V::kDictValue:
      result.kind = Kind::dict;
      add_entries(result, value.dict_value().fields(), place);
      break;
    case V::kNamedTupleValue:
      result.kind = Kind::named_tuple;
      result.text = place.text(value.named_tuple_value().name());
      add_entries(result, value.named_tuple_value().values(), place);
      break;
  }
  return result;
}

}  // namespace hornbeam::formats::saved_model
