#include "ops/op_table.h"

#include <bit>
#include <cmath>
#include <set>
#include <sstream>

#include "base/mapped_file.h"
#include "hornbeam/config.hpp"
#include "hornbeam/npy.hpp"
#include "ops/dispatch.h"
#include "support/test_data.h"

namespace hornbeam::testing {
namespace {

const std::string kTable = test_data("ops") + "/ops", kGradients = test_data("ops") + "/gradients";

Config read_index(const std::string& path) { return Config::parse(base::read_file(path), path); }
const Config& table() {
  static const Config json = read_index(kTable + "/ops.json");
  return json;
}
const Config& gradient_table() {
  static const Config json = read_index(kGradients + "/gradients.json");
  return json;
}

std::map<std::string, Tensor> read_arrays(const std::string& path) {
  std::map<std::string, Tensor> arrays;
  for (auto& [key, tensor] : load_npz(path)) arrays.emplace(key, tensor);
  return arrays;
}

AttrValue attr_value(const AttrDef& def, const Config& v) {
  const auto shape = [](const Config& s) { return s.is_null() ? Shape::unknown() : Shape(s.as_ints()); };
  if (def.type == "bool") return v.as_bool();
  if (def.type == "int") return v.as_int();
  if (def.type == "float") return static_cast<float>(v.as_double());
  if (def.type == "string") return v.as_string();
  if (def.type == "type") return dtype_from_name(v.as_string());
  if (def.type == "shape") return shape(v);
  if (def.type == "list(int)") return v.as_ints();
  if (def.type == "list(float)") {
    std::vector<float> floats;
    for (const auto& f : v.as_list()) floats.push_back(static_cast<float>(f.as_double()));
    return floats;
  }
  if (def.type == "list(string)") {
    std::vector<std::string> strings;
    for (const auto& s : v.as_list()) strings.push_back(s.as_string());
    return strings;
  }
  if (def.type == "list(type)") {
    std::vector<DType> types;
    for (const auto& s : v.as_list()) types.push_back(dtype_from_name(s.as_string()));
    return types;
  }
  if (def.type == "list(shape)") {
    std::vector<Shape> shapes;
    for (const auto& s : v.as_list()) shapes.push_back(shape(s));
    return shapes;
  }
  throw ValueError("the table has an attr of type " + def.type);
}

Tensor tensor_of(const std::string& key, const Config& c, const std::map<std::string, Tensor>& arrays) {
  if (const auto* strings = c.find("strings"); strings && strings->has(key)) {
    std::vector<std::string> values;
    for (const auto& s : strings->at(key).at("values").as_list()) values.push_back(s.as_string());
    return Tensor::from<std::string>(Shape(strings->at(key).at("shape").as_ints()), values);
  }
  const auto& t = arrays.at(key);
  if (const auto* bits = c.find("bits"); bits && bits->has(key)) {
    Tensor as_bfloat = Tensor::borrow(DType::bfloat16, t.shape(), t.raw(), t.impl());
    return as_bfloat;
  }
  return t;
}

// Ops whose outputs after these are private to TensorFlow's kernel.
std::size_t compared_outputs(const OpCase& c) {
  if (c.op == "FusedBatchNormV3") return c.attrs.b("is_training") ? 3 : 1;
  return c.outputs.size();
}

struct Tolerance {
  double absolute, relative;
};

// The largest finite magnitude.
double largest(const Tensor& t) {
  double result = 0;
  dispatch<Types<float, double>>(t.dtype(), "the table", [&]<class T>() {
    for (const T v : t.data<T>()) {
      if (std::isfinite(v)) result = std::max(result, std::abs(static_cast<double>(v)));
    }
  });
  return result;
}

// Of images places and weights are float32, whatever the images' dtype, and of CTC the logarithms that TensorFlow adds.
bool weighs_in_float32(const std::string& op) {
  return op == "CTCLoss" || (op.starts_with("Resize") && !op.starts_with("ResizeNearest")) ||
         op.starts_with("ImageProjectiveTransform");
}

// Gradients are sums for the most part.
Tolerance gradient_tolerance(const OpCase& c, const Tensor& expected) {
  const double scale = std::max(1.0, largest(expected));
  return expected.dtype() == DType::float64 && !weighs_in_float32(c.op) ? Tolerance{1e-12 * scale, 1e-9}
                                                                        : Tolerance{2e-6 * scale, 1e-4};
}

Tolerance tolerance_of(const OpCase& c, DType dtype) {
  // Sums and products of many terms: the order of addition shows.
  static const std::set<std::string> kSums = {"MatMul",
                                              "BatchMatMul",
                                              "BatchMatMulV2",
                                              "BatchMatMulV3",
                                              "Einsum",
                                              "Conv2D",
                                              "Conv3D",
                                              "Sum",
                                              "Mean",
                                              "Prod",
                                              "DepthwiseConv2dNative",
                                              "FusedBatchNormV3",
                                              "Cumsum",
                                              "Cumprod",
                                              "LogSoftmax",
                                              "Softmax",
                                              "L2Loss",
                                              "EuclideanNorm",
                                              "AvgPool",
                                              "AddN",
                                              "AvgPool3D",
                                              "CumulativeLogsumexp",
                                              "Conv2DBackpropInput",
                                              "Conv2DBackpropFilter",
                                              "Conv3DBackpropInputV2",
                                              "Conv3DBackpropFilterV2",
                                              "DepthwiseConv2dNativeBackpropInput",
                                              "DepthwiseConv2dNativeBackpropFilter",
                                              "FusedBatchNormGradV3",
                                              "BiasAddGrad",
                                              "UnsortedSegmentSum",
                                              "MatrixTriangularSolve",
                                              "Qr",
                                              "MatrixSolve",
                                              "MatrixInverse",
                                              "FFT",
                                              "IFFT",
                                              "RFFT",
                                              "IRFFT"};
  const bool sum = kSums.count(c.op) != 0;
  switch (dtype) {
    case DType::float64:
      return sum ? Tolerance{1e-10, 1e-9} : Tolerance{1e-12, 1e-12};
    case DType::float32:
      return sum ? Tolerance{1e-5, 1e-4} : Tolerance{1e-6, 1e-5};
    case DType::float16:
      return sum ? Tolerance{1e-2, 1e-2} : Tolerance{1e-6, 2e-3};
    default:
      return sum ? Tolerance{4e-2, 4e-2} : Tolerance{1e-6, 1.6e-2};
  }
}

Tolerance tolerance(const OpCase& c, const Tensor& expected) {
  const bool rough = expected.dtype() == DType::float64 && weighs_in_float32(c.op);
  auto result = tolerance_of(c, rough ? DType::float32 : expected.dtype());
  // A sum that cancels keeps the rounding of its terms, whose size the largest result tells.
  if (expected.dtype() == DType::float32 && result.absolute > 1e-6) {
    result.absolute = std::max(result.absolute, 1e-6 * largest(expected));
  }
  return result;
}

bool near(double a, double b, const Tolerance& t) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  if (std::isinf(a) || std::isinf(b)) return false;
  return std::abs(a - b) <= t.absolute + t.relative * std::abs(b);
}

template <class T>
std::string text(const T& v) {
  if constexpr (std::is_same_v<T, std::string>) {
    return v;
  } else {
    std::ostringstream s;
    s.precision(17);
    s << +static_cast<compute_t<T>>(v);
    return s.str();
  }
}

// Complex numbers as twice as many real ones.
Tensor as_reals(const Tensor& t) {
  if (t.dtype() != DType::complex64 && t.dtype() != DType::complex128) return t;
  auto dims = t.shape().dims();
  dims.push_back(2);
  return Tensor::borrow(t.dtype() == DType::complex64 ? DType::float32 : DType::float64, Shape(dims), t.raw(),
                        t.impl());
}

std::string compare(const Tensor& found, const Tensor& expected, const Tolerance& tolerated, bool exact) {
  if (found.dtype() != expected.dtype()) {
    return "dtype " + std::string(name_of(found.dtype())) + ", expected " + std::string(name_of(expected.dtype()));
  }
  if (found.shape() != expected.shape()) {
    return "shape " + found.shape().to_string() + ", expected " + expected.shape().to_string();
  }
  return dispatch<AllTypes>(expected.dtype(), "the table", [&]<class T>() -> std::string {
    const auto a = found.data<T>(), b = expected.data<T>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      bool same = a[i] == b[i];
      if constexpr (!std::is_integral_v<T> && !std::is_same_v<T, std::string>) {
        same = same || (!exact && near(static_cast<double>(static_cast<compute_t<T>>(a[i])),
                                       static_cast<double>(static_cast<compute_t<T>>(b[i])), tolerated));
      }
      if (!same) return "element " + std::to_string(i) + " is " + text(a[i]) + ", expected " + text(b[i]);
    }
    return "";
  });
}

}  // namespace

