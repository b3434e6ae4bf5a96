#include "batch.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "support/sanitized.h"

#if defined(HORNBEAM_UNDER_ASAN)
// What was freed and is kept aside to catch its users is not what a file made the library hold.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=16"; }
#endif

namespace hornbeam::attacks {
namespace {

using Clock = std::chrono::steady_clock;

double processor_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// In the child: a line {"task", "outcome", "seconds", "rss_mb"} for each.
[[noreturn]] void work(const std::vector<Task>& tasks, std::size_t first, std::size_t last, int out) {
  for (auto i = first; i < last; ++i) {
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    Config outcome;
    std::string failure;
    try {
      outcome = tasks[i].run().to_config();
      outcome.dump();  // which refuses text that is not UTF-8
    } catch (const std::exception& error) {
      outcome = {};
      failure = std::string("an exception that is no Error: ") + error.what();
    }
    getrusage(RUSAGE_SELF, &after);
    const auto line = Config{{"task", i},
                             {"outcome", outcome},
                             {"failure", failure},
                             {"seconds", processor_seconds(after) - processor_seconds(before)},
                             {"rss_mb", static_cast<std::int64_t>(after.ru_maxrss / 1024)}}
                          .dump() +
                      "\n";
    for (std::size_t at = 0; at < line.size();) {
      const auto n = ::write(out, line.data() + at, line.size() - at);
      if (n <= 0) std::_Exit(3);
      at += static_cast<std::size_t>(n);
    }
  }
  std::_Exit(0);
}

class Child {
 public:
  Child(const std::vector<Task>& tasks, std::size_t first, std::size_t last) {
    int ends[2];
    std::cout.flush();
    if (::pipe(ends) != 0) throw OSError("no pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw OSError("no process");
    if (pid_ == 0) {
      ::close(ends[0]);
      work(tasks, first, last, ends[1]);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { ::close(in_); }

  // The next line, within so many seconds. Empty: none came (`hung` says why).
  std::string line(double seconds, bool& hung) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    hung = false;
    for (;;) {
      if (const auto at = text_.find('\n'); at != std::string::npos) {
        const auto line = text_.substr(0, at);
        text_.erase(0, at + 1);
        return line;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      pollfd waiting{in_, POLLIN, 0};
      if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) {
        hung = true;
        return "";
      }
      char buffer[4096];
      const auto n = ::read(in_, buffer, sizeof(buffer));
      if (n <= 0) return "";
      text_.append(buffer, static_cast<std::size_t>(n));
    }
  }

  // How it ended; empty when well.
  std::string end(bool kill) {
    if (kill) ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    if (WIFSIGNALED(status)) return "crash (signal " + std::to_string(WTERMSIG(status)) + ")";
    if (WEXITSTATUS(status) != 0) return "crash (exit status " + std::to_string(WEXITSTATUS(status)) + ")";
    return "";
  }

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  std::string text_;
};

std::string short_of(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", number);
  return text;
}

// The sets' seconds are of an optimized program; one with sanitizers is not (a loop's million turns take 50 times as
// long), and has eight times as long.
double seconds_of(const Limits& limits) { return (testing_support::kSanitized ? 8 : 1) * limits.seconds; }

Result read_result(const Config& line, const Limits& limits) {
  Result r;
  r.outcome = line.at("outcome");
  r.failure = line.at("failure").as_string();
  r.seconds = line.at("seconds").as_double();
  const auto rss = line.at("rss_mb").as_int();
  if (r.seconds > seconds_of(limits)) r.failure = short_of(r.seconds) + " s";
  if (rss > limits.rss_mb) r.failure = std::to_string(rss) + " MB";
  return r;
}

}  // namespace

std::vector<Result> run_all(const std::vector<Task>& tasks, std::size_t per_process) {
  std::vector<Result> results(tasks.size());
  for (std::size_t next = 0; next < tasks.size();) {
    const auto last = std::min(tasks.size(), next + per_process);
    Child child(tasks, next, last);
    bool hung = false, killed = false;
    while (next < last) {
      const auto line = child.line(3 * seconds_of(tasks[next].limits), hung);
      if (line.empty()) break;
      results[next] = read_result(Config::parse(line), tasks[next].limits);
      const bool flooded = results[next++].failure.ends_with(" MB");
      if ((killed = flooded)) break;  // its peak would be the next ones' too
    }
    const auto end = child.end(hung || killed);
    if (next < last && !killed) results[next++].failure = hung ? "hang" : end;
  }
  return results;
}

}  // namespace hornbeam::attacks
