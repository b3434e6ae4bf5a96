// FunctionLibrary: functions by name, as a loaded graph brings them, made ready to be called.
//
// Functions of files call each other by name (FunctionAttr::name). `link` checks each one and looks up what it calls,
// callees first, so that what is made of a library is a tree without ends: a function that calls itself, directly or
// through others, is refused.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "graph/callee.h"

namespace hornbeam::graph {

class FunctionLibrary {
 public:
  // Nodes name the functions they call. Throws ValueError when there is one of that name already.
  void add(Function function);
  // Checks and connects all functions. Throws ValueError naming the function and node that is wrong: inputs that do not
  // exist or come later, other dtypes than the op's, functions that are missing, take other arguments or call
  // themselves.
  void link();
  // Looks up what the nodes of a function outside of the library call, and checks it in the same way.
  void link(Function& function) const;

  // After `link`. Throws KeyError when there is none.
  FunctionAttr find(const std::string& name) const;
  bool has(const std::string& name) const { return unlinked_.count(name) || linked_.count(name); }

 private:
  void connect(Function& function) const;

  std::map<std::string, Function> unlinked_;
  std::map<std::string, std::shared_ptr<const Callee>> linked_;
};

// Throws ValueError naming the node, unless nodes stand in order, their inputs exist and have the dtypes that the ops
// take, and arguments and results are nodes of it.
void check_function(const Function& function);

}  // namespace hornbeam::graph
