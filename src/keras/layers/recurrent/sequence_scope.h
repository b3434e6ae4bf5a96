// What is made once per sequence and used in all of its steps: dropout masks.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/layer.hpp"

namespace hornbeam {

// While alive, cells that are called on this thread belong to one sequence. Nests.
class SequenceScope {
 public:
  SequenceScope();
  ~SequenceScope();
  SequenceScope(const SequenceScope&) = delete;
  SequenceScope& operator=(const SequenceScope&) = delete;

  // What `make` gave for this cell and purpose when it was first asked for; outside of a sequence it is made anew.
  static std::vector<Tensor> once(const Layer& cell, const char* what,
                                  const std::function<std::vector<Tensor>()>& make);

 private:
  SequenceScope* outer_;
  std::map<std::pair<const Layer*, std::string>, std::vector<Tensor>> made_;
};

}  // namespace hornbeam
