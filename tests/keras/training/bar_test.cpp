// What fit, evaluate and predict print, as Keras does on a terminal (tests/keras/data/bars, recorded by
// tools/record/record_bar.py); off a terminal nothing.
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <regex>

#include "base/mapped_file.h"
#include "base/progress_bar.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/wave.h"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing_support::wave;

// The runs that were recorded.
void run(int verbose) {
  const auto x = Input({5}, {.name = "x"});
  const ModelRef model = Functional(x, Dense(2, {.name = "o"})(x));
  model->set_weights({wave({5, 2}), wave({2})});
  model->compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const auto data = wave({14, 5}), labels = wave({14, 2}, 1.0);
  std::puts("FIT");
  std::fflush(stdout);
  model->fit(data, labels,
             {.batch_size = 4, .epochs = 2, .verbose = verbose, .validation_split = 0.3, .shuffle = false});
  std::puts("EVALUATE");
  std::fflush(stdout);
  model->evaluate(data, labels * 1e-4, {.batch_size = 4, .verbose = verbose});
  std::puts("PREDICT");
  std::fflush(stdout);
  model->predict(data, {.batch_size = 4, .verbose = verbose});
  std::puts("END");
  std::fflush(stdout);
}

// What `work` writes to standard output when that is a terminal, or a pipe.
std::string written(bool terminal, const std::function<void()>& work) {
  int ends[2];
  if (terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) != 0 : ::pipe(ends) != 0) return "no end";
  std::fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[1]);
  work();
  std::fflush(stdout);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  return text;
}

// The lines as a terminal shows them at last, without the times.
std::vector<std::string> lines_of(const std::string& text) {
  static const std::regex kTime("[0-9]+(s|ms|us)(/step|/epoch)?");
  std::vector<std::string> lines;
  std::string line;
  std::size_t column = 0;
  for (const char c : text) {
    if (c == '\r') {
      column = 0;
    } else if (c == '\b') {
      column -= column > 0 ? 1 : 0;
    } else if (c == '\n') {
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(std::regex_replace(line, kTime, "T$2"));
      line.clear();
      column = 0;
    } else {
      line.resize(std::max(line.size(), column + 1));
      line[column++] = c;
    }
  }
  return lines;
}

Config recorded(const std::string& producer) {
  const auto path = test_data("keras") + "/bars/" + producer + ".json";
  return Config::parse(base::read_file(path), path);
}

TEST(Bar, OnATerminalAsKerass) {
  const auto expected = lines_of(recorded("tf-2.15.1").at("verbose_1").as_string());
  EXPECT_EQ(lines_of(recorded("tf-2.2.3").at("verbose_1").as_string()), expected);
  EXPECT_EQ(lines_of(written(true, [] { run(1); })), expected);
}

TEST(Bar, OneLineEachAsKerass) {
  const auto expected = lines_of(recorded("tf-2.15.1").at("verbose_2").as_string());
  EXPECT_EQ(lines_of(written(true, [] { run(2); })), expected);
  EXPECT_EQ(lines_of(written(false, [] { run(2); })), expected);
}

TEST(Bar, QuietOffATerminalAndWhenAskedToBe) {
  const std::vector<std::string> marks = {"FIT", "EVALUATE", "PREDICT", "END"};
  EXPECT_EQ(lines_of(written(false, [] { run(1); })), marks);
  EXPECT_EQ(lines_of(written(true, [] { run(0); })), marks);
}

TEST(Bar, LeavesNothingOfALongerLine) {
  const std::vector<std::string> names = {"mae"};
  const auto lines = lines_of(written(true, [&] {
    base::ProgressBar bar(3, 1);  // shown at once: nothing was shown before
    bar.update(1, names, std::vector<double>{123456.789});
    bar.finish(3, names, std::vector<double>{7.5});
  }));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "3/3 [==============================] - T T/step - mae: 7.5000");
}

}  // namespace
}  // namespace hornbeam
