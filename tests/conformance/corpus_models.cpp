#include "conformance/corpus_models.h"

#include "conformance/corpus_classes.h"
#include "conformance/custom_objects.h"
#include "hornbeam/hornbeam.hpp"

namespace conformance {
namespace {

using namespace hornbeam;

// The class of a case's model and its config; no class where the model is of Keras's own.
struct Made {
  std::string class_name;
  Config config = Config::dict();
};

Made made_of(const std::string& name, Target target) {
  static const std::map<std::string, std::string> classes{{"guide_02_custom_model_no_config", "CustomModel"},
                                                          {"guide_13_functional_to_subclassed", "SubclassedModel"},
                                                          {"e_nested_custom", "Outer"},
                                                          {"e_add_loss", "AddLoss"},
                                                          {"e_dict_io", "DictIO"},
                                                          {"e_list_io", "ListIO"},
                                                          {"e_seq2seq", "Seq2Seq"},
                                                          {"e_training_branch", "TrainBranch"},
                                                          {"e_training_branch_compiled", "TrainBranch"},
                                                          {"e_while_cond", "WhileCond"},
                                                          {"e_tensorarray_loop", "ForLoop"},
                                                          {"e_convnet", "ConvNet"},
                                                          {"e_mixed_ops", "MixOps"},
                                                          {"e_mha", "MhaSub"},
                                                          {"e_keras_signatures", "SigModel"}};
  // 2.2 does not write what is the model's own to H5.
  if (name == "guide_18_contrived_checkpoint" && target != Target::tf22) return {"ContrivedModel"};
  const std::string rnn = "e_rnn_";
  if (name.starts_with(rnn)) return {"RnnModel", Config{{"kind", name.substr(rnn.size())}}};
  const auto found = classes.find(name);
  return {found == classes.end() ? "" : found->second};
}

ModelRef new_model(const std::string& name, Target target) {
  const auto class_of = [&name](const char* class_name) {
    return std::get<LayerFactory>(all_custom_objects(name).at(class_name));
  };
  if (name == "guide_20_nested_order") {
    const Config config{{"name", "nested"}, {"units", 10}};
    return Sequential({Input({784}), LayerRef(class_of("NestedDenseLayer")(config))});
  }
  const auto made = made_of(name, target);
  if (made.class_name.empty()) return {};
  return ModelRef(std::dynamic_pointer_cast<Model>(class_of(made.class_name.c_str())(made.config)));
}

// Keras 3 saves no tf.Variable of the model's own but where it exports it.
void fill_table(const Case& c, Model& model) {
  const auto exported = saved_model::load(c.path("export"));
  for (const auto& [name, variable] : exported->variables()) {
    if (variable->shape() == Shape{8, 4}) dynamic_cast<CorpusModel&>(model).set_table(variable->value());
  }
}

}  // namespace

ModelRef corpus_model(const Case& c) {
  const auto target = c.target();
  const TargetScope scope(target);
  auto model = new_model(c.name, target);
  if (!model) return model;
  model(c.inputs());
  if (c.name == "e_mixed_ops" && target == Target::keras3) fill_table(c, *model);
  if (c.name == "e_training_branch_compiled") model->compile({.optimizer = "sgd", .loss = "mse"});
  // Trained by what it adds to the loss.
  if (c.name == "e_add_loss" && target != Target::keras3) {
    model->compile({.optimizer = optimizers::SGD({.learning_rate = 0.1})});
  }
  return model;
}

}  // namespace conformance
