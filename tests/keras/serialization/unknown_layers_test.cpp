// What is said of layer classes that are not here: Keras's own, and the user's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/serialization.hpp"

namespace hornbeam {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kLayersOfKeras[] = {
#include "keras/serialization/keras_layer_names.inc"
};

std::string said_of(const std::string& name, const char* module = "") {
  Config object{{"class_name", name}, {"config", {{"name", "layer"}}}};
  if (*module) object.set("module", module).set("registered_name", name);
  try {
    layers::deserialize(object);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no error";
}

TEST(UnknownLayers, KerassOwnAreNotCalledTheUsers) {
  for (const std::string name : kLayersOfKeras) {
    if (find_layer_class(name)) continue;
    for (const auto* module : {"", "keras.layers"}) {
      EXPECT_THAT(said_of(name, module),
                  StartsWith("Unknown layer: " + name + ". It is a layer of Keras's that is not yet supported here."));
    }
    EXPECT_THAT(said_of(name, "pack"), HasSubstr("If it is yours"));
  }
  EXPECT_GE(std::size(kLayersOfKeras), 174U);
}

TEST(UnknownLayers, OthersAreTheUsers) {
  EXPECT_THAT(said_of("Foo"), StartsWith("Unknown layer: Foo. If it is yours, register it"));
}

TEST(UnknownLayers, AClassOfTheUsersMayHaveTheNameOfKerass) {
  struct Own final : Layer {
    Values call(const Values& x, CallContext&) override { return x; }
  };
  for (const std::string name : kLayersOfKeras) {
    const CustomObjects own{{name, LayerFactory([](const Config&) { return std::make_shared<Own>(); })}};
    EXPECT_NO_THROW(layers::deserialize(Config{{"class_name", name}, {"config", {{"name", "own"}}}}, own)) << name;
  }
}

}  // namespace
}  // namespace hornbeam
