// libhdf5's process-wide state: one call at a time, nothing printed. For this folder's own files.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace hornbeam::formats::hdf5 {

// Held around calls of libhdf5, which Debian builds without locks. Its error printing, on or off for the whole program,
// is off meanwhile and then as it was.
class LibraryLock {
 public:
  LibraryLock() : lock_(mutex()) {
    H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~LibraryLock() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }
  LibraryLock(const LibraryLock&) = delete;
  LibraryLock& operator=(const LibraryLock&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex m;
    return m;
  }
  std::lock_guard<std::mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

// An ID of libhdf5 and the call that gives it back.
class Id {
 public:
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  bool good() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// What libhdf5's last error says, in its innermost words.
std::string last_error();

}  // namespace hornbeam::formats::hdf5
