// Which layer's config is being read on this thread: errors name it.
#pragma once

#include <string>

#include "hornbeam/config.hpp"

namespace hornbeam {

class ReadingLayer {
 public:
  // `config`: the layer's own, which must outlive this.
  explicit ReadingLayer(const Config& config);
  ~ReadingLayer();
  ReadingLayer(const ReadingLayer&) = delete;
  ReadingLayer& operator=(const ReadingLayer&) = delete;

  // The name of the innermost that says one; empty without. Cut short where it is long.
  static std::string name();

 private:
  const Config& config_;
  const ReadingLayer* outer_;
};

// " It is of the layer 'd'.", for the end of an error's text; empty outside layers.
std::string of_which_layer();

}  // namespace hornbeam
