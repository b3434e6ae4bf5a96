// Any object graph in a checkpoint with small tensors, restored into models and an optimizer: nothing but Hornbeam's
// errors is thrown. The input is the graph or, where it is none, changes to that of a real checkpoint: three bytes
// each, of which two say where. Keys have the values of that checkpoint, or some of another shape or dtype.
#include <cstdlib>
#include <filesystem>
#include <set>

#include "formats/tensor_bundle/checkpoint_state.h"
#include "formats/tensor_bundle/object_graph.h"
#include "formats/tensor_bundle/writer.h"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/hornbeam.hpp"
#include "model_fuzz.h"

namespace tb = hornbeam::formats::tensor_bundle;
namespace fs = std::filesystem;

namespace {

using namespace hornbeam;

// Gone with its files when the program ends.
struct ScratchFolder {
  ScratchFolder() : path((fs::temp_directory_path() / "hornbeam-fuzz-XXXXXX").string()) {
    if (!::mkdtemp(path.data())) std::abort();
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  std::string path;
};

const std::string& scratch_folder() {
  static const ScratchFolder folder;
  return folder.path;
}

ModelRef small_model() {
  const auto model = ModelRef(Sequential({Dense(2, {.input_shape = Shape{3}}), Dense(1)}));
  model->compile({.optimizer = optimizers::Adam(), .loss = "mse"});
  return model;
}

struct Original {
  std::string graph;
  std::map<std::string, Tensor> values;

  Original() {
    const auto prefix = scratch_folder() + "/original";
    const auto model = small_model();
    model->optimizer()->build(model->trainable_weights());
    model->save_weights(prefix);
    const auto reader = train::load_checkpoint(prefix);
    for (const auto& [key, dtype] : reader.get_variable_to_dtype_map()) values.emplace(key, reader.get_tensor(key));
    graph = values.at(std::string(tb::kObjectGraphKey)).item<std::string>();
    values.erase(std::string(tb::kObjectGraphKey));
  }
  static const Original& get() {
    static const Original original;
    return original;
  }
};

std::string graph_of(std::string_view bytes) {
  try {
    tb::parse_object_graph(bytes, "fuzz");
    return std::string(bytes);
  } catch (const FormatError&) {
  }
  auto graph = Original::get().graph;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](std::size_t j) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i + j])); };
    graph[(at(0) * 256 + at(1)) % graph.size()] = bytes[i + 2];
  }
  return graph;
}

// The original's, or `misfits`, and for keys that it has not, one by the key's hash.
Tensor value_for(const std::string& key, bool misfits) {
  const auto number = std::hash<std::string>()(key);
  const auto known = Original::get().values.find(key);
  if (known != Original::get().values.end() && !(misfits && number % 4 == 0)) return known->second;
  const Shape shapes[] = {{3, 2}, {2}, {}, {2, 1}, {1}, {5}};
  const auto& shape = shapes[number % 6];
  switch (number / 6 % 4) {
    case 0:
      return Tensor::zeros(DType::int64, shape);
    case 1:
      return Tensor::scalar(std::string("text"));
    default:
      return Tensor::zeros(DType::float32, shape);
  }
}

bool write_checkpoint(const std::string& prefix, std::string_view graph, bool misfits) {
  std::set<std::string> keys;
  try {
    for (const auto& node : tb::parse_object_graph(graph, "fuzz").nodes) {
      for (const auto& attribute : node.attributes) {
        if (attribute.key.size() < 256) keys.insert(attribute.key);
      }
    }
  } catch (const FormatError&) {
    return false;
  }
  keys.erase(std::string(tb::kObjectGraphKey));
  try {
    tb::Writer writer(prefix);
    for (const auto& key : keys) writer.add(key, value_for(key, misfits));
    writer.add(std::string(tb::kObjectGraphKey), Tensor::scalar(std::string(graph)));
    writer.commit();
  } catch (const Error&) {  // an empty key, say
    return false;
  }
  return true;
}

template <class Work>
void attempt(const Work& work) {
  try {
    work();
  } catch (const Error&) {
    // What most inputs come to.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto prefix = scratch_folder() + "/ckpt";
  if (!write_checkpoint(prefix, graph_of({reinterpret_cast<const char*>(data), size}), size % 4 == 1)) return 0;
  backend::clear_session();
  const SkipInitialization skip;
  // Built before the values come, and after.
  attempt([&] {
    const auto model = small_model();
    model->optimizer()->build(model->trainable_weights());
    model->load_weights(prefix).assert_consumed();
  });
  attempt([&] {
    const auto model = ModelRef(Sequential({Dense(2), Dense(1)}));
    const auto status = model->load_weights(prefix);
    model(Tensor::zeros(DType::float32, {1, 3}));
    status.assert_existing_objects_matched();
  });
  attempt([&] {
    const auto model = small_model();
    const auto step = std::make_shared<VariableNode>("step", Tensor::scalar(std::int64_t{1}), /*trainable=*/false);
    const auto layers = model->layers();
    train::Checkpoint checkpoint({{"layer_with_weights-0", layers.at(0)},
                                  {"layer-1", std::vector{layers.at(1), layers.at(0)}},
                                  {"optimizer", model->optimizer()},
                                  {"step", step}});
    const auto status = checkpoint.restore(prefix);
    model->train_on_batch(Tensor::zeros(DType::float32, {2, 3}), Tensor::zeros(DType::float32, {2, 1}));
    status.assert_nontrivial_match();
    status.assert_consumed();
  });
  return 0;
}
