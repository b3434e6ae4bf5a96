// `predict --signature` and `inspect` of SavedModels without objects (tools/record/record_v1_saved_models.py).
#include "cli/cli.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

using CliSignatures = Cli;

std::string session_folder(const std::string& name) {
  return test_data("keras") + "/v1_saved_models/tf-2.15.1/" + name;
}

TEST_F(CliSignatures, ArePredictedBy) {
  const auto folder = session_folder("references");
  const auto told = Config::parse(read_file(folder + ".json"));
  const auto& call = told.at("calls").at(std::size_t{1});  // one row of three
  write_file(file("x.json"), "[" + call.at("inputs").at("x").at(2).dump() + "]");
  for (const std::string input : {"@x.json", "x=@x.json"}) {
    const auto found = good("predict " + folder + " --signature serving_default --json --input " + at(input)).json();
    const auto& outputs = found.at("outputs").as_list();
    ASSERT_EQ(outputs.size(), call.at("outputs").size());
    for (const auto& output : outputs) {
      const auto& wanted = call.at("outputs").at(output.at("name").as_string()).at(2).at(std::size_t{0});
      EXPECT_NEAR(output.at("values").at(std::size_t{0}).at(std::size_t{0}).as_double(), wanted.as_double(), 2e-6);
    }
  }
  refused("predict " + folder + " --signature other --input " + at("@x.json"), "KeyError: ");
  refused("predict " + folder + " --signature serving_default --input y=" + at("@x.json"), "TypeError: ");
  refused("predict " + folder + " --input " + at("@x.json"), "ValueError: the SavedModel in ");
}

TEST_F(CliSignatures, AreInspected) {
  const auto found = good("inspect --json " + session_folder("references")).json();
  EXPECT_EQ(found.at("format"), Config("saved_model"));
  EXPECT_EQ(found.at("tensors").size(), 3u);
  EXPECT_EQ(found.at("signatures").at("serving_default").at("inputs").at("x").at("name"), Config("x:0"));
}

}  // namespace
