// parse -> dump -> parse gives the same tree, whatever the bytes; nothing but FormatError is thrown.
#include <cstdlib>
#include <string_view>

#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  hornbeam::Config config;
  try {
    config = hornbeam::Config::parse({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const hornbeam::FormatError&) {
    return 0;
  }
  const auto text = config.dump();
  const auto again = hornbeam::Config::parse(text);
  // NaN equals nothing, itself included: then the texts must do.
  if (again.dump() != text || (text.find("NaN") == std::string::npos && !(again == config))) std::abort();
  if (!(hornbeam::Config::parse(config.dump(2)).dump() == text)) std::abort();
  return 0;
}
