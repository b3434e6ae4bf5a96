// StaticRegexReplace, RegexReplace, StaticRegexFullMatch, RegexFullMatch: by RE2, as TensorFlow.
#include <re2/re2.h>

#include "ops/text/rows.h"

namespace hornbeam {
namespace {

std::shared_ptr<const re2::RE2> compiled_pattern(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<const re2::RE2>(pattern, options);
  if (!regex->ok()) throw InvalidArgumentError("Invalid pattern: " + pattern + ", error: " + regex->error());
  return regex;
}

std::unique_ptr<Kernel> replace_by(const KernelSpec& spec, const std::string& pattern, const std::string& rewrite) {
  const auto regex = compiled_pattern(pattern);
  const bool all = spec.attrs.b("replace_global");
  // RE2 leaves the text alone where the rewrite asks for groups that are not there; so does TensorFlow.
  std::string why;
  const bool possible = regex->CheckRewriteString(rewrite, &why);
  return each_string<std::string>(spec, [regex, rewrite, all, possible](const std::string& s) {
    auto text = s;
    if (!possible) return text;
    if (all) {
      re2::RE2::GlobalReplace(&text, *regex, rewrite);
    } else {
      re2::RE2::Replace(&text, *regex, rewrite);
    }
    return text;
  });
}

std::unique_ptr<Kernel> static_replace_kernel(const KernelSpec& spec) {
  return replace_by(spec, spec.attrs.s("pattern"), spec.attrs.s("rewrite"));
}

// The value of a scalar string input, which decides what kernel there is.
const std::string& text_input(std::span<const Tensor> inputs, std::size_t i, const char* what) {
  if (inputs[i].rank() != 0) {
    throw InvalidArgumentError(std::string(what) + " must be scalar, but received " + inputs[i].shape().to_string());
  }
  return inputs[i].data<std::string>()[0];
}

std::vector<Tensor> by_static_op(const char* name, Attrs attrs, const Tensor& input) {
  return run_op(get_op(name), attrs, std::span(&input, 1));
}

std::vector<Tensor> regex_replace(const Attrs& attrs, std::span<const Tensor> inputs) {
  return by_static_op("StaticRegexReplace",
                      {{"pattern", text_input(inputs, 1, "Pattern")},
                       {"rewrite", text_input(inputs, 2, "Rewrite")},
                       {"replace_global", attrs.b("replace_global")}},
                      inputs[0]);
}

std::unique_ptr<Kernel> static_match_kernel(const KernelSpec& spec) {
  const auto regex = compiled_pattern(spec.attrs.s("pattern"));
  return each_string<bool>(spec, [regex](const std::string& s) { return re2::RE2::FullMatch(s, *regex); });
}

std::vector<Tensor> regex_match(const Attrs&, std::span<const Tensor> inputs) {
  return by_static_op("StaticRegexFullMatch", {{"pattern", text_input(inputs, 1, "Pattern")}}, inputs[0]);
}

}  // namespace
}  // namespace hornbeam

HB_REGISTER(regex_replace) {
  using namespace hornbeam;
  add_op(OpDef("StaticRegexReplace")
             .input("input: string")
             .output("output: string")
             .attr("pattern: string")
             .attr("rewrite: string")
             .attr("replace_global: bool = true")
             .shape(same_as_first)
             .kernel(static_replace_kernel)
             .no_gradient());
  add_op(OpDef("RegexReplace")
             .input("input: string")
             .input("pattern: string")
             .input("rewrite: string")
             .output("output: string")
             .attr("replace_global: bool = true")
             .shape(same_as_first)
             .dynamic(regex_replace)
             .no_gradient());
  add_op(OpDef("StaticRegexFullMatch")
             .input("input: string")
             .output("output: bool")
             .attr("pattern: string")
             .shape(same_as_first)
             .kernel(static_match_kernel)
             .no_gradient());
  add_op(OpDef("RegexFullMatch")
             .input("input: string")
             .input("pattern: string")
             .output("output: bool")
             .shape(same_as_first)
             .dynamic(regex_match)
             .no_gradient());
}
