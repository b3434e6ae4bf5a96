// Each layer on an Input(ragged=True) and on ragged values, as real Kerases do it (data/ragged).
#include <set>

#include "hornbeam/target.hpp"
#include "keras/ragged_records.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

namespace {

using testing::HasSubstr;

// 2.15 takes these, and joins steps of different rows (Flatten, Reshape) or leaves out steps (Cropping1D); here they
// are refused, as 2.2 refuses them.
const std::set<std::string> kRefusedHere = {"Flatten", "Flatten twice", "Reshape", "Cropping1D"};
bool accepted(const Config& row) { return !(row.at("symbolic").is_dict() && row.at("symbolic").has("error")); }

class Called {
 public:
  Called(const RaggedRecords& records, const Config& row) : records_(records), row_(row) {
    backend::clear_session();
    layer = layers::deserialize(row.at("layer"));
    for (const auto& t : records.list(row.at("inputs"))) {
      auto dims = t.shape().dims();
      const Shape shape(std::vector<std::int64_t>(dims.begin() + 1, dims.end()));
      inputs.push_back(Input(shape, {.dtype = std::string(name_of(t.dtype())), .ragged = true}));
    }
  }
  Values symbolic() const { return layer(inputs.size() == 1 ? Values(inputs[0]) : Values(inputs)); }
  void weigh() const {
    std::vector<Tensor> weights;
    for (const auto& key : row_.at("weights").as_list()) weights.push_back(records_.array(key));
    layer->set_weights(weights);
  }
  Values data() const { return records_.values(row_.at("inputs")); }

  LayerRef layer;
  std::vector<Tensor> inputs;

 private:
  const RaggedRecords& records_;
  const Config& row_;
};

void check_outputs(const RaggedRecords& records, const Config& row) {
  const Called called(records, row);
  const auto y = called.symbolic();
  called.weigh();
  const auto data = called.data();
  const auto& predict = row.at("predict");
  const Functional model(Values(called.inputs), y);
  model->set_target(std::string(records.producer) == "tf-2.2.3" ? "tf2.2" : "tf2.15");
  const TargetScope scope(target_named(model->target()));
  if (const auto* outputs = predict.find("outputs")) {
    expect_outputs(model->predict(data, {.batch_size = 3}), records.list(*outputs), "in batches");
  } else {
    EXPECT_ANY_THROW(model->predict(data, {.batch_size = 3}));
    if (const auto* whole = row.at("predict_whole").find("outputs")) {
      expect_outputs(model->predict(data), records.list(*whole), "at once");
    }
  }
  // 2.2 checks nothing when a layer is called on values.
  if (const auto* outputs = row.at("eager").find("outputs")) {
    expect_outputs(called.layer(data), records.list(*outputs), "called");
  } else {
    EXPECT_ANY_THROW(called.layer(data));
  }
}

void check_refusal(const RaggedRecords& records, const Config& row) {
  const Called called(records, row);
  if (accepted(row)) {
    EXPECT_THROW(called.symbolic(), ValueError);
    return;
  }
  const auto wanted = row.at("symbolic").at("message").as_string();
  try {
    called.symbolic();
    FAIL() << "was not refused: " << wanted;
  } catch (const Error& error) {
    const auto words = wanted.find("does not support RaggedTensors") != std::string::npos
                           ? wanted.substr(0, wanted.find("Inputs received"))
                           : wanted;
    // Errors of Python's own, and of shapes with other words, are refusals in 2.2's words here.
    if (row.at("symbolic").at("error") == Config("ValueError") && records.producer == std::string("tf-2.2.3")) {
      EXPECT_THAT(error.what(), HasSubstr(words));
    }
  }
}

TEST(RaggedLayers, AreAsInKeras) {
  const RaggedRecords newer("tf-2.15.1");
  std::set<std::string> taken_later;
  for (const auto& row : newer.json.at("layers").as_list()) {
    if (accepted(row)) taken_later.insert(row.at("name").as_string());
  }
  for (const auto* producer : kRaggedProducers) {
    const RaggedRecords records(producer);
    for (const auto& row : records.json.at("layers").as_list()) {
      const auto name = row.at("name").as_string();
      SCOPED_TRACE(std::string(producer) + " " + name);
      const bool here = taken_later.contains(name) && !kRefusedHere.contains(name);
      if (accepted(row) && here) {
        check_outputs(records, row);
      } else if (!here) {
        check_refusal(records, row);
      }
    }
  }
}

}  // namespace
