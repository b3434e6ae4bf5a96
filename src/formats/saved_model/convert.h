// Pieces of messages that several of them have. Seen by this folder's .cpp files alone.
#pragma once

#include <string>

#include "hornbeam/dtype.hpp"
#include "hornbeam/shape.hpp"

namespace hornbeam::proto {
class TensorShapeProto;
}

namespace hornbeam::formats::saved_model {

// Where a message is from, for errors.
struct Place {
  const std::string& file;
  std::string where;
  [[noreturn]] void fail(std::string expected, std::string found) const;
  // Throws FormatError unless it is UTF-8.
  std::string text(const std::string& value) const;
  // Unknown dims are None. Throws FormatError on other negative dims and on a rank past what TensorFlow has (254).
  Shape shape(const proto::TensorShapeProto& value) const;
};

}  // namespace hornbeam::formats::saved_model
