// hornbeam inspect: what a file holds, or that it is none of a model.
#include <filesystem>

#include "base/zip_writer.h"
#include "cli/cli.h"
#include "formats/hdf5/writer.h"

namespace {

using namespace hornbeam;
using namespace hornbeam::testing_support;

class CliInspect : public Cli {};

TEST_F(CliInspect, TellsWhatAFileHolds) {
  const auto whole = good("inspect --json " + kDemo + "model.h5").json();
  EXPECT_EQ(whole.at("format"), Config("h5"));
  EXPECT_EQ(whole.at("keras_version"), Config("2.15.0"));
  EXPECT_EQ(whole.at("backend"), Config("tensorflow"));
  EXPECT_EQ(whole.at("training_config").at("loss"), Config("sparse_categorical_crossentropy"));
  const auto& first = whole.at("tensors").at(0);
  EXPECT_TRUE(first.has("path") && first.has("dtype") && first.has("shape"));
  EXPECT_NE(good("inspect " + kDemo + "model.h5").out.find("keras_version: 2.15.0\n"), std::string::npos);

  good("convert " + kDemo + "model.h5 " + file("w.h5") + " --format weights-h5");
  const auto weights = good("inspect --json " + file("w.h5")).json();
  EXPECT_EQ(weights.at("format"), Config("weights_h5"));
  EXPECT_TRUE(weights.at("training_config").is_null());
  good("convert " + kDemo + "model.h5 " + file("m.json") + " --format json");
  const auto config = good("inspect --json " + file("m.json")).json();
  EXPECT_EQ(config.at("format"), Config("json"));
  EXPECT_EQ(config.at("class_name"), Config("Sequential"));
  std::filesystem::rename(file("m.json"), file("m.config"));  // told by its bytes
  EXPECT_EQ(good("inspect --json " + file("m.config")).json().at("format"), Config("json"));
  EXPECT_EQ(good("summary " + file("m.config")).out, good("summary " + kDemo + "model.h5").out);
}

// The archive is what Keras 3 saved (tools/record/make_archive.py).
TEST_F(CliInspect, LooksIntoArchivesOfKeras3) {
  const auto archive = test_data("") + "/archive/model.keras";
  const auto found = good("inspect --json " + archive).json();
  EXPECT_EQ(found.at("format"), Config("keras_v3"));
  EXPECT_TRUE(found.at("keras_version").as_string().starts_with("3."));
  EXPECT_EQ(found.at("class_name"), Config("Sequential"));
  EXPECT_EQ(found.at("training_config").at("loss"), Config("mse"));
  // Kernel and bias; the optimizer's iteration, learning rate and momentums.
  Config::List shapes;
  for (const auto& t : found.at("tensors").as_list()) shapes.push_back(t.at("shape"));
  EXPECT_EQ(std::count(shapes.begin(), shapes.end(), Config(std::vector<std::int64_t>{2, 3})), 2);
  EXPECT_EQ(std::count(shapes.begin(), shapes.end(), Config(std::vector<std::int64_t>{3})), 2);
  EXPECT_EQ(std::count(shapes.begin(), shapes.end(), Config::list()), 2);
  EXPECT_NE(good("summary " + archive).out.find("Total params: 9"), std::string::npos);
}

// As reports call it: also where only a subclass's attributes tell, and of an index of several files.
TEST_F(CliInspect, WeightsOfKeras3) {
  const auto folder = test_data("keras") + "/keras_v3/";
  const auto whole = good("inspect --json " + folder + "keras-3.15.1.weights.h5").json();
  EXPECT_EQ(whole.at("format"), Config("weights_v3_h5"));
  const auto shards = good("inspect --json " + folder + "keras-3.15.1.weights.json").json();
  EXPECT_EQ(shards.at("format"), Config("weights_v3_h5"));
  EXPECT_EQ(shards.at("tensors").size(), whole.at("tensors").size());
  EXPECT_EQ(shards.at("tensor_bytes"), whole.at("tensor_bytes"));
  {
    base::AtomicFile out(file("subclass.weights.h5"));
    formats::hdf5::Writer writer(out);
    writer.add_dataset("/block/vars/0", Tensor::scalar(1.0F));
    writer.close();
    out.commit();
  }
  EXPECT_EQ(good("inspect --json " + file("subclass.weights.h5")).json().at("format"), Config("weights_v3_h5"));
}

TEST_F(CliInspect, ReadsArchivesAsTheyAreLoaded) {
  const auto x = Input({4}, {.dtype = "bfloat16"});
  Functional(x, Dense(2, {.dtype = "bfloat16"})(x))->save(file("m.keras"), {.target = "keras3"});
  const auto found = good("inspect --json " + file("m.keras")).json();
  EXPECT_EQ(found.at("tensors").at(0).at("dtype"), Config("bfloat16"));
  EXPECT_EQ(found.at("tensor_bytes"), Config(2 * (4 * 2 + 2)));
  base::ZipWriter zip(file("elsewhere.keras"));
  zip.add("config.json", R"({"class_name": "Sequential"})");
  zip.add("../elsewhere", "");
  zip.finish();
  refused("inspect " + file("elsewhere.keras"),
          "ValueError: " + file("elsewhere.keras") + " (member '../elsewhere'): expected a name below the archive");
}

// What saved_model_cli shows, recorded from TensorFlow (tools/record/record_saved_models.py).
TEST_F(CliInspect, SavedModels) {
  for (const std::string producer : {"tf-2.2.3", "tf-2.15.1"}) {
    const auto folder = test_data("formats") + "/saved_models/" + producer;
    const auto text = good("inspect " + folder).out;
    EXPECT_TRUE(text.ends_with("\n" + read_file(folder + ".signatures.txt"))) << text;
    const auto found = good("inspect --json " + folder).json();
    EXPECT_EQ(found.at("format"), Config("saved_model"));
    EXPECT_EQ(found.at("class_name"), Config("Sequential"));
    EXPECT_EQ(found.at("training_config").at("loss"), Config("mse"));
    EXPECT_EQ(found.at("signatures").at("serving_default").at("inputs").at("dense_input").at("dtype"),
              Config("DT_FLOAT"));
    EXPECT_GE(found.at("tensors").size(), 9u);
    good("convert " + folder + " " + file("m.h5") + " --format h5");
    EXPECT_EQ(good("summary " + file("m.h5")).out, good("summary " + folder).out);
  }
}

TEST_F(CliInspect, Arrays) {
  save_npy(file("a.npy"), Tensor::from<float>({1, 2}, {5, 6}));
  save_npz(file("a.npz"), {{"x", Tensor::from<float>({1, 2}, {5, 6})}, {"y", Tensor::scalar(std::int64_t{3})}});
  const auto array = good("inspect --json " + file("a.npy")).json();
  EXPECT_EQ(array.at("format"), Config("npy"));
  EXPECT_NE(good("inspect " + file("a.npy")).out.find("\n  float32 [1, 2]\n"), std::string::npos);
  EXPECT_EQ(array.at("tensors").at(0).at("shape"), Config(std::vector<std::int64_t>{1, 2}));
  const auto arrays = good("inspect --json " + file("a.npz")).json();
  EXPECT_EQ(arrays.at("format"), Config("npz"));
  EXPECT_EQ(arrays.at("tensor_bytes"), Config(16));
  EXPECT_EQ(arrays.at("tensors").at(1).at("path"), Config("y"));
}

// inspect of what holds no model, and summary, which would load it: both name the path and what is there.
TEST_F(CliInspect, SaysWhatElseIsThere) {
  for (const auto* folder : {"empty", "three", "saved"}) std::filesystem::create_directory(file(folder));
  for (const auto* name : {"three/a", "three/b", "three/c", "three/d", "saved/saved_model.pb", "nothing.h5"}) {
    write_file(file(name), "");
  }
  write_file(file("text.h5"), "hello\nworld");
  write_file(file("list.json"), "[[1, 2], [3, 4]]");
  write_file(file("other.json"), "{\"a\": 1}");
  write_file(file("broken.json"), "{\"a\": ");
  write_file(file("broken.keras"), "PK\x03\x04 and so on");
  save_npy(file("a.npy"), Tensor::scalar(1.0F));
  save_npz(file("w.keras"), {{"000", Tensor::scalar(1.0F)}, {"001", Tensor::scalar(1.0F)}});
  const std::string no_model = "OSError: SavedModel file does not exist at: @/{saved_model.pbtxt|saved_model.pb}: @: ";
  const struct {
    std::string name, inspect, summary;  // '@' stands for the path
  } kCases[] = {
      {"none.h5", "OSError: Unable to open file @: No such file or directory",
       "OSError: SavedModel file does not exist at: @/{saved_model.pbtxt|saved_model.pb}. No file or directory found "
       "at @"},
      {"empty", "ValueError: @: expected a file of a model, its config, weights or arrays, found an empty folder",
       no_model + "expected an HDF5 file or a .keras archive (zip), found an empty folder"},
      {"three",
       "ValueError: @: expected a file of a model, its config, weights or arrays, found a folder with a, b, c, "
       "...",
       no_model + "expected an HDF5 file or a .keras archive (zip), found a folder with a, b, c, ..."},
      {"saved",
       "ValueError: @/saved_model.pb (meta_graphs): expected a MetaGraph, found none: the saved_model.pb is empty",
       "ValueError: @/saved_model.pb (meta_graphs): expected a MetaGraph, found none: the saved_model.pb is empty"},
      {"nothing.h5", "ValueError: @: expected a file of a model, its config, weights or arrays, found an empty file",
       no_model + "expected an HDF5 file or a .keras archive (zip), found an empty file"},
      {"text.h5",
       "ValueError: @: expected a file of a model, its config, weights or arrays, found a file of none of Keras's "
       "formats",
       no_model + "expected an HDF5 file or a .keras archive (zip), found a file of none of Keras's formats"},
      {"list.json", "ValueError: @: expected a model's config: an object with class_name, found a list",
       "ValueError: @: expected a model's config: an object with class_name, found a list"},
      {"other.json", "ValueError: @: expected a model's config: an object with class_name, found an object without",
       "ValueError: @: expected a model's config: an object with class_name, found an object without"},
      {"broken.json", "ValueError: @", "ValueError: @"},
      {"broken.keras", "ValueError: @: expected a zip archive, found", "ValueError: @: expected a zip archive, found"},
      {"a.npy", "", no_model + "expected an HDF5 file or a .keras archive (zip), found a NumPy array (.npy)"},
      {"w.keras", "",
       no_model + "expected an HDF5 file or a .keras archive (zip), found NumPy arrays (.npz): 000.npy, 001.npy"},
  };
  for (const auto& [name, inspect, summary] : kCases) {
    SCOPED_TRACE(name);
    const auto path = file(name);
    const auto with_path = [&](const std::string& text) { return replaced(text, path); };
    if (inspect.empty()) {
      good("inspect " + path);
    } else {
      refused("inspect " + path, with_path(inspect));
    }
    refused("summary " + path, with_path(summary));
  }
}

}  // namespace
