// Functions that a SavedModel offers by name to whoever serves it. Mirrors tf.function with an input_signature, where
// model.save takes `signatures`.
//
//   const SignatureFunction top({{"image", DType::float32, {None, 28, 28}}, {"scale", DType::float32, {}}},
//                               [&](const std::vector<Tensor>& in) -> Values {
//                                 return {{"scores", (*model)(in[0]).tensor() * in[1]}};
//                               });
//   model->save("my_model", {.signatures = {{"top", top}}});
//
// A function is traced when it is saved, on symbolic tensors of those dtypes and shapes. What it gives is named as
// TensorFlow does: a tensor "output_0", a list "output_0", "output_1" ..., a dict by its keys.
// Thread-safety: value types.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hornbeam/values.hpp"

namespace hornbeam {

// A tensor that a function takes: tf.TensorSpec with a name.
struct SignatureInput {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
};

class SignatureFunction {
 public:
  // What is called with a tensor for each input. Variables that it reads must be the model's.
  using Body = std::function<Values(const std::vector<Tensor>&)>;
  SignatureFunction() = default;
  SignatureFunction(std::vector<SignatureInput> input_signature, Body body)
      : inputs_(std::move(input_signature)), body_(std::move(body)) {}

  const std::vector<SignatureInput>& inputs() const { return inputs_; }
  const Body& body() const { return body_; }

 private:
  std::vector<SignatureInput> inputs_;
  Body body_;
};

// Unless given (also as none), a model has the one signature "serving_default" that predicts.
class Signatures {
 public:
  using Map = std::map<std::string, SignatureFunction>;
  Signatures() = default;
  Signatures(SignatureFunction function) : map_(Map{{"serving_default", std::move(function)}}) {}
  Signatures(std::initializer_list<Map::value_type> functions) : map_(functions) {}
  explicit Signatures(Map functions) : map_(std::move(functions)) {}

  bool given() const { return map_.has_value(); }
  const Map& map() const { return map_.value(); }  // if given

 private:
  std::optional<Map> map_;
};

}  // namespace hornbeam
