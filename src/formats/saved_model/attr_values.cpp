#include "formats/saved_model/attr_values.h"

#include "formats/saved_model/saved_model.h"
#include "formats/saved_model/tensor_values.h"
#include "formats/tensor_bundle/bytes.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/graph_def.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

constexpr int kMostAttrs = 1000;  // they are looked up one after another

DType known_dtype(int type, const Place& place) {
  const auto dtype = dtype_of_number(type);
  if (type != 0 && dtype == DType::invalid) {
    throw NotImplementedError("not yet supported: a type of number " + std::to_string(type) + " (" + place.file + ": " +
                              place.where + ")");
  }
  return dtype;
}

}  // namespace

Attrs AttrReader::read(const Entries& entries, const Place& place) {
  if (entries.size() > kMostAttrs) {
    place.fail("at most " + std::to_string(kMostAttrs) + " attributes", std::to_string(entries.size()));
  }
  Attrs attrs;
  for (const auto& entry : entries) {
    const Place at{file_, "attribute " + tensor_bundle::in_quotes(entry.key()) + " of " + place.where};
    attrs.set(at.text(entry.key()), value(entry.value(), at));
  }
  return attrs;
}

AttrValue AttrReader::value(const proto::AttrValue& value, const Place& place) {
  using V = proto::AttrValue;
  switch (value.value_case()) {
    case V::kList:
      return list(value.list(), place);
    case V::kS:
      return value.s();
    case V::kI:
      return value.i();
    case V::kF:
      return value.f();
    case V::kB:
      return value.b();
    case V::kType:
      return known_dtype(value.type(), place);
    case V::kShape:
      return place.shape(value.shape());
    case V::kTensor:
      return tensor(value.tensor(), place);
    case V::kFunc:
      return FunctionAttr{place.text(value.func().name()), nullptr};
    case V::kPlaceholder:
      throw NotImplementedError("not yet supported: a function with attributes of its own (" + place.file + ": " +
                                place.where + ")");
    case V::VALUE_NOT_SET:
      break;
  }
  return {};
}

AttrValue AttrReader::list(const proto::AttrValue::ListValue& list, const Place& place) {
  if (list.tensor_size() > 0) {
    throw NotImplementedError("not yet supported: a list of tensors (" + place.file + ": " + place.where + ")");
  }
  if (list.s_size() > 0) return std::vector<std::string>(list.s().begin(), list.s().end());
  if (list.f_size() > 0) return std::vector<float>(list.f().begin(), list.f().end());
  if (list.b_size() > 0) return std::vector<bool>(list.b().begin(), list.b().end());
  if (list.type_size() > 0) {
    std::vector<DType> types;
    for (const auto type : list.type()) types.push_back(known_dtype(type, place));
    return types;
  }
  if (list.shape_size() > 0) {
    std::vector<Shape> shapes;
    for (const auto& shape : list.shape()) shapes.push_back(place.shape(shape));
    return shapes;
  }
  if (list.func_size() > 0) {
    std::vector<FunctionAttr> functions;
    for (const auto& function : list.func()) functions.push_back({place.text(function.name()), nullptr});
    return functions;
  }
  return std::vector<std::int64_t>(list.i().begin(), list.i().end());
}

TensorBox AttrReader::tensor(const proto::TensorProto& tensor, const Place& place) {
  return std::make_shared<const Tensor>(tensor_of(tensor, place, repeated_));
}

}  // namespace hornbeam::formats::saved_model
