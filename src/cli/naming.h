// Errors that name the files they are about.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "hornbeam/errors.hpp"

namespace hornbeam::cli {

// An error, with the files that it is about, which Keras's words need not name.
class NamingError final : public Error {
 public:
  NamingError(const Error& error, const std::string& files)
      : Error(std::string(error.what()) + " [" + files + "]"), kind_(error.kind()) {}
  const char* kind() const noexcept override { return kind_; }

 private:
  const char* kind_;  // lives as long as the program
};

// What `work` gives; its errors with `files` behind them, unless they say that already.
template <class Work>
auto naming(const std::string& files, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (std::string_view(error.what()).find(files) != std::string_view::npos) throw;
    throw NamingError(error, files);
  }
}

// "x.npy, y.npy": what options were given, "x.npy" or "name=x.npy".
std::string files_of(std::initializer_list<const std::vector<std::string>*> options);

}  // namespace hornbeam::cli
