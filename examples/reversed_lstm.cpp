// Predicts with a model that holds a layer of one's own (reversed_lstm.h):
//
//   reversed_lstm MODEL.json WEIGHTS.h5 OUTPUT.npy INPUT.npy...
#include "reversed_lstm.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::fputs("reversed_lstm MODEL.json WEIGHTS.h5 OUTPUT.npy INPUT.npy...\n", stderr);
    return 2;
  }
  std::ifstream file(argv[1]);
  if (!file) throw hb::ValueError(std::string("cannot read ") + argv[1]);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  const auto model = hb::models::model_from_json(json, {.custom_objects = reversed_lstm()});
  model->load_weights(argv[2]);
  std::vector<hb::Tensor> inputs;
  for (int i = 4; i < argc; ++i) inputs.push_back(hb::load_npy(argv[i]));
  const auto y = model->predict(inputs.size() == 1 ? hb::Values(inputs[0]) : hb::Values(inputs));
  hb::save_npy(argv[3], y.tensor());
  std::printf("%s: %s\n", argv[3], y.tensor().shape().to_string().c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
