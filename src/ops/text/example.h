// tf.train.Example as bytes: features by name, each a list of strings, of floats or of integers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hornbeam {

// Of a feature that says nothing std::monostate.
using ExampleFeature =
    std::variant<std::monostate, std::vector<std::string_view>, std::vector<float>, std::vector<std::int64_t>>;
// The features as bytes of their own, which point into the example's. Of one that is told twice the later.
using ExampleFeatures = std::map<std::string_view, std::string_view>;

// False when the bytes are no such message. No more is allocated than the bytes justify.
bool parse_example(std::string_view bytes, ExampleFeatures& features);
bool parse_feature(std::string_view bytes, ExampleFeature& feature);

}  // namespace hornbeam
