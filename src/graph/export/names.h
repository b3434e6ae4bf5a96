// Names that TensorFlow takes for arguments and nodes of functions.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace hornbeam::graph {

// Arguments and nodes of one function share a space, in which case does not tell names apart.
class ExportNames {
 public:
  std::string argument(std::string_view wanted);  // [a-z][a-z0-9_]*
  std::string node(std::string_view wanted);      // [A-Za-z0-9.][A-Za-z0-9_./-]*

 private:
  std::string unused(std::string name);
  std::set<std::string> taken_;  // in lower case
};

}  // namespace hornbeam::graph