std::vector<std::string> recorded_ops() {
  std::vector<std::string> names;
  for (const auto& [op, cases] : table().as_dict()) names.push_back(op);
  return names;
}

std::vector<OpCase> recorded_cases(const std::string& op) {
  const auto arrays = read_arrays(kTable + "/" + op + ".npz");
  const auto& def = get_op(op);
  std::vector<OpCase> cases;
  for (const auto& row : table().at(op).as_list()) {
    OpCase c;
    c.op = op;
    c.name = row.at("case").as_string();
    c.note = row.get_string("note", "");
    for (const auto& [key, value] : row.at("attrs").as_dict()) {
      for (const auto& attr : def.attrs) {
        if (attr.name == key) c.attrs.set(key, attr_value(attr, value));
      }
    }
    for (const auto& key : row.at("inputs").as_list()) c.inputs.push_back(tensor_of(key.as_string(), row, arrays));
    for (const auto& key : row.at("outputs").as_list()) c.outputs.push_back(tensor_of(key.as_string(), row, arrays));
    cases.push_back(std::move(c));
  }
  return cases;
}

std::vector<std::string> recorded_gradient_ops() {
  std::vector<std::string> names;
  for (const auto& [op, cases] : gradient_table().as_dict()) names.push_back(op);
  return names;
}

