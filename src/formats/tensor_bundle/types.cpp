#include <array>
#include <utility>

#include "formats/tensor_bundle/index.h"

namespace hornbeam::formats::tensor_bundle {
namespace {

// TensorFlow's types that Hornbeam has none for.
constexpr std::array<std::pair<int, const char*>, 9> kForeign = {{{11, "qint8"},
                                                                  {12, "quint8"},
                                                                  {13, "qint32"},
                                                                  {15, "qint16"},
                                                                  {16, "quint16"},
                                                                  {24, "float8_e5m2"},
                                                                  {25, "float8_e4m3fn"},
                                                                  {29, "int4"},
                                                                  {30, "uint4"}}};
constexpr int kReference = 100;  // added for a reference to the type

DType dtype_of(int type) {
  const auto ours = type > 0 && type < kReference ? static_cast<DType>(type) : DType::invalid;
  return name_of(ours) == name_of(DType::invalid) ? DType::invalid : ours;
}

std::string name_of_number(int type) {
  if (const auto dtype = dtype_of(type); dtype != DType::invalid) return std::string(name_of(dtype));
  for (const auto& [number, name] : kForeign) {
    if (number == type) return name;
  }
  return "number " + std::to_string(type);
}

}  // namespace

DType Entry::dtype() const { return dtype_of(type); }

std::string Entry::type_name() const {
  if (type > kReference && type < 2 * kReference) return name_of_number(type - kReference) + "_ref";
  return name_of_number(type);
}

}  // namespace hornbeam::formats::tensor_bundle
