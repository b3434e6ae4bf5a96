// AsString: numbers as printf writes them.
#include <cinttypes>
#include <cstdio>

#include "ops/dispatch.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

constexpr std::int64_t kWidest = 4096;  // a width that a file asks for

struct NumberFormat {
  std::string flags;  // "%", fill, width, precision
  const char* of_float;
  bool plain;  // no width, fill or precision
};

NumberFormat number_format(const Attrs& attrs, DType dtype) {
  const auto precision = attrs.i("precision"), width = attrs.i("width");
  const auto& fill = attrs.s("fill");
  const bool scientific = attrs.b("scientific"), shortest = attrs.b("shortest");
  if (!is_floating(dtype) && (scientific || shortest)) {
    throw InvalidArgumentError("scientific and shortest format not supported for datatype " +
                               std::string(name_of(dtype)));
  }
  if (scientific && shortest) throw InvalidArgumentError("Cannot select both scientific and shortest notation");
  if (!is_floating(dtype) && precision != -1) {
    throw InvalidArgumentError("precision not supported for datatype " + std::string(name_of(dtype)));
  }
  if (fill.size() > 1) throw InvalidArgumentError("Fill string must be one or fewer characters");
  if (fill.size() == 1 && std::string_view(" +-0#").find(fill[0]) == std::string_view::npos) {
    throw InvalidArgumentError("Fill argument not supported: \"" + fill + "\"");
  }
  if (width > kWidest || precision > kWidest) {
    throw InvalidArgumentError("AsString: width and precision may be up to " + std::to_string(kWidest));
  }
  NumberFormat format{"%", scientific ? "e" : (shortest ? "g" : "f"), true};
  format.flags += fill;
  if (width > -1) format.flags += std::to_string(width);
  if (precision > -1) format.flags += "." + std::to_string(precision);
  format.plain = format.flags == "%";
  return format;
}

template <class V>
std::string printed(const std::string& format, V value) {
  char some[64];
  const auto size = std::snprintf(some, sizeof some, format.c_str(), value);
  if (size < 0) throw InvalidArgumentError("AsString: the number cannot be written");
  const auto length = static_cast<std::size_t>(size);
  if (length < sizeof some) return {some, length};
  std::string text(length + 1, '\0');
  std::snprintf(text.data(), text.size(), format.c_str(), value);
  text.resize(length);
  return text;
}

// GCC and clang warn of formats that are not literals; these are made of checked flags above.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
std::unique_ptr<Kernel> as_string_kernel(const KernelSpec& spec) {
  const auto dtype = spec.inputs[0].dtype;
  const auto n = spec.inputs[0].shape.num_elements();
  const auto format = number_format(spec.attrs, dtype);
  return dispatch<AllTypes>(dtype, "AsString", [&]<class T>() -> std::unique_ptr<Kernel> {
    return make_kernel([n, format](const KernelRun& io) {
      const T* x = io.input<T>(0);
      auto* y = io.output<std::string>(0);
      for (std::int64_t i = 0; i < n; ++i) {
        if constexpr (std::is_same_v<T, std::string>) {
          y[i] = format.plain ? x[i] : printed(format.flags + "s", x[i].c_str());
        } else if constexpr (std::is_same_v<T, bool>) {
          y[i] = format.plain ? (x[i] ? "true" : "false") : printed(format.flags + "s", x[i] ? "true" : "false");
        } else if constexpr (std::is_integral_v<T>) {
          if (format.plain) {
            y[i] = std::to_string(x[i]);
          } else if constexpr (std::is_signed_v<T>) {
            y[i] = printed(format.flags + PRId64, static_cast<std::int64_t>(x[i]));
          } else {
            y[i] = printed(format.flags + PRIu64, static_cast<std::uint64_t>(x[i]));
          }
        } else {
          y[i] = printed(format.flags + format.of_float, static_cast<double>(static_cast<compute_t<T>>(x[i])));
        }
      }
    });
  });
}
#pragma GCC diagnostic pop

}  // namespace
}  // namespace hornbeam

HB_REGISTER(as_string) {
  using namespace hornbeam;
  add_op(OpDef("AsString")
             .input("input: T")
             .output("output: string")
             .attr("T: type")
             .attr("precision: int = -1")
             .attr("scientific: bool = false")
             .attr("shortest: bool = false")
             .attr("width: int = -1")
             .attr("fill: string = ''")
             .shape(same_as_first)
             .kernel(as_string_kernel)
             .no_gradient());
}
