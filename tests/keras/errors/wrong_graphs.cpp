#include "hornbeam/hornbeam.hpp"
#include "keras/errors/recorded_errors.h"

namespace hornbeam::testing_support {
namespace {

Tensor input(const char* name) { return Input({3}, {.name = name}); }
Dense d(std::int64_t units = 2) { return Dense(units, {.name = "d"}); }
Sequential two_layers() {
  return Sequential({Input({2}), Dense(4, {.name = "dense_0"}), Dense(3, {.name = "dense_1"})}, {.name = "m"});
}

}  // namespace

std::vector<WrongCall> wrong_graphs() {
  return {
      {"duplicate_names",
       [] {
         const auto i = input("i");
         Functional(i, d()(d(3)(i)), {.name = "m"});
       }},
      {"sequential_duplicate_names",
       [] {
         Sequential({Input({3}), d(3), d()}, {.name = "m"});
       }},
      {"sequential_same_layer_twice",
       [] {
         const auto same = d(3);
         Sequential({Input({3}), same, same}, {.name = "m"});
       },
       "The name \"d\" is used 2 times in the model. All layer names should be unique."},
      {"disconnected",
       [] {
         const auto a = input("a"), b = input("b");
         Functional(a, d()(Concatenate({.name = "c"})({a, b})), {.name = "m"});
       }},
      {"disconnected_second_output",
       [] {
         const auto i = input("i");
         Functional(i, {d()(Dense(3, {.name = "h"})(i)), input("j")}, {.name = "m"});
       }},
      {"output_not_symbolic",
       [] {
         Functional(input("i"), Tensor::zeros(DType::float32, {2, 2}), {.name = "m"});
       },
       "Output tensors to a Functional must come from `tf.keras.Input`."},
      {"redundant_inputs",
       [] {
         const auto i = input("i");
         Functional({i, i}, d()(i), {.name = "m"});
       },
       "The list of inputs passed to the model is redundant. All inputs should only appear once. Found: i"},
      {"pop_empty", [] { Sequential()->pop(); }},
      {"add_two_outputs",
       [] {
         const auto i = input("i");
         const Functional two(i, {Dense(1, {.name = "p"})(i), Dense(1, {.name = "q"})(i)}, {.name = "two"});
         Sequential({Input({3}), two}, {.name = "m"});
       }},
      {"get_layer_name", [] { two_layers()->get_layer("nope"); }},
      {"get_layer_index", [] { two_layers()->get_layer(7); }},
  };
}

}  // namespace hornbeam::testing_support
