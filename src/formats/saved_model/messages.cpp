#include "formats/saved_model/messages.h"

#include <algorithm>
#include <array>
#include <span>

#include "formats/tensor_bundle/wire.h"
#include "hornbeam/errors.hpp"

namespace hornbeam::formats::saved_model {
namespace {

enum Type : std::uint8_t {
  kLeaf,  // a string, packed numbers, or a message without messages in it
  kSavedModel,
  kMetaGraph,
  kMetaInfo,
  kCollectionEntry,
  kCollection,
  kStrings,
  kSignatureEntry,
  kSignature,
  kTensorEntry,
  kTensorInfo,
  kAssetFile,
  kGraph,
  kLibrary,
  kFunction,
  kOp,
  kNode,
  kAttrEntry,
  kAttr,
  kAttrList,
  kNamedAttrs,
  kTensor,
  kShape,
  kObjectGraph,
  kObject,
  kUserObject,
  kSavedFunction,
  kFunctionSpec,
  kBareFunction,
  kSavedVariable,
  kConcreteEntry,
  kConcrete,
  kStructured,
  kStructuredList,
  kStructuredDict,
  kNamedTuple,
  kStructuredEntry,
  kTensorSpec,
  kTypeSpec,
  kKerasMetadata,
  kKerasNode,
};

struct Field {
  Type message;
  std::uint32_t number;
  Type holds;
};

// The fields that are parsed into something, of proto/*.proto.
constexpr std::array kFields = {
    Field{kSavedModel, 2, kMetaGraph},
    Field{kMetaGraph, 1, kMetaInfo},
    Field{kMetaGraph, 2, kLeaf},
    Field{kMetaGraph, 3, kLeaf},
    Field{kMetaGraph, 4, kCollectionEntry},
    Field{kMetaGraph, 5, kSignatureEntry},
    Field{kMetaGraph, 6, kAssetFile},
    Field{kMetaGraph, 7, kLeaf},
    Field{kMetaInfo, 4, kLeaf},
    Field{kCollectionEntry, 2, kCollection},
    Field{kCollection, 1, kStrings},
    Field{kCollection, 2, kStrings},
    Field{kCollection, 5, kStrings},
    Field{kStrings, 1, kLeaf},
    Field{kSignatureEntry, 2, kSignature},
    Field{kSignature, 1, kTensorEntry},
    Field{kSignature, 2, kTensorEntry},
    Field{kTensorEntry, 2, kTensorInfo},
    Field{kTensorInfo, 3, kShape},
    Field{kTensorInfo, 4, kLeaf},
    Field{kTensorInfo, 5, kLeaf},
    Field{kAssetFile, 1, kTensorInfo},
    Field{kGraph, 1, kNode},
    Field{kGraph, 2, kLibrary},
    Field{kLibrary, 1, kFunction},
    Field{kFunction, 1, kOp},
    Field{kFunction, 3, kNode},
    Field{kFunction, 4, kLeaf},
    Field{kFunction, 5, kAttrEntry},
    Field{kFunction, 6, kLeaf},
    Field{kOp, 2, kLeaf},
    Field{kOp, 3, kLeaf},
    Field{kOp, 20, kLeaf},
    Field{kNode, 3, kLeaf},
    Field{kNode, 5, kAttrEntry},
    Field{kAttrEntry, 2, kAttr},
    Field{kAttr, 1, kAttrList},
    Field{kAttr, 7, kShape},
    Field{kAttr, 8, kTensor},
    Field{kAttr, 10, kNamedAttrs},
    Field{kAttrList, 2, kLeaf},
    Field{kAttrList, 7, kShape},
    Field{kAttrList, 8, kTensor},
    Field{kAttrList, 9, kNamedAttrs},
    Field{kNamedAttrs, 2, kAttrEntry},
    Field{kTensor, 2, kShape},
    Field{kTensor, 8, kLeaf},
    Field{kShape, 2, kLeaf},
    Field{kObjectGraph, 1, kObject},
    Field{kObjectGraph, 2, kConcreteEntry},
    Field{kObject, 1, kLeaf},
    Field{kObject, 3, kLeaf},
    Field{kObject, 4, kUserObject},
    Field{kObject, 5, kLeaf},
    Field{kObject, 6, kSavedFunction},
    Field{kObject, 7, kSavedVariable},
    Field{kObject, 8, kBareFunction},
    Field{kObject, 9, kLeaf},
    Field{kObject, 10, kLeaf},
    Field{kObject, 12, kLeaf},
    Field{kUserObject, 2, kLeaf},
    Field{kSavedFunction, 1, kLeaf},
    Field{kSavedFunction, 2, kFunctionSpec},
    Field{kFunctionSpec, 1, kStructured},
    Field{kFunctionSpec, 5, kStructured},
    Field{kBareFunction, 2, kLeaf},
    Field{kSavedVariable, 2, kShape},
    Field{kConcreteEntry, 2, kConcrete},
    Field{kConcrete, 3, kStructured},
    Field{kConcrete, 4, kStructured},
    Field{kStructured, 1, kLeaf},
    Field{kStructured, 31, kShape},
    Field{kStructured, 33, kTensorSpec},
    Field{kStructured, 34, kTypeSpec},
    Field{kStructured, 35, kTensorSpec},
    Field{kStructured, 51, kStructuredList},
    Field{kStructured, 52, kStructuredList},
    Field{kStructured, 53, kStructuredDict},
    Field{kStructured, 54, kNamedTuple},
    Field{kStructuredList, 1, kStructured},
    Field{kStructuredDict, 1, kStructuredEntry},
    Field{kNamedTuple, 2, kStructuredEntry},
    Field{kStructuredEntry, 2, kStructured},
    Field{kTensorSpec, 2, kShape},
    Field{kTypeSpec, 2, kStructured},
    Field{kKerasMetadata, 1, kKerasNode},
    Field{kKerasNode, 6, kLeaf},
};

const Field* field_of(Type message, std::uint64_t number) {
  const auto it = std::find_if(kFields.begin(), kFields.end(),
                               [&](const Field& f) { return f.message == message && f.number == number; });
  return it == kFields.end() ? nullptr : &*it;
}

class Counter {
 public:
  Counter(const std::string& file, const std::string& place, std::uint64_t most)
      : file_(file), place_(place), most_(most) {}

