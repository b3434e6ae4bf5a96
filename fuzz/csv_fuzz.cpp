// Any bytes as a CSV file: nothing but FormatError, and the same rows however the bytes come.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "formats/csv/csv_reader.h"
#include "hornbeam/errors.hpp"

namespace {

// All that is read, as text: the first byte chooses the options.
std::string everything(const unsigned char* data, std::size_t size, std::size_t step) {
  if (size == 0) return "";
  hornbeam::formats::CsvReader::Options options;
  options.separator = (data[0] & 1) != 0 ? '\t' : ',';
  if ((data[0] & 2) != 0) options.header = (data[0] & 4) != 0;
  const auto* at = data + 1;
  const auto* const end = data + size;
  std::string text;
  try {
    hornbeam::formats::CsvReader reader(
        [&](std::span<char> room) {
          const auto count = std::min({step, room.size(), static_cast<std::size_t>(end - at)});
          std::memcpy(room.data(), at, count);
          at += count;
          return count;
        },
        "fuzz", options);
    const auto columns = reader.columns().size();
    std::vector<bool> wanted(columns);
    for (std::size_t i = 0; i < columns; ++i) wanted[i] = (data[0] & 8) == 0 || i % 2 == 0;
    std::vector<double> row(columns);
    for (const auto& name : reader.columns()) text += name + "|";
    while (reader.next(wanted, row)) {
      text += std::to_string(reader.line());
      for (const double value : row) text.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
  } catch (const hornbeam::FormatError& error) {
    text += error.what();
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (everything(data, size, 1 << 20) != everything(data, size, 3)) std::abort();
  return 0;
}
