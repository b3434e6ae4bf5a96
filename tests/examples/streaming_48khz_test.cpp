// The example of streaming, run as a program: with its own model and with one from a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "hornbeam/hornbeam.hpp"
#include "hornbeam/saving.hpp"
#include "support/files.h"
#include "support/temp_dir.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

const std::string kProgram = std::string(HORNBEAM_EXAMPLES) + "/streaming_48khz";

class Streaming48kHz : public testing::Test {
 protected:
  // The exit code of the program.
  int run(const std::string& arguments) {
    const auto command = kProgram + " " + arguments + " >" + dir_.file("out") + " 2>" + dir_.file("err");
    return std::system(command.c_str());
  }
  std::string printed() const { return read_file(dir_.file("out")); }
  std::string errors() const { return read_file(dir_.file("err")); }

  const TempDir dir_;
};

TEST_F(Streaming48kHz, AllocatesNothing) {
  const auto path = dir_.file("gru.h5");
  Sequential({Input({None, 1}), GRU(3, {.return_sequences = true}), GRU(2), Dense(1)})->save(path);
  for (const auto& model : {std::string("''"), path}) {
    EXPECT_EQ(run(model + " 0.05"), 0) << errors();
    EXPECT_THAT(printed(), testing::MatchesRegex("one stream, 2400 samples: median [0-9.]+ us a step, p99 [0-9.]+ us, "
                                                 "most [0-9.]+ us; there are 20.8 us\n"
                                                 "real-time factor [0-9.]+; allocations after warm-up: 0\n"
                                                 "1000 streams from 8 threads, 5 samples each: [0-9.]+ us a step, "
                                                 "[0-9]+ streams in real time; allocations: 0\n"));
  }
}

TEST_F(Streaming48kHz, SaysWhatIsWrong) {
  EXPECT_NE(run(dir_.file("none.h5")), 0);
  EXPECT_TRUE(errors().starts_with("streaming_48khz: ")) << errors();
}

}  // namespace
