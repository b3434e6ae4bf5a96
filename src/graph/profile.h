// Where the time of compiled functions goes, node by node: measured while a ProfileScope lives on the calling thread.
//
// A profiled run does one node after the other, each on the threads it is worth, so its parts add up to more than a
// plain run takes: what ends one node and begins the next is not overlapped. Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace hornbeam::graph {

class Profile {
 public:
  struct Entry {
    std::string op, node;
    std::string form;  // shapes of inputs and outputs
    std::int64_t calls = 0;
    double ms = 0;
  };

  void add(const std::string& op, const std::string& node, const std::string& form, std::chrono::nanoseconds time);
  void clear() { entries_.clear(); }
  // Most time first.
  std::vector<Entry> by_node() const;
  // All nodes of an op together; `node` and `form` are empty.
  std::vector<Entry> by_op() const;

 private:
  std::unordered_map<std::string, Entry> entries_;  // by node
};

class ProfileScope {
 public:
  explicit ProfileScope(Profile& profile);
  ~ProfileScope();
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  Profile* before_;
};

// The profile that runs on this thread are to be added to, or null.
Profile* current_profile();

}  // namespace hornbeam::graph
