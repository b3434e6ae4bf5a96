// Loading the TensorFlow graph only: tf.saved_model.load. No custom objects are needed; but the object is no Keras
// model, it has no predict() or fit(). It helps in a tight spot: when the code of custom objects is lost, say.
#include "sections.h"

void guide::loading_the_graph_only(const Folder& folder) {
  const auto model = hb::Sequential({hb::Input({32}), hb::Dense(1)});

  model->save(folder / "my_model");
  const auto tensorflow_graph = hb::saved_model::load(folder / "my_model");
  const auto x = hb::ops::random_uniform({4, 32});
  const hb::Tensor predicted = (*tensorflow_graph)(x);

  assert_allclose(predicted, model->predict(x), 1e-6);
  leave_numbers(folder / "my_model", x, predicted);

  // What serving systems call: a signature, tensors by their names.
  const auto served = tensorflow_graph->run("serving_default", {{model->input_names()[0], x}});
  assert_allclose(served.at(model->output_names()[0]), predicted);
  check(tensorflow_graph->variables().size() == 2, "its variables are the layer's kernel and bias");
}
