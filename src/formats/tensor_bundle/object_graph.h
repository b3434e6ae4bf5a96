// The object graph that object-based checkpoints carry as a string: which objects there were, by which names they held
// one another, and the keys of their values. What it means for models is not known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hornbeam::formats::tensor_bundle {

// Where bundles keep it: a string scalar.
inline constexpr std::string_view kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";

// The attribute that a variable's value is, and its key in the bundle of an object at this path.
inline constexpr std::string_view kVariableValue = "VARIABLE_VALUE";
// Of a table, whose keys and values lie under its key with "-keys" and "-values".
inline constexpr std::string_view kTableValue = "table";
inline std::string value_key(const std::string& path) { return path + "/.ATTRIBUTES/" + std::string(kVariableValue); }
inline std::string table_key(const std::string& path) { return path + "/.ATTRIBUTES/" + std::string(kTableValue); }

struct ObjectGraph {
  struct Child {
    std::int32_t node = 0;
    std::string name;
    friend bool operator==(const Child&, const Child&) = default;
  };
  struct Attribute {
    std::string name;       // "VARIABLE_VALUE"
    std::string full_name;  // of the variable, for readers that go by names
    std::string key;        // in the bundle
    bool optional_restore = false;
    friend bool operator==(const Attribute&, const Attribute&) = default;
  };
  struct Slot {  // of an optimizer
    std::int32_t variable = 0;
    std::string name;
    std::int32_t slot_variable = 0;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  struct RegisteredSaver {
    std::string name, object_name;
    friend bool operator==(const RegisteredSaver&, const RegisteredSaver&) = default;
  };
  struct Node {
    std::vector<Child> children;
    std::vector<Attribute> attributes;
    std::vector<Slot> slots;
    std::optional<RegisteredSaver> registered_saver;
    std::optional<bool> has_checkpoint_values;  // not written by 2.2
    friend bool operator==(const Node&, const Node&) = default;
  };
  std::vector<Node> nodes;  // the first is the root
  friend bool operator==(const ObjectGraph&, const ObjectGraph&) = default;
};

// Nodes, children, attributes and slots together, unless told otherwise: 300 MB.
inline constexpr std::uint64_t kMostGraphItems = 2'000'000;

// `file` is for messages. Numbers of nodes are checked; cycles are lawful. Throws FormatError.
ObjectGraph parse_object_graph(std::string_view bytes, const std::string& file,
                               std::uint64_t most_items = kMostGraphItems);
std::string serialize(const ObjectGraph& graph);

// Per node: has it values or slots, or children with either? The graph may have cycles.
std::vector<char> nodes_with_values(const ObjectGraph& graph);

}  // namespace hornbeam::formats::tensor_bundle