std::vector<OpCase> recorded_gradients(const std::string& op) {
  const auto arrays = read_arrays(kGradients + "/" + op + ".npz");
  auto all = recorded_cases(op);
  std::vector<OpCase> cases;
  for (const auto& row : gradient_table().at(op).as_list()) {
    const auto name = row.at("case").as_string();
    for (auto& c : all) {
      if (c.name != name) continue;
      const auto read = [&](const char* key) {
        std::vector<Tensor> tensors;
        for (const auto& k : row.at(key).as_list())
          tensors.push_back(k.is_null() ? Tensor() : arrays.at(k.as_string()));
        return tensors;
      };
      c.output_gradients = read("output_gradients");
      c.gradients = read("gradients");
      cases.push_back(std::move(c));
    }
  }
  return cases;
}

std::string gradient_difference(const OpCase& c, const std::vector<Tensor>& found) {
  const auto place = [&](std::size_t i) {
    std::string inputs;
    for (const auto& t : c.inputs) inputs += " " + t.shape().to_string() + std::string(name_of(t.dtype()));
    return c.op + " " + c.name + (c.note.empty() ? "" : " (" + c.note + ")") + " gradient of input " +
           std::to_string(i) + ": ";
  };
  for (std::size_t i = 0; i < c.gradients.size(); ++i) {
    const auto& expected = c.gradients[i];
    if (expected.defined() != found.at(i).defined()) {
      return place(i) + (expected.defined() ? "none, expected one" : "there is one, expected none");
    }
    if (!expected.defined()) continue;
    const auto what = compare(found[i], expected, gradient_tolerance(c, expected), false);
    if (!what.empty()) return place(i) + what;
  }
  return "";
}

std::string difference(const OpCase& c, const std::vector<Tensor>& found) {
  const auto n = compared_outputs(c);
  if (found.size() < n) return std::to_string(found.size()) + " outputs, expected " + std::to_string(n);
  for (std::size_t i = 0; i < n; ++i) {
    const bool exact = c.op.find("Uniform") != std::string::npos;
    const auto expected = as_reals(c.outputs[i]);
    const auto what = compare(as_reals(found[i]), expected, tolerance(c, expected), exact);
    if (!what.empty()) {
      std::string inputs;
      for (const auto& t : c.inputs) inputs += " " + t.shape().to_string() + std::string(name_of(t.dtype()));
      return c.op + " " + c.name + (c.note.empty() ? "" : " (" + c.note + ")") + " output " + std::to_string(i) + ": " +
             what + "; inputs:" + inputs;
    }
  }
  return "";
}

}  // namespace hornbeam::testing
