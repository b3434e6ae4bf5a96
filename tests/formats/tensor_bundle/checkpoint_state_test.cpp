#include "formats/tensor_bundle/checkpoint_state.h"

#include <gmock/gmock.h>

#include "formats/tensor_bundle/test_bundles.h"
#include "hornbeam/config.hpp"
#include "support/temp_dir.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;
using testing_support::TempDir;
using testing_support::write_file;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// What TensorFlow was asked for and wrote.
struct Recorded {
  CheckpointState state;
  bool relative;
  std::string text;
};
std::vector<Recorded> recorded_states(const std::string& version, const std::string& folder) {
  const auto all = Config::parse(read_file(recorded("states.json")), "states.json");
  std::vector<Recorded> result;
  for (const auto& one : all.at(version).as_list()) {
    CheckpointState state;
    for (const auto& path : one.at("all").as_list()) state.all.push_back(replaced(path.as_string(), "FOLDER", folder));
    state.latest = state.all.back();
    for (const auto& time : one.at("timestamps").as_list()) state.timestamps.push_back(time.as_double());
    state.last_preserved = one.at("last").as_double();
    result.push_back({state, one.at("relative").as_bool(), replaced(one.at("text").as_string(), "FOLDER", folder)});
  }
  EXPECT_EQ(result.size(), 4u);
  return result;
}

TEST(CheckpointStateFile, SameTextAsTensorFlow) {
  const TempDir dir;
  const auto folder = dir.path().string();
  for (const auto* version : {"2.2.3", "2.15.1"}) {
    for (const auto& [state, relative, text] : recorded_states(version, folder)) {
      EXPECT_EQ(to_text(parse_checkpoint_state(text, "checkpoint")), text);
      if (!relative) continue;  // Checkpoint.save and save_weights have it so
      write_checkpoint_state(folder, state);
      EXPECT_EQ(read_file(dir.file("checkpoint")), text);
    }
  }
}

TEST(CheckpointStateFile, ReadsTensorFlows) {
  const TempDir dir;
  const auto folder = dir.path().string();
  for (const auto* version : {"2.2.3", "2.15.1", "2.21.0"}) {
    for (const auto& [state, relative, text] : recorded_states(version, folder)) {
      write_file(dir.file("checkpoint"), text);
      EXPECT_EQ(read_checkpoint_state(folder), state);
    }
  }
}

TEST(CheckpointStateFile, AbsoluteAndRelative) {
  const TempDir dir;
  const auto folder = dir.path().string();
  write_checkpoint_state(folder, {folder + "/sub/ckpt-2", {folder + "/ckpt-1"}, {}, 0});
  EXPECT_EQ(read_file(dir.file("checkpoint")),
            "model_checkpoint_path: \"sub/ckpt-2\"\nall_model_checkpoint_paths: \"ckpt-1\"\n"
            "all_model_checkpoint_paths: \"sub/ckpt-2\"\n");
  write_checkpoint_state(folder, {"ckpt-3", {}, {}, 0});
  EXPECT_EQ(read_checkpoint_state(folder)->latest, folder + "/ckpt-3");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  std::filesystem::create_directory("inner");
  write_checkpoint_state("", {"ckpt-4", {}, {}, 0});
  EXPECT_EQ(read_file("checkpoint").substr(0, 32), "model_checkpoint_path: \"ckpt-4\"\n");
  EXPECT_EQ(read_checkpoint_state("")->latest, "ckpt-4");
  write_file("ckpt-4.index", "");
  EXPECT_EQ(latest_checkpoint(""), "ckpt-4");
  write_checkpoint_state("inner", {"inner/ckpt-5", {}, {}, 0});
  EXPECT_EQ(read_file("inner/checkpoint").substr(0, 32), "model_checkpoint_path: \"ckpt-5\"\n");
  EXPECT_EQ(read_checkpoint_state("inner")->latest, "inner/ckpt-5");
  std::filesystem::current_path(before);
  EXPECT_THROW(write_checkpoint_state(folder, {"ckpt-3", {}, {1.0, 2.0}, 0}), ValueError);
}

TEST(CheckpointStateFile, LatestCheckpoint) {
  const TempDir dir;
  const auto folder = dir.path().string();
  EXPECT_EQ(latest_checkpoint(folder), std::nullopt);
  write_checkpoint_state(folder, {"ckpt-1", {}, {}, 0});
  EXPECT_EQ(latest_checkpoint(folder), std::nullopt);  // it was deleted
  write_file(dir.file("ckpt-1.index"), "");
  EXPECT_EQ(latest_checkpoint(folder), dir.file("ckpt-1"));
  write_file(dir.file("checkpoint"), "model_checkpoint_path: \"" + dir.file("ckpt-1") + "\"\n");
  EXPECT_EQ(latest_checkpoint(folder), dir.file("ckpt-1"));
}

TEST(CheckpointStateFile, PathsThatLeadOut) {
  const TempDir dir, other;
  const auto folder = dir.path().string();
  write_file(other.file("ckpt-1.index"), "");
  const auto error_for = [&](const std::string& path) {
    write_file(dir.file("checkpoint"), "model_checkpoint_path: \"" + path + "\"\n");
    return error_of([&] { latest_checkpoint(folder); });
  };
  EXPECT_THAT(error_for("/etc/passwd"), HasSubstr("a path within the folder, found '/etc/passwd'"));
  EXPECT_THAT(error_for("../../etc/passwd"), HasSubstr("a path within the folder"));
  EXPECT_THAT(error_for(other.file("ckpt-1")), HasSubstr("a path within the folder"));
  std::filesystem::create_directory_symlink(other.path(), dir.file("link"));
  EXPECT_THAT(error_for("link/ckpt-1"), HasSubstr("a path within the folder"));
  EXPECT_EQ(error_for("a/../ckpt-1"), "accepted");
}

TEST(CheckpointStateFile, WrongTexts) {
  const auto error_for = [](const std::string& text) {
    return error_of([&] { parse_checkpoint_state(text, "checkpoint"); });
  };
  EXPECT_EQ(error_for("model_checkpoint_path: 'a' # comment\nall_model_checkpoint_paths: \"b\" \"c\""), "accepted");
  EXPECT_THAT(error_for("model_checkpoint_path: 'a'\nmodel_checkpoint_path: 'b'"), HasSubstr("multiple times"));
  EXPECT_THAT(error_for(""), HasSubstr("a model_checkpoint_path, found none"));
  EXPECT_THAT(error_for("\xff\xfe model"), HasSubstr("a CheckpointState in text form, found"));
  EXPECT_THAT(error_for("model_checkpoint_path: \"a"), HasSubstr("line 1"));
  EXPECT_THAT(error_for("model_checkpoint_path: \"a\"\nother: 1"), HasSubstr("line 2"));
  EXPECT_THAT(error_for("model_checkpoint_path: \"\\377\""), HasSubstr("paths in UTF-8"));
  EXPECT_THAT(error_for("model_checkpoint_path: \"a\\000b\""), HasSubstr("without NUL"));
  EXPECT_THAT(error_for(std::string(17 << 20, ' ')), HasSubstr("at most 16777216 bytes"));
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
