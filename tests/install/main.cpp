#include <iostream>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"

// user MODEL X Y: writes what the model predicts of X.
int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto model = hb::models::load_model(argv[1]);
  hb::save_npy(argv[3], model->predict(hb::load_npy(argv[2])).tensor());
}
