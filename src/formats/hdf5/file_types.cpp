#include "formats/hdf5/file_types.h"

#include "hornbeam/errors.hpp"

namespace hornbeam::formats::hdf5 {
namespace {

// A float of 16 bits; libhdf5 before 1.14 knows none.
Id float16_type(std::size_t exponent_bits, std::size_t mantissa_bits, std::size_t bias) {
  Id type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type, 15, mantissa_bits, exponent_bits, 0, mantissa_bits);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, bias);
  return type;
}

// h5py's bool.
Id bool_type() {
  Id type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  for (const signed char value : {static_cast<signed char>(0), static_cast<signed char>(1)}) {
    H5Tenum_insert(type, value ? "TRUE" : "FALSE", &value);
  }
  return type;
}

Id copied(hid_t type) { return {H5Tcopy(type), H5Tclose}; }

}  // namespace

Id string_type(std::size_t width, H5T_cset_t charset) {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, width == 0 ? H5T_VARIABLE : width);
  H5Tset_strpad(type, width == 0 ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
  H5Tset_cset(type, charset);
  return type;
}

Id file_type(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return float16_type(5, 10, 15);
    case DType::bfloat16:
      return float16_type(8, 7, 127);
    case DType::float32:
      return copied(H5T_IEEE_F32LE);
    case DType::float64:
      return copied(H5T_IEEE_F64LE);
    case DType::int8:
      return copied(H5T_STD_I8LE);
    case DType::int16:
      return copied(H5T_STD_I16LE);
    case DType::int32:
      return copied(H5T_STD_I32LE);
    case DType::int64:
      return copied(H5T_STD_I64LE);
    case DType::uint8:
      return copied(H5T_STD_U8LE);
    case DType::uint16:
      return copied(H5T_STD_U16LE);
    case DType::uint32:
      return copied(H5T_STD_U32LE);
    case DType::uint64:
      return copied(H5T_STD_U64LE);
    case DType::boolean:
      return bool_type();
    case DType::string:
      return string_type(0, H5T_CSET_UTF8);
    default:
      throw TypeError("No conversion path for dtype: " + std::string(name_of(dtype)) + " to HDF5");
  }
}

}  // namespace hornbeam::formats::hdf5
