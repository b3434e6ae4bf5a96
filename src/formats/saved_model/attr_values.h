// Attributes of nodes, from messages.
#pragma once

#include "formats/saved_model/convert.h"
#include "formats/saved_model/graph_def.h"
#include "hornbeam_proto/graph_def.pb.h"

namespace hornbeam::formats::saved_model {

class AttrReader {
 public:
  explicit AttrReader(const std::string& file) : file_(file) {}
  const std::string& file() const { return file_; }
  using Entries = google::protobuf::RepeatedPtrField<proto::AttrEntry>;
  Attrs read(const Entries& entries, const Place& place);

 private:
  AttrValue value(const proto::AttrValue& value, const Place& place);
  AttrValue list(const proto::AttrValue::ListValue& list, const Place& place);
  TensorBox tensor(const proto::TensorProto& tensor, const Place& place);

  const std::string& file_;
  std::uint64_t repeated_ = 0;  // bytes of tensors beyond what the file has of them
};

}  // namespace hornbeam::formats::saved_model