  void visit(std::string_view message, Type type, int depth) {
    if (depth > kMostNesting) {
      fail("messages nested at most " + std::to_string(kMostNesting) + " deep", "a deeper nest");
    }
    const bool parses = tensor_bundle::each_field(message, [&](std::uint64_t number, std::string_view bytes) {
      const auto* field = field_of(type, number);
      if (!field) return;
      if (++count_ > most_) fail("at most " + std::to_string(most_) + " messages and strings", "more");
      if (field->holds != kLeaf) visit(bytes, field->holds, depth + 1);
    });
    if (!parses) fail("protocol buffers", "bytes that do not parse");
  }

  std::uint64_t count() const { return count_; }

 private:
  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw FormatError(file_, place_, std::move(expected), std::move(found));
  }

  const std::string& file_;
  const std::string& place_;
  std::uint64_t most_, count_ = 0;
};

Type type_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::saved_model:
      return kSavedModel;
    case MessageKind::graph:
      return kGraph;
    case MessageKind::object_graph:
      return kObjectGraph;
    case MessageKind::asset_file:
      return kAssetFile;
    case MessageKind::keras_metadata:
      break;
  }
  return kKerasMetadata;
}

}  // namespace

std::uint64_t check_messages(std::string_view bytes, MessageKind kind, const std::string& file,
                             const std::string& place, std::uint64_t most) {
  if (bytes.size() > kMostMessageBytes) {
    throw FormatError(file, place, "at most " + std::to_string(kMostMessageBytes) + " bytes",
                      std::to_string(bytes.size()));
  }
  Counter counter(file, place, most);
  counter.visit(bytes, type_of(kind), 0);
  return counter.count();
}

}  // namespace hornbeam::formats::saved_model
