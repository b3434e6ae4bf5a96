// The report of one load or save: the caller's, or one that nobody reads.
#pragma once

#include <string>

namespace hornbeam {

template <class Report>
class Reporting {
 public:
  Reporting(Report* wanted, const std::string& path, const char* format) : report_(wanted ? *wanted : scratch_) {
    report_ = {};
    report_.path = path;
    report_.format = format;
  }
  Reporting(const Reporting&) = delete;
  Reporting& operator=(const Reporting&) = delete;
  Report& operator*() { return report_; }
  Report* operator->() { return &report_; }

 private:
  Report scratch_;
  Report& report_;
};

}  // namespace hornbeam
