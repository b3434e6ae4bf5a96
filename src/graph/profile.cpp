#include "graph/profile.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace hornbeam::graph {
namespace {

thread_local Profile* t_profile = nullptr;

std::vector<Profile::Entry> sorted(std::vector<Profile::Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.ms != b.ms ? a.ms > b.ms : std::tie(a.op, a.node) < std::tie(b.op, b.node);
  });
  return entries;
}

}  // namespace

void Profile::add(const std::string& op, const std::string& node, const std::string& form,
                  std::chrono::nanoseconds time) {
  auto& entry = entries_[node];
  if (entry.calls++ == 0) {
    entry.op = op;
    entry.node = node;
    entry.form = form;
  }
  entry.ms += std::chrono::duration<double, std::milli>(time).count();
}

std::vector<Profile::Entry> Profile::by_node() const {
  std::vector<Entry> list;
  for (const auto& [node, entry] : entries_) list.push_back(entry);
  return sorted(std::move(list));
}

std::vector<Profile::Entry> Profile::by_op() const {
  std::map<std::string, Entry> ops;
  for (const auto& [node, entry] : entries_) {
    auto& sum = ops[entry.op];
    sum.op = entry.op;
    sum.calls += entry.calls;
    sum.ms += entry.ms;
  }
  std::vector<Entry> list;
  for (auto& [op, entry] : ops) list.push_back(std::move(entry));
  return sorted(std::move(list));
}

ProfileScope::ProfileScope(Profile& profile) : before_(std::exchange(t_profile, &profile)) {}
ProfileScope::~ProfileScope() { t_profile = before_; }

Profile* current_profile() { return t_profile; }

}  // namespace hornbeam::graph
