#include "formats/hdf5/object_header.h"

#include <algorithm>
#include <bitset>
#include <set>

namespace hornbeam::formats::hdf5 {
namespace {

constexpr const char* kWhat = "object header";
// libhdf5 counts messages in 16 bits.
constexpr std::size_t kMaxMessages = 65535;

struct Block {
  std::uint64_t address;
  std::uint64_t size;
};

bool wanted(std::uint16_t type) {
  switch (type) {
    case kDataspace:
    case kLinkInfo:
    case kDatatype:
    case kOldFillValue:
    case kFillValue:
    case kLink:
    case kExternalFiles:
    case kLayout:
    case kFilters:
    case kAttribute:
    case kSharedMessageTable:
    case kSymbolTable:
    case kDriverInfo:
    case kAttributeInfo:
    case kCacheImage:
      return true;
    default:
      return false;
  }
}

class HeaderReader {
 public:
  HeaderReader(const Image& image, std::uint64_t address) : image_(image), budget_(image) {
    header_.image = &image;
    header_.address = address;
  }

  ObjectHeader read() {
    Cursor c = image_.cursor_to_end(header_.address, kWhat);
    if (as_text(image_.slice(header_.address, 4, kWhat)) == "OHDR") {
      read_first_v2(c);
    } else {
      read_first_v1(c);
    }
    while (!blocks_.empty()) {
      const Block block = blocks_.back();
      blocks_.pop_back();
      if (!seen_.insert(block.address).second) {
        image_.fail("object header continuation", block.address, "each block once", "a block that continues itself");
      }
      read_block(block);
    }
    return std::move(header_);
  }

 private:
  void read_first_v1(Cursor& c) {
    c.expect_version(1);
    c.skip(1);
    c.u16();  // number of messages: old writers got it wrong, the blocks' sizes tell
    c.u32();  // reference count
    const std::uint32_t size = c.u32();
    c.skip(4);
    blocks_.push_back({c.address(), size});
  }

  void read_first_v2(Cursor& c) {
    c.expect_signature("OHDR");
    c.expect_version(2);
    v2_ = true;
    const unsigned flags = c.u8();
    creation_order_ = (flags & 0x04U) != 0;
    if ((flags & 0x20U) != 0) c.skip(16);  // times
    if ((flags & 0x10U) != 0) c.skip(4);   // when attributes become dense
    const std::uint64_t size = c.uint(1U << (flags & 3U));
    const std::uint64_t start = c.position();
    const auto messages = c.take(size);
    c.verify_checksum();
    budget_.spend(image_, c.position(), kWhat, header_.address);
    read_messages(Cursor(image_, header_.address + start, messages, kWhat));
  }

  void read_block(const Block& block) {
    Cursor c = image_.cursor(block.address, block.size, v2_ || first_done_ ? "object header continuation" : kWhat);
    first_done_ = true;
    budget_.spend(image_, block.size, kWhat, block.address);
    if (!v2_) return read_messages(c);
    c.expect_signature("OCHK");
    if (block.size < 8) c.fail("a block of at least 8 bytes", std::to_string(block.size));
    const std::uint64_t start = c.address();
    const auto messages = c.take(block.size - 8);
    c.verify_checksum();
    read_messages(Cursor(image_, start, messages, c.what()));
  }

  void read_messages(Cursor c) {
    const std::uint64_t prefix = v2_ ? (creation_order_ ? 6 : 4) : 8;
    while (c.remaining() >= prefix) {
      Message m;
      m.type = v2_ ? c.u8() : c.u16();
      const std::uint16_t size = c.u16();
      const unsigned flags = c.u8();
      c.skip(prefix - (v2_ ? 4 : 5));
      if (!v2_ && size % 8 != 0) c.fail("messages of a multiple of 8 bytes", std::to_string(size) + " bytes");
      m.shared = (flags & 0x02U) != 0;
      m.address = c.address();
      m.body = c.take(size);
      add(c, m, flags);
    }
  }

  void add(const Cursor& c, const Message& m, unsigned flags) {
    if (m.type == kContinuation) {
      Cursor body(image_, m.address, m.body, "object header continuation message");
      const std::uint64_t address = body.offset();
      blocks_.push_back({address, body.length()});
      return;
    }
    if (!wanted(m.type)) {
      if (m.type > kCacheImage && (flags & 0x80U) != 0) {
        c.fail("known messages", "message type " + std::to_string(m.type) + ", which readers must know");
      }
      return;
    }
    if (m.type != kLink && m.type != kAttribute) {
      if (singles_.test(m.type)) c.fail("one message of type " + std::to_string(m.type), "two");
      singles_.set(m.type);
    }
    if (header_.messages.size() == kMaxMessages) c.fail("at most 65535 messages", "more");
    header_.messages.push_back(m);
  }

  const Image& image_;
  Budget budget_;
  ObjectHeader header_;
  std::vector<Block> blocks_;
  std::set<std::uint64_t> seen_;
  std::bitset<32> singles_;
  bool v2_ = false;
  bool first_done_ = false;
  bool creation_order_ = false;
};

}  // namespace

const Message* ObjectHeader::find(MessageType type) const {
  const auto it = std::find_if(messages.begin(), messages.end(), [&](const Message& m) { return m.type == type; });
  return it == messages.end() ? nullptr : &*it;
}

const Message& ObjectHeader::need(MessageType type, const char* name) const {
  if (const Message* m = find(type)) return *m;
  image->fail(kWhat, address, std::string("a ") + name + " message", "none");
}

void ObjectHeader::refuse(const Message& message, std::string expected, std::string found) const {
  image->fail(kWhat, message.address, std::move(expected), std::move(found));
}

ObjectHeader read_object_header(const Image& image, std::uint64_t address) {
  return HeaderReader(image, address).read();
}

std::uint64_t committed_address(Cursor c) {
  const unsigned version = c.u8();
  const unsigned type = c.u8();
  if (version == 1) {
    c.skip(6);
    c.length();
    return c.offset();
  }
  if (version != 2 && version != 3) c.fail("shared message version 1 to 3", "version " + std::to_string(version));
  if (version == 3 && type == 1) c.fail("a committed datatype", "a message in the shared message heap (not supported)");
  return c.offset();
}

}  // namespace hornbeam::formats::hdf5
