// Object headers: the list of messages that makes a group, a dataset or a named type.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/image.h"

namespace hornbeam::formats::hdf5 {

enum MessageType : std::uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kOldFillValue = 0x04,
  kFillValue = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kFilters = 0x0B,
  kAttribute = 0x0C,
  kSharedMessageTable = 0x0F,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kDriverInfo = 0x14,
  kAttributeInfo = 0x15,
  kCacheImage = 0x18,
};

struct Message {
  std::uint16_t type = 0;
  bool shared = false;  // the body says where the message really is
  std::uint64_t address = 0;
  std::span<const std::byte> body;
};

// Holds pointers into the image, which must outlive it.
struct ObjectHeader {
  const Image* image = nullptr;
  std::uint64_t address = 0;
  std::vector<Message> messages;  // only types of MessageType, nil and continuation left out

  const Message* find(MessageType type) const;
  // The first message of a type, or FormatError: "expected a dataspace message".
  const Message& need(MessageType type, const char* name) const;
  Cursor cursor(const Message& message, const char* what) const {
    return Cursor(*image, message.address, message.body, what);
  }
  [[noreturn]] void refuse(const Message& message, std::string expected, std::string found) const;
};

// Versions 1 and 2, continuation blocks included. Throws FormatError.
ObjectHeader read_object_header(const Image& image, std::uint64_t address);

// The address in a "shared message" body, for a type committed to the file under a name.
std::uint64_t committed_address(Cursor c);

}  // namespace hornbeam::formats::hdf5
