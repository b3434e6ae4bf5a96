// Any bytes as a model's JSON: built, written again and, when small, run; nothing but hornbeam's errors is thrown.
#include "model_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  return hornbeam::fuzz::load_and_predict(
      [&] { return hornbeam::models::model_from_json(std::string(reinterpret_cast<const char*>(data), size)); });
}
