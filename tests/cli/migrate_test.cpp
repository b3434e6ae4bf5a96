// hornbeam migrate and hornbeam diff.
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "cli/cli.h"
#include "formats/file_kind.h"
#include "formats/keras_v3/archive.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

using CliMigrate = Cli;

TEST_F(CliMigrate, ProvesThatNothingChanged) {
  const auto text = good("migrate " + kDemo + "model.h5 " + file("out.h5") + " --target keras3").out;
  EXPECT_THAT(text, HasSubstr(" (h5, for keras3)\nconverted: "));
  EXPECT_THAT(text, HasSubstr("\npredictions: 1 array, equal\n"));
  EXPECT_THAT(text, HasSubstr("\ntrained weights: "));
  const auto json = good("migrate --json " + kDemo + "model.h5 " + file("folder") + " --target tf2.15 --format tf" +
                         " --check " + kDemo + "more_x.npy --check-y " + kDemo + "more_y.npy")
                        .json();
  EXPECT_EQ(json.at("proof").at("equal"), Config(true));
  EXPECT_EQ(json.at("save_report").at("format"), Config("saved_model"));
  EXPECT_EQ(good("migrate --no-proof --json " + kDemo + "model.h5 " + file("o.h5")).json().at("proof"), Config());
  misused("migrate " + kDemo + "model.h5 " + file("o.h5") + " --format pb", "--format");
  refused("migrate " + file("nothing.h5") + " " + file("o.h5"), "OSError: ");
}

TEST_F(CliMigrate, TheSameBytesWithoutADate) {
  for (const auto* name : {"a.keras", "b.keras"}) {
    good("migrate --no-date " + kDemo + "model.h5 " + file(name) + " --target keras3");
  }
  EXPECT_EQ(read_file(file("a.keras")), read_file(file("b.keras")));
  const auto metadata = [&](const std::string& name) {
    return formats::keras_v3::Archive(formats::kind_of(file(name)).zip).metadata();
  };
  EXPECT_THAT(std::string(metadata("a.keras")), Not(HasSubstr("date_saved")));
  good("fit --no-date " + kDemo + "model.h5 --x " + kDemo + "more_x.npy --y " + kDemo +
       "more_y.npy --epochs 1 --save " + file("f.keras") + " --target keras3 --json");
  EXPECT_THAT(std::string(metadata("f.keras")), Not(HasSubstr("date_saved")));
  good("migrate " + kDemo + "model.h5 " + file("c.keras") + " --target keras3");
  EXPECT_THAT(std::string(metadata("c.keras")), HasSubstr("date_saved"));
}

TEST_F(CliMigrate, ArchivesBothWays) {
  EXPECT_THAT(good("migrate " + kDemo + "model.h5 " + file("a.keras") + " --target keras3").out,
              HasSubstr(" (keras_v3, for keras3)\n"));
  EXPECT_THAT(good("migrate " + file("a.keras") + " " + file("b.keras") + " --target tf2.15").out,
              HasSubstr("\ntrained weights: "));
  good("diff --run " + kDemo + "model.h5 " + file("b.keras"));
  for (const std::string verb : {"migrate", "diff"}) {
    EXPECT_THAT(good(verb + " --help").out, HasSubstr("H5 file, .keras archive"));
  }
}

// Data that the model does not take proves nothing, and is no reason that lies in the model.
TEST_F(CliMigrate, DataThatIsNotTheModels) {
  write_file(file("x.json"), "[[[1]]]");
  const auto migrate =
      "migrate " + kDemo + "model.h5 " + file("a.keras") + " --target keras3 --check " + file("x.json");
  for (const auto* flag : {"", " --unproved"}) {
    const auto result = run(migrate + flag);
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.out + result.err, HasSubstr("predictions: neither can, of the data that is given: "));
    EXPECT_FALSE(std::filesystem::exists(file("a.keras")));
  }
}

// An archive's config says how the model is compiled, an H5 file's does not.
TEST_F(CliMigrate, AnArchiveAndTheH5FileOfItAreAlike) {
  const auto archive = test_data("keras") + "/keras_v3/keras-3.15.1.keras";
  good("migrate " + archive + " " + file("same.h5") + " --target keras3");
  EXPECT_THAT(good("diff --run " + archive + " " + file("same.h5")).out, Not(HasSubstr("differs")));
}

