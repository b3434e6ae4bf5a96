#include "formats/saved_model/tensor_values.h"

#include <cstring>

#include "base/checked_math.h"
#include "formats/saved_model/graph_def.h"
#include "formats/saved_model/saved_model.h"
#include "hornbeam_proto/graph_def.pb.h"

namespace hornbeam::formats::saved_model {
namespace {

// Values as messages keep them into a tensor of T.
template <class T, class Values, class Convert>
void fill(Tensor& tensor, const Values& values, const Convert& convert) {
  const auto out = tensor.mutable_data<T>();
  const auto given = std::min(out.size(), static_cast<std::size_t>(values.size()));
  for (std::size_t i = 0; i < given; ++i) out[i] = convert(values[static_cast<int>(i)]);
  for (std::size_t i = given; i < out.size(); ++i) out[i] = given == 0 ? T{} : out[given - 1];
}

template <class T, class Values>
void fill(Tensor& tensor, const Values& values) {
  fill<T>(tensor, values, [](auto value) { return static_cast<T>(value); });
}

template <class T>
T from_bits(std::int32_t bits) {
  T value;
  value.bits = static_cast<std::uint16_t>(bits);
  return value;
}

int values_in(const proto::TensorProto& t, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return t.float_val_size();
    case DType::float64:
      return t.double_val_size();
    case DType::int64:
      return t.int64_val_size();
    case DType::boolean:
      return t.bool_val_size();
    case DType::string:
      return t.string_val_size();
    case DType::float16:
    case DType::bfloat16:
      return t.half_val_size();
    case DType::uint32:
      return t.uint32_val_size();
    case DType::uint64:
      return t.uint64_val_size();
    default:
      return t.int_val_size();
  }
}

void fill_all(Tensor& tensor, const proto::TensorProto& t) {
  switch (tensor.dtype()) {
    case DType::float32:
      return fill<float>(tensor, t.float_val());
    case DType::float64:
      return fill<double>(tensor, t.double_val());
    case DType::int32:
      return fill<std::int32_t>(tensor, t.int_val());
    case DType::int16:
      return fill<std::int16_t>(tensor, t.int_val());
    case DType::int8:
      return fill<std::int8_t>(tensor, t.int_val());
    case DType::uint8:
      return fill<std::uint8_t>(tensor, t.int_val());
    case DType::uint16:
      return fill<std::uint16_t>(tensor, t.int_val());
    case DType::int64:
      return fill<std::int64_t>(tensor, t.int64_val());
    case DType::uint32:
      return fill<std::uint32_t>(tensor, t.uint32_val());
    case DType::uint64:
      return fill<std::uint64_t>(tensor, t.uint64_val());
    case DType::boolean:
      return fill<bool>(tensor, t.bool_val());
    case DType::float16:
      return fill<Float16>(tensor, t.half_val(), from_bits<Float16>);
    case DType::bfloat16:
      return fill<BFloat16>(tensor, t.half_val(), from_bits<BFloat16>);
    default:
      return fill<std::string>(tensor, t.string_val(), [](const std::string& text) { return text; });
  }
}

// Elements of the shape, and bytes of them. Throws where a shape has unknown dims or overflows.
std::pair<std::uint64_t, std::uint64_t> measure(const Shape& shape, DType dtype, const Place& place) {
  std::uint64_t elements = 1;
  for (const auto dim : shape) {
    if (dim < 0) place.fail("a tensor of known shape", "shape " + shape.to_string());
    const auto product = base::checked_mul(elements, static_cast<std::uint64_t>(dim));
    if (!product) place.fail("a tensor's shape that can be held", "shape " + shape.to_string());
    elements = *product;
  }
  const auto bytes = base::checked_mul(elements, static_cast<std::uint64_t>(size_of(dtype)));
  if (!bytes || *bytes > std::uint64_t{1} << 62) {
    place.fail("a tensor's shape that can be held", "shape " + shape.to_string());
  }
  return {elements, *bytes};
}

}  // namespace

Tensor tensor_of(const proto::TensorProto& t, const Place& place, std::uint64_t& repeated) {
  const auto dtype = dtype_of_number(t.dtype());
  if (size_of(dtype) == 0 || dtype == DType::complex64 || dtype == DType::complex128) return {};
  const auto shape = place.shape(t.tensor_shape());
  if (!shape.has_rank()) place.fail("a tensor of known shape", "an unknown rank");
  const auto [elements, bytes] = measure(shape, dtype, place);
  if (!t.tensor_content().empty()) {
    if (dtype == DType::string) place.fail("strings one by one", "a tensor of strings with tensor_content");
    if (t.tensor_content().size() != bytes) {
      place.fail("a tensor of " + std::to_string(bytes) + " bytes, which its shape " + shape.to_string() + " takes",
                 std::to_string(t.tensor_content().size()));
    }
    auto tensor = Tensor::empty(dtype, shape);
    if (dtype == DType::boolean) {
      const auto out = tensor.mutable_data<bool>();
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = t.tensor_content()[i] != 0;
    } else {
      std::memcpy(tensor.mutable_raw(), t.tensor_content().data(), bytes);
    }
    return tensor;
  }
  const auto given = static_cast<std::uint64_t>(values_in(t, dtype));
  if (given > elements) {
    place.fail("a tensor of " + std::to_string(elements) + " values", std::to_string(given));
  }
  const auto added = (elements - given) * size_of(dtype);
  repeated += added;
  if (added > kMostRepeatedBytes || repeated > kMostRepeatedBytes) {
    place.fail("tensors of values that the file holds, or at most " + std::to_string(kMostRepeatedBytes) +
                   " bytes of repeated ones",
               "shape " + shape.to_string() + " from " + std::to_string(given) + " values");
  }
  auto tensor = Tensor::empty(dtype, shape);
  fill_all(tensor, t);
  return tensor;
}

}  // namespace hornbeam::formats::saved_model
