// attack_driver HOW PATH [--model M.json] [--x X.json] [--io IO.json] [--then save DIR]: one attempt, one JSON line.
// Exit status: 0 when it was loaded, 1 when it was refused.
#include <sys/resource.h>

#include <iostream>

#include "attempt.h"
#include "base/mapped_file.h"

namespace {

int run(const std::vector<std::string>& args) {
  using hornbeam::Config;
  hornbeam::attacks::Attempt attempt;
  attempt.how = args.at(0);
  attempt.path = args.at(1);
  const auto read = [](const std::string& path) { return Config::parse(hornbeam::base::read_file(path), path); };
  for (std::size_t i = 2; i + 1 < args.size(); i += 2) {
    if (args[i] == "--model") attempt.model = args[i + 1];
    if (args[i] == "--x") attempt.x = read(args[i + 1]);
    if (args[i] == "--io") {
      const auto io = read(args[i + 1]);
      attempt.x = io.at("x");
      attempt.y = io.at("y");
    }
    if (args[i] == "--then") {
      std::cerr << "attack_driver: nothing is saved yet\n";
      return 2;
    }
  }
  const auto outcome = hornbeam::attacks::attempt(attempt);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto line = outcome.to_config();
  line.set("max_rss_mb", static_cast<std::int64_t>(usage.ru_maxrss / 1024));
  std::cout << line.dump() << std::endl;
  return outcome.status == "ok" ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: attack_driver HOW PATH [--model M.json] [--x X.json] [--io IO.json]\n";
    return 2;
  }
  return run({argv + 1, argv + argc});
}
