// The command-line tool, run as its users run it, and models and arrays for it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <string>

#include "hornbeam/hornbeam.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {

inline const std::string kDemo = test_data("") + "/demo/";

class Cli : public testing::Test {
 protected:
  struct Result {
    int code;
    std::string out, err;
    Config json() const { return Config::parse(out, "standard output"); }
  };
  // Arguments hold no blanks.
  Result run(const std::string& arguments) const {
    const auto out = dir_.file("out"), err = dir_.file("err");
    const int status = std::system((HORNBEAM_CLI " " + arguments + " >" + out + " 2>" + err).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
  // Exit code 0, and nothing on standard error.
  Result good(const std::string& arguments) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 0) << arguments << "\n" << result.err;
    EXPECT_EQ(result.err, "") << arguments;
    return result;
  }
  // Exit code 1 and one line, which begins so.
  void refused(const std::string& arguments, const std::string& words) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 1) << arguments;
    EXPECT_TRUE(result.err.starts_with(words)) << result.err;
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }
  // Exit code 2, and a text on standard error that has these words.
  void misused(const std::string& arguments, const std::string& words) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.code, 2) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(words), std::string::npos) << arguments << "\n" << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }
  std::string file(const std::string& name) const { return dir_.file(name); }
  // '@' stands for the test's folder.
  std::string at(const std::string& text) const { return replaced(text, file("")); }
  // '@' stands for `path`.
  static std::string replaced(std::string text, const std::string& path) {
    for (auto i = text.find('@'); i != text.npos; i = text.find('@', i + path.size())) text.replace(i, 1, path);
    return text;
  }

  // sum = a + b and difference = a - b, of Inputs "a" and "b".
  std::string two_by_two() const {
    const auto a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"});
    const Functional model({a, b}, {Add({.name = "sum"})({a, b}), Subtract({.name = "difference"})({a, b})},
                           {.name = "two"});
    model->save(file("two.h5"));
    save_npy(file("a.npy"), Tensor::from<float>({1, 2}, {5, 6}));
    save_npy(file("b.npy"), Tensor::from<float>({1, 2}, {1, 2}));
    return file("two.h5");
  }
  // y = w x + b, compiled, with eight rows of data.
  std::string line() const {
    const Sequential model({Input({1}), Dense(1, {.kernel_initializer = "ones", .name = "d"})}, {.name = "line"});
    model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1}), .loss = "mse", .metrics = {"mae"}});
    model->save(file("line.h5"));
    save_npy(file("x.npy"), Tensor::from<float>({8, 1}, {0, 1, 2, 3, 4, 5, 6, 7}));
    save_npy(file("y.npy"), Tensor::from<float>({8, 1}, {0, 2, 4, 6, 8, 10, 12, 14}));
    return file("line.h5");
  }
  TempDir dir_;
};

inline void expect_equal(const Tensor& got, const Tensor& wanted, double tolerance) {
  ASSERT_EQ(got.shape(), wanted.shape());
  const auto a = got.data<float>(), b = wanted.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance);
}

}  // namespace hornbeam::testing_support
