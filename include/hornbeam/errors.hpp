// The exceptions Hornbeam throws: named and worded as Keras's.
//
// Every error derives from hornbeam::Error, so one catch holds them all. `what()` is the text alone ("Unknown layer:
// Foo"); `kind()` is the Python name of the exception ("ValueError"), and `report()` joins the two as a traceback's
// last line does. Thread-safety: values, safe to copy between threads.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace hornbeam {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  virtual const char* kind() const noexcept { return "Error"; }
  // "ValueError: Unknown layer: Foo"
  std::string report() const { return std::string(kind()) + ": " + what(); }
};

#define HB_DECLARE_ERROR(Name)                                   \
  class Name : public ::hornbeam::Error {                        \
   public:                                                       \
    using ::hornbeam::Error::Error;                              \
    const char* kind() const noexcept override { return #Name; } \
  }

HB_DECLARE_ERROR(ValueError);
HB_DECLARE_ERROR(TypeError);
HB_DECLARE_ERROR(LookupError);
HB_DECLARE_ERROR(KeyError);
HB_DECLARE_ERROR(IndexError);
HB_DECLARE_ERROR(AttributeError);
HB_DECLARE_ERROR(RuntimeError);
HB_DECLARE_ERROR(NotImplementedError);
HB_DECLARE_ERROR(OSError);
HB_DECLARE_ERROR(AssertionError);
// TensorFlow's tf.errors.InvalidArgumentError: what a kernel throws on bad values (an index past the table, say).
HB_DECLARE_ERROR(InvalidArgumentError);

#undef HB_DECLARE_ERROR

// A file that is not what it should be: says which file, where in it, what was expected and what was found.
class FormatError : public ValueError {
 public:
  FormatError(std::string file, std::string place, std::string expected, std::string found)
      : ValueError(file + (place.empty() ? "" : " (" + place + ")") + ": expected " + expected + ", found " + found),
        file_(std::move(file)),
        place_(std::move(place)),
        expected_(std::move(expected)),
        found_(std::move(found)) {}
  const char* kind() const noexcept override { return "ValueError"; }
  const std::string& file() const { return file_; }
  const std::string& place() const { return place_; }  // "offset 96", "attribute 'layer_names' of /model_weights"
  const std::string& expected() const { return expected_; }
  const std::string& found() const { return found_; }

 private:
  std::string file_, place_, expected_, found_;
};

}  // namespace hornbeam
