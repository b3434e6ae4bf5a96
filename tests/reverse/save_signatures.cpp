// save_signatures OUT
//
// Saves a model with signatures of its user's for each Keras that loads SavedModels, and what they give for some
// inputs. open_signatures.py has real TensorFlows call them.
#include <iostream>

#include "base/atomic_file.h"
#include "hornbeam/hornbeam.hpp"

namespace {

using namespace hornbeam;
using Inputs = std::vector<Tensor>;

Config values_of(const Tensor& tensor) {
  auto list = Config::list();
  const auto numbers = ops::cast(tensor, DType::float64);
  for (const auto value : numbers.data<double>()) list.push_back(value);
  return Config{{"shape", Config(tensor.shape().dims())}, {"values", list}};
}

// Batch normalisation, whose variables a signature that trains changes.
ModelRef make_model() {
  backend::clear_session();
  utils::set_random_seed(11);
  const auto x = Input({4}, {.name = "x"});
  const auto y = BatchNormalization({.momentum = 0.5, .name = "bn"})(Dense(3, {.activation = "tanh", .name = "d"})(x));
  return ModelRef(Functional(x, y, {.name = "m"}));
}

Signatures::Map signatures_of(const ModelRef& model) {
  const SignatureInput rows{"rows", DType::float32, {None, 4}};
  return {
      {"plain", SignatureFunction({rows}, [=](const Inputs& in) { return Values(model(in[0]).tensor() + 1.0); })},
      {"scaled",
       SignatureFunction({rows, {"factor", DType::float32, {}}},
                         [=](const Inputs& in) -> Values {
                           return {{"scaled", model(in[0]).tensor() * in[1]}, {"last", ops::reduce_sum(in[0])}};
                         })},
      {"choice", SignatureFunction({rows, {"negate", DType::boolean, {}}},
                                   [=](const Inputs& in) {
                                     const auto y = model(in[0]).tensor();
                                     return Values(ops::cond(
                                         in[1], [=] { return Inputs{ops::negative(y)}; }, [=] { return Inputs{y}; }));
                                   })},
      {"trains",
       SignatureFunction({rows}, [=](const Inputs& in) { return Values(model(in[0], {.training = true}).tensor()); })},
      {"three", SignatureFunction({}, [](const Inputs&) { return Values(Tensor::scalar(3.0F)); })},
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "save_signatures OUT\n";
    return 2;
  }
  const std::string out = argv[1];
  const auto model = make_model();
  const auto signatures = signatures_of(model);
  const std::map<std::string, Tensor> inputs{{"rows", ops::random_normal({5, 4}, {.seed = 3})},
                                             {"factor", Tensor::scalar(2.5F)},
                                             {"negate", Tensor::scalar(true)}};
  Config manifest{{"folders", Config::list()}, {"inputs", Config::dict()}, {"signatures", Config::dict()}};
  auto folders = Config::list();
  for (const std::string target : {"tf2.2", "tf2.15"}) {
    model->save(out + "/" + target, {.signatures = Signatures(signatures), .target = target});
    folders.push_back(target);
  }
  auto all_inputs = Config::dict(), all = Config::dict();
  for (const auto& [name, tensor] : inputs) {
    auto one = values_of(tensor);
    one.set("dtype", std::string(name_of(tensor.dtype())));
    all_inputs.set(name, one);
  }
  // What each gives, run here without having been saved.
  for (const auto& [key, function] : signatures) {
    Inputs given;
    auto names = Config::list();
    for (const auto& input : function.inputs()) {
      given.push_back(inputs.at(input.name));
      names.push_back(input.name);
    }
    const auto before = model->get_weights();
    const auto outputs = function.body()(given);
    model->set_weights(before);
    auto told = Config::dict();
    if (outputs.is_dict()) {
      for (const auto& [name, value] : outputs.dict()) told.set(name, values_of(value.tensor()));
    } else {
      told.set("output_0", values_of(outputs.tensor()));
    }
    all.set(key, Config{{"inputs", names}, {"outputs", told}});
  }
  manifest.set("folders", folders).set("inputs", all_inputs).set("signatures", all);
  base::replace_file(out + "/manifest.json", manifest.dump(1));
  std::cout << folders.size() << " files written\n";
}