TEST_F(CliMigrate, DiffTellsWhereModelsDiffer) {
  good("migrate " + kDemo + "model.h5 " + file("same.h5") + " --target tf2.15");
  EXPECT_THAT(good("diff --run " + kDemo + "model.h5 " + file("same.h5")).out, HasSubstr("weights: "));
  good("fit " + kDemo + "model.h5 --x " + kDemo + "more_x.npy --y " + kDemo + "more_y.npy --epochs 1 --json --save " +
       file("trained.h5"));
  const auto result = run("diff " + kDemo + "model.h5 " + file("trained.h5"));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("TOO FAR"));
  EXPECT_THAT(result.err, HasSubstr("ValueError: the models differ: "));
  const auto json = run("diff --json " + kDemo + "model.h5 " + file("trained.h5"));
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(json.json().at("equal"), Config(false));
  EXPECT_THAT(json.out, Not(HasSubstr("Infinity")));
  good("convert " + kDemo + "model.h5 " + file("config.json") + " --format json");
  EXPECT_EQ(good("diff " + kDemo + "model.h5 " + file("config.json")).out,
            "not compared: weights and optimizer: " + file("config.json") + " is a config without weights\n");
  misused("diff --run " + kDemo + "model.h5 " + file("config.json"), "ValueError: --run goes with");
  misused("diff " + kDemo + "model.h5 " + file("nothing.h5"), "OSError: ");
}

// Of each kind, and of two kinds.
TEST_F(CliMigrate, DiffOfWeightsAlone) {
  const auto save = [&](double factor) {
    backend::clear_session();
    utils::set_random_seed(5);
    const Sequential model({Input({2}), Dense(3, {.name = "d"})});
    model->compile({.optimizer = "adam", .loss = "mse"});
    model->train_on_batch(Tensor::zeros(DType::float32, {1, 2}), Tensor::zeros(DType::float32, {1, 3}));
    auto weights = model->get_weights();
    weights[0] = weights[0] * factor;
    model->set_weights(weights);
    const std::string name = factor == 1 ? "one" : "two";
    model->save_weights(file(name + ".weights.h5"), {.target = "keras3"});
    model->save_weights(file(name + ".h5"), {.target = "tf2.15"});
    model->save_weights(file(name), {.target = "tf2.15"});
    save_npz(file(name + ".npz"), {{"kernel", weights[0]}, {"bias", weights[1]}});
  };
  save(1);
  save(2);
  for (const std::string ending : {".weights.h5", ".h5", "", ".npz"}) {
    good("diff " + file("one" + ending) + " " + file("one" + ending));
    const auto result = run("diff " + file("one" + ending) + " " + file("two" + ending));
    EXPECT_EQ(result.code, 1) << ending;
    EXPECT_THAT(result.out, AllOf(HasSubstr("weights: "), HasSubstr("TOO FAR"))) << ending;
    EXPECT_THAT(result.err, HasSubstr("ValueError: the weights differ: ")) << ending;
  }
  EXPECT_THAT(good("diff " + file("one.weights.h5") + " " + file("one.weights.h5")).out, HasSubstr("optimizer: "));
  EXPECT_THAT(run("diff " + file("one.h5") + " " + file("one.npz")).out, HasSubstr("kernel: only in "));
  misused("diff " + file("one.h5") + " " + kDemo + "model.h5", "holds weights alone");
  misused("diff --run " + file("one.h5") + " " + file("one.h5"), "--run, --no-config, --weights-a and --weights-b go");
  misused("diff --no-config " + file("one.h5") + " " + file("one.h5"), "hold weights alone");
  // A checkpoint of a model under a name, whose optimizer may differ.
  EXPECT_THAT(good("diff --no-optimizer " + file("one") + " " + file("one")).out, Not(HasSubstr("optimizer: ")));
}

TEST_F(CliMigrate, DiffOfWeightsThatTheFileDoesNotHold) {
  const auto weights = test_data("keras") + "/hostile_files/unwritten_weights.h5";
  misused("diff " + weights + " " + weights, "weights of shapes that the file's bytes can hold");
}

// float64 holds neither of these.
TEST_F(CliMigrate, DiffOfNumbersByTheirBits) {
  save_npz(file("a.npz"), {{"n", Tensor::scalar(std::int64_t{9007199254740993})}});
  save_npz(file("b.npz"), {{"n", Tensor::scalar(std::int64_t{9007199254740992})}});
  EXPECT_EQ(run("diff " + file("a.npz") + " " + file("b.npz")).code, 1);
  const auto complex = [](float real, float imaginary) {
    auto made = Tensor::empty(DType::complex64, {});
    const std::array parts{real, imaginary};
    std::memcpy(made.mutable_raw(), parts.data(), made.bytes());
    return made;
  };
  save_npz(file("c.npz"), {{"c", complex(1, 2)}});
  save_npz(file("d.npz"), {{"c", complex(1, 3)}});
  good("diff " + file("c.npz") + " " + file("c.npz"));
  EXPECT_EQ(run("diff " + file("c.npz") + " " + file("d.npz")).code, 1);
}

// A SavedModel is one, whatever lies beside it.
TEST_F(CliMigrate, DiffOfASavedModelWithACheckpointInItsFolder) {
  good("convert " + kDemo + "model.h5 " + file("m") + " --format saved_model");
  good("convert " + kDemo + "model.h5 " + file("m/ckpt") + " --format checkpoint");
  write_file(file("m/checkpoint"), "model_checkpoint_path: \"ckpt\"\n");
  EXPECT_THAT(good("diff --run " + file("m") + " " + kDemo + "model.h5").out, HasSubstr("predictions: 1 array, equal"));
}

}  // namespace
