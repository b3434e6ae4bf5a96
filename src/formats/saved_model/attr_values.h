// Attributes of nodes, from messages.
#pragma once

#include "formats/saved_model/convert.h"
#include "formats/saved_model/graph_def.h"

namespace google::protobuf {
template <typename Element>
class RepeatedPtrField;
}
namespace hornbeam::proto {
class AttrEntry;
class AttrValue;
class AttrValue_ListValue;
class TensorProto;
}  // namespace hornbeam::proto

namespace hornbeam::formats::saved_model {

class AttrReader {
 public:
  explicit AttrReader(const std::string& file) : file_(file) {}
  const std::string& file() const { return file_; }
  using Entries = google::protobuf::RepeatedPtrField<proto::AttrEntry>;
  Attrs read(const Entries& entries, const Place& place);

 private:
  AttrValue value(const proto::AttrValue& value, const Place& place);
  AttrValue list(const proto::AttrValue_ListValue& list, const Place& place);
  TensorBox tensor(const proto::TensorProto& tensor, const Place& place);

  const std::string& file_;
  std::uint64_t repeated_ = 0;  // bytes of tensors beyond what the file has of them
};

}  // namespace hornbeam::formats::saved_model
