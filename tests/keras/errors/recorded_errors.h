// Wrong calls that real Keras refused, made here: errors.json says how each was answered.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hornbeam::testing_support {

struct WrongCall {
  const char* name;  // in errors.json
  std::function<void()> call;
  // What our words begin with, where Keras's have no meaning here (reprs of Python objects, slips). Empty: Keras's.
  const char* ours = "";
};

std::vector<WrongCall> wrong_names();          // unknown classes, functions, objects
std::vector<WrongCall> wrong_shapes();         // layers called on what they refuse
std::vector<WrongCall> wrong_graphs();         // functional and sequential models put together
std::vector<WrongCall> wrong_weights();        // set_weights, unbuilt models, predict
std::vector<WrongCall> wrong_files();          // load_model, load_weights
std::vector<WrongCall> wrong_arguments();      // constructors
std::vector<WrongCall> wrong_conv();           // transposed, depthwise, locally connected convolutions and ConvLSTM
std::vector<WrongCall> wrong_recurrent();      // recurrent layers and their wrappers
std::vector<WrongCall> wrong_image();          // images, normalizations, adaptive pools
std::vector<WrongCall> wrong_attention();      // attention, Dot, EinsumDense, ReversibleEmbedding
std::vector<WrongCall> wrong_preprocessing();  // layers that prepare data
std::vector<WrongCall> wrong_configs();        // layers of the configs in errors.json
std::vector<WrongCall> wrong_merges_and_values();

}  // namespace hornbeam::testing_support
