// Where results go: refused before the work when they cannot be written; missing folders are made.
#include <filesystem>
#include <set>

#include "cli/cli.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

class CliOutputs : public Cli {
 protected:
  std::set<std::string> entries() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
      names.insert(entry.path().lexically_relative(dir_.path()).string());
    }
    names.erase("out");
    names.erase("err");
    return names;
  }
};

TEST_F(CliOutputs, WhatCannotBeWrittenIsRefusedBeforeTheWork) {
  line();
  write_file(file("plain"), "no folder");
  std::filesystem::create_directory(file("folder.svg"));
  const Sequential newer({Input({1}), Dense(1, {.activation = "gelu", .name = "d"})}, {.name = "newer"});
  newer->compile({.optimizer = "sgd", .loss = "mse"});
  newer->save(file("newer.h5"));
  // Training so long would not come to an end; a model that is missing would be met by loading it.
  const std::string fit = "fit @line.h5 --x @x.npy --y @y.npy --epochs 1000000000 ";
  const std::string predict = "predict @none.h5 --input @x.npy ";
  const std::pair<std::string, std::string> kCases[] = {
      {fit + "--save @t.h5 --plot @c.png",
       "ValueError: --plot writes SVG (.svg), which the name must end in. Received: @c.png"},
      {fit + "--save @t.h5 --plot @plain/c.svg", "OSError: Unable to create file @plain/c.svg: Not a directory"},
      {fit + "--save @t.h5 --plot @plain/new/c.svg",
       "OSError: Unable to create file @plain/new/c.svg: @plain is not a folder"},
      {fit + "--save @t.h5 --plot @folder.svg",
       "OSError: Unable to create file @folder.svg: it exists and is not a regular"},
      {fit + "--save @t.h5 --plot /proc/new/c.svg", "OSError: Unable to create file /proc/new/c.svg: /proc/new: "},
      {fit + "--save @t.h5 --plot /proc/c.svg", "OSError: Unable to create file /proc/c.svg: "},
      {fit + "--save @plain/t.h5", "OSError: Unable to create file @plain/t.h5: Not a directory"},
      {fit + "--save /proc/t.h5", "OSError: Unable to create file /proc/t.h5: "},
      {fit + "--save @t.txt --target keras3", "ValueError: Invalid filepath extension for saving"},
      // 2.2 has no gelu.
      {"fit @newer.h5 --x @x.npy --y @y.npy --epochs 1000000000 --save @t.h5 --target tf2.2", "ValueError: "},
      {predict + "--output @y.txt",
       "ValueError: --output writes an array (.npy) or nested lists (.json), which the name must "},
      {predict + "--output @y",
       "ValueError: --output writes an array (.npy) or nested lists (.json), which the name must "},
      {predict + "--output @plain/y.npy", "OSError: Unable to create file @plain/y.npy: Not a directory"},
      {predict + "--output /proc/y.npy", "OSError: Unable to create file /proc/y.npy: "},
      {predict + "--output-dir @plain", "OSError: Unable to create folder @plain: it exists and is not a folder"},
      {predict + "--output-dir @plain/new", "OSError: Unable to create folder @plain/new: @plain is not a folder"},
      {predict + "--output-dir /proc/new", "OSError: Unable to create folder /proc/new: "},
      {"convert @none.h5 @plain/w.npz --format npz", "OSError: Unable to create file @plain/w.npz: "},
      {"bench @none.h5 --save @plain/s.h5", "OSError: Unable to create file @plain/s.h5: "},
  };
  const auto before = entries();
  for (const auto& [arguments, words] : kCases) {
    SCOPED_TRACE(arguments);
    refused(at(arguments), at(words));
    EXPECT_EQ(entries(), before);
  }
}

TEST_F(CliOutputs, MissingFoldersAreMade) {
  line();
  const std::pair<std::string, std::vector<std::string>> kCases[] = {
      {"fit @line.h5 --x @x.npy --y @y.npy --save @a/1/t.h5 --plot @a/2/c.svg", {"a/1/t.h5", "a/2/c.svg"}},
      {"predict @line.h5 --input @x.npy --output @b/1/y.npy", {"b/1/y.npy"}},
      {"predict @line.h5 --input @x.npy --output @b/2/y.json", {"b/2/y.json"}},
      {"predict @line.h5 --input @x.npy --output-dir @b/3/y", {"b/3/y/0.npy", "b/3/y/outputs.json"}},
      {"convert @line.h5 @c/1/m.h5 --format h5", {"c/1/m.h5"}},
      {"convert @line.h5 @c/2/w.h5 --format weights-h5", {"c/2/w.h5"}},
      {"convert @line.h5 @c/3/m.json --format json", {"c/3/m.json"}},
      {"convert @line.h5 @c/4/w.npz --format npz", {"c/4/w.npz"}},
      {"bench @line.h5 --runs 1 --save @d/1/s.h5", {"d/1/s.h5"}},
  };
  for (const auto& [arguments, written] : kCases) {
    good(at(arguments));
    for (const auto& name : written) EXPECT_TRUE(std::filesystem::is_regular_file(file(name))) << name;
  }
}

// Weights in Keras 3's layout, and a checkpoint's, have the optimizer's state with them.
TEST_F(CliOutputs, WeightsWithTheOptimizerOrWithout) {
  line();
  good(at("fit @line.h5 --x @x.npy --y @y.npy --save @t.h5"));
  const auto holds_optimizer = [&](const std::string& path) {
    const auto found = good("inspect --json " + path).json();
    for (const auto& tensor : found.at("tensors").as_list()) {
      if (tensor.at("path").as_string().find("optimizer") != std::string::npos) return true;
    }
    return false;
  };
  const struct {
    const char *out, *arguments;
  } kWeights[] = {{"@w.weights.h5", "--format weights-h5 --target keras3"}, {"@ckpt", "--format checkpoint"}};
  for (const auto& [out, arguments] : kWeights) {
    const std::string convert = std::string("convert @t.h5 ") + out + " " + arguments;
    EXPECT_EQ(run(at(convert)).code, 0);
    EXPECT_TRUE(holds_optimizer(at(out))) << out;
    EXPECT_EQ(run(at(convert + " --no-optimizer")).code, 0);
    EXPECT_FALSE(holds_optimizer(at(out))) << out;
  }
}

}  // namespace
