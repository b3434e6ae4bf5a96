// The corpus's own classes in C++, as a user of the library writes them, with the attribute names and computations of
// the corpus's. Class names are the corpus's, too: names of weights are made of them.
#pragma once

#include "hornbeam/hornbeam.hpp"

namespace conformance {

// A model whose constructor takes nothing: Keras 2 writes an empty config for it, Keras 3 what each layer has.
class CorpusModel : public hornbeam::Model {
 public:
  hornbeam::Config get_config() const override {
    if (target() != "keras3") return hornbeam::Config::dict();
    auto config = Layer::get_config();
    config.erase("name");
    return config;
  }
  // Of a model that has a variable no file of its weights holds: its value.
  virtual void set_table(const hornbeam::Tensor&) {}
};

template <class Class>
hornbeam::CustomObject plain_class() {
  return hornbeam::LayerFactory([](const hornbeam::Config&) { return std::make_shared<Class>(); });
}

// By class name.
hornbeam::CustomObjects guide_classes();
hornbeam::CustomObjects recurrent_classes();
hornbeam::CustomObjects structure_classes();
// Apart, because a layer of Keras has this name, too.
hornbeam::CustomObjects add_loss_class();
hornbeam::CustomObjects op_classes();

}  // namespace conformance
