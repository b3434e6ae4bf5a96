// StringJoin, StringStrip, StringLength.
#include "base/utf8.h"
#include "ops/broadcast.h"
#include "ops/text/rows.h"

namespace hornbeam {
namespace {

// Scalars go with any shape; the others have one.
std::vector<Shape> join_shape(const ShapeContext& c) {
  Shape shape = Shape{};
  bool unknown = false;
  for (std::size_t i = 0; i < c.num_inputs(); ++i) {
    const auto& s = c.shape(i);
    if (!s.has_rank()) unknown = true;
    if (!s.has_rank() || s.rank() == 0) continue;
    if (shape.rank() != 0 && !shape.is_compatible_with(s)) {
      throw InvalidArgumentError("Input shapes do not match: " + shape.to_string() + " vs. " + s.to_string());
    }
    if (shape.rank() == 0 || s.is_fully_known()) shape = s;
  }
  if (unknown && shape.rank() == 0) return {Shape::unknown()};
  return {shape};
}

std::unique_ptr<Kernel> join_kernel(const KernelSpec& spec) {
  const auto n = spec.elements(0);
  std::vector<bool> one;
  for (const auto& input : spec.inputs) one.push_back(input.shape.rank() == 0);
  return make_kernel([n, one, separator = spec.attrs.s("separator")](const KernelRun& io) {
    auto* y = io.output<std::string>(0);
    for (std::int64_t i = 0; i < n; ++i) {
      y[i].clear();
      for (std::size_t k = 0; k < one.size(); ++k) {
        if (k > 0) y[i] += separator;
        y[i] += io.input<std::string>(k)[one[k] ? 0 : i];
      }
    }
  });
}

std::unique_ptr<Kernel> strip_kernel(const KernelSpec& spec) {
  return each_string<std::string>(spec, [](const std::string& s) {
    std::size_t from = 0, to = s.size();
    while (from < to && is_blank(s[from])) ++from;
    while (to > from && is_blank(s[to - 1])) --to;
    return s.substr(from, to - from);
  });
}

std::unique_ptr<Kernel> length_kernel(const KernelSpec& spec) {
  const auto& unit = spec.attrs.s("unit");
  if (unit != "BYTE" && unit != "UTF8_CHAR") {
    throw InvalidArgumentError("Value for attr 'unit' of \"" + unit +
                               "\" is not in the list of allowed values: "
                               "\"BYTE\", \"UTF8_CHAR\"");
  }
  const bool bytes = unit == "BYTE";
  return each_string<std::int32_t>(spec, [bytes](const std::string& s) {
    if (bytes) return static_cast<std::int32_t>(s.size());
    return static_cast<std::int32_t>(
        std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  });
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(string_join) {
  using namespace hornbeam;
  add_op(OpDef("StringJoin")
             .input("inputs: N * string")
             .output("output: string")
             .attr("N: int")
             .attr("separator: string = ''")
             .shape(join_shape)
             .kernel(join_kernel)
             .no_gradient());
  add_op(OpDef("StringStrip")
             .input("input: string")
             .output("output: string")
             .shape(same_as_first)
             .kernel(strip_kernel)
             .no_gradient());
  add_op(OpDef("StringLength")
             .input("input: string")
             .output("output: int32")
             .attr("unit: string = 'BYTE'")
             .shape(same_as_first)
             .kernel(length_kernel)
             .no_gradient());
}
