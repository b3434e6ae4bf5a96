#include "formats/tensor_bundle/checkpoint_state.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <filesystem>

#include "base/atomic_file.h"
#include "base/float_repr.h"
#include "base/mapped_file.h"
#include "base/utf8.h"
#include "formats/tensor_bundle/bytes.h"
#include "formats/tensor_bundle/index.h"
#include "hornbeam/errors.hpp"
#include "hornbeam_proto/checkpoint_state.pb.h"

namespace hornbeam::formats::tensor_bundle {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::string state_file(const std::string& folder) { return (fs::path(folder) / "checkpoint").string(); }

bool exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Keeps the first error instead of printing it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!text_.empty()) return;
    text_ = message + " (line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ")";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Python's text format: printable ASCII as it is, the rest of the bytes in octal.
std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u >= 32 && u < 127) {
      out += c;
    } else {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + (u >> shift & 7));
    }
  }
  return out + '"';
}

fs::path absolute(const std::string& path) { return fs::absolute(path.empty() ? "." : path).lexically_normal(); }

// A relative path beside an absolute folder is taken to be relative to it already.
std::string relative_to(const std::string& folder, const std::string& path) {
  if (!fs::path(path).is_absolute() && fs::path(folder).is_absolute()) return path;
  return absolute(path).lexically_relative(absolute(folder)).string();
}

// Is `path` below `folder` when links are followed?
bool is_within(const std::string& path, const std::string& folder) {
  std::error_code bad, worse;
  const auto relative =
      fs::weakly_canonical(absolute(path), bad).lexically_relative(fs::weakly_canonical(absolute(folder), worse));
  return !bad && !worse && !relative.empty() && *relative.begin() != "..";
}

}  // namespace

CheckpointState parse_checkpoint_state(std::string_view text, const std::string& file) {
  const auto fail = [&](std::string expected, std::string found) {
    throw FormatError(file, "checkpoint state", std::move(expected), std::move(found));
  };
  if (text.size() > kMostBytes) fail("at most " + std::to_string(kMostBytes) + " bytes", std::to_string(text.size()));
  proto::CheckpointState proto;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(10);
  if (!parser.ParseFromString(std::string(text), &proto)) fail("a CheckpointState in text form", error.text());
  CheckpointState state{
      proto.model_checkpoint_path(),
      {proto.all_model_checkpoint_paths().begin(), proto.all_model_checkpoint_paths().end()},
      {proto.all_model_checkpoint_timestamps().begin(), proto.all_model_checkpoint_timestamps().end()},
      proto.last_preserved_timestamp()};
  if (state.latest.empty()) fail("a model_checkpoint_path", "none");
  const auto check = [&](const std::string& path) {
    if (!base::is_utf8(path) || path.find('\0') != std::string::npos) fail("paths in UTF-8 without NUL", "other bytes");
  };
  check(state.latest);
  for (const auto& path : state.all) check(path);
  return state;
}

std::string to_text(const CheckpointState& state) {
  std::string text = "model_checkpoint_path: " + quoted_text(state.latest) + "\n";
  for (const auto& path : state.all) text += "all_model_checkpoint_paths: " + quoted_text(path) + "\n";
  for (const auto time : state.timestamps) text += "all_model_checkpoint_timestamps: " + base::float_repr(time) + "\n";
  if (state.last_preserved != 0) text += "last_preserved_timestamp: " + base::float_repr(state.last_preserved) + "\n";
  return text;
}

std::optional<CheckpointState> read_checkpoint_state(const std::string& folder) {
  const auto path = state_file(folder);
  if (!exists(path)) return std::nullopt;
  const auto file = base::MappedFile::open(path);
  auto state = parse_checkpoint_state(as_text(file->bytes()), path);
  const auto join = [&](std::string& prefix) { prefix = (fs::path(folder) / prefix).string(); };
  join(state.latest);
  for (auto& prefix : state.all) join(prefix);
  return state;
}

void write_checkpoint_state(const std::string& folder, CheckpointState state) {
  if (state.all.empty() || state.all.back() != state.latest) state.all.push_back(state.latest);
  if (!state.timestamps.empty() && state.timestamps.size() != state.all.size()) {
    throw ValueError("Checkpoint timestamps, if provided, must match checkpoint paths (got " +
                     std::to_string(state.all.size()) + " paths and " + std::to_string(state.timestamps.size()) +
                     " timestamps)");
  }
  state.latest = relative_to(folder, state.latest);
  for (auto& prefix : state.all) prefix = relative_to(folder, prefix);
  base::replace_file(state_file(folder), to_text(state));
}

void check_within(const std::string& prefix, const std::string& folder) {
  if (is_within(prefix, folder)) return;
  throw FormatError(state_file(folder), "checkpoint state", "a path within the folder",
                    tensor_bundle::in_quotes(prefix));
}

std::optional<std::string> latest_checkpoint(const std::string& folder) {
  const auto state = read_checkpoint_state(folder);
  if (!state) return std::nullopt;
  check_within(state->latest, folder);
  if (!exists(index_path(state->latest))) return std::nullopt;
  return state->latest;
}

}  // namespace hornbeam::formats::tensor_bundle
