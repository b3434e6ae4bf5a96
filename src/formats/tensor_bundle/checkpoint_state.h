// The text file `checkpoint` of a folder: which checkpoint is the latest, and which are there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hornbeam::formats::tensor_bundle {

struct CheckpointState {
  std::string latest;              // a prefix
  std::vector<std::string> all;    // oldest first
  std::vector<double> timestamps;  // of `all`, seconds since the epoch; or none
  double last_preserved = 0;       // 0: none
  friend bool operator==(const CheckpointState&, const CheckpointState&) = default;
};

// The text as it stands, nothing joined. `file` is for messages. Throws FormatError.
CheckpointState parse_checkpoint_state(std::string_view text, const std::string& file);
// As TensorFlow prints it.
std::string to_text(const CheckpointState& state);

// Of a folder; relative prefixes come back joined to it. None when the folder has no such file. Throws FormatError,
// OSError.
std::optional<CheckpointState> read_checkpoint_state(const std::string& folder);
// Writes the folder's file, whole or not at all. Absolute prefixes are made relative to the folder, and the latest one
// joins `all` unless it is its last. Throws ValueError when there are other than as many timestamps, OSError.
void write_checkpoint_state(const std::string& folder, CheckpointState state);
// Throws FormatError on a prefix that the folder's file names and that leads out of the folder: it is not to say what
// is loaded or removed elsewhere.
void check_within(const std::string& prefix, const std::string& folder);
// The latest checkpoint's prefix, if its index is there. Throws as read_checkpoint_state, and FormatError on a prefix
// that leads out of the folder.
std::optional<std::string> latest_checkpoint(const std::string& folder);

}  // namespace hornbeam::formats::tensor_bundle
