// Graphs as a SavedModel spells them: nodes that name ops and their inputs, and functions of such. What ops there are
// is not known here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hornbeam/attrs.hpp"
#include "hornbeam/dtype.hpp"

namespace hornbeam::formats::saved_model {

struct NodeDef {
  std::string name, op;
  // In the main graph "node", "node:1"; in functions "argument", "node:output_arg:0"; "^node" runs before.
  std::vector<std::string> inputs;
  // Lists without elements are lists of integers, which have none either.
  Attrs attrs;
};

struct ArgDef {
  std::string name;
  int type = 0;  // TensorFlow's number
};

struct FunctionDef {
  std::string name;
  std::vector<ArgDef> inputs, outputs;
  std::vector<NodeDef> nodes;
  std::vector<std::pair<std::string, std::string>> ret;          // output -> "node:output_arg:0"
  std::vector<std::pair<std::string, std::string>> control_ret;  // name -> node that is run, whoever wants its results
  Attrs attrs;
  bool is_stateful = false;
};

struct GraphDef {
  std::vector<NodeDef> nodes;
  std::vector<FunctionDef> functions;
};

// What constants of one value repeated may come to, each and together.
inline constexpr std::uint64_t kMostRepeatedBytes = std::uint64_t{1} << 26;

// `file` is for messages. Throws FormatError.
GraphDef parse_graph(std::string_view bytes, const std::string& file);

}  // namespace hornbeam::formats::saved_model
