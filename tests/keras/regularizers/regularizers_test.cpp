#include "hornbeam/regularizers.hpp"

#include "hornbeam/serialization.hpp"
#include "keras/object_cases.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST(Regularizers, ConfigsAndNamesOfEveryProducer) {
  check_recorded_objects<Regularizer>("regularizers", {{"l1", "L1"}, {"l2", "L2"}});
}

TEST(Regularizers, PenaltiesOfEveryProducer) {
  const auto count = for_each_value<Regularizer>("regularizer", [](const Recorded& r, const Config& row) {
    const auto penalty = (*object_of<Regularizer>(row))(r.arrays.at(row.at("input").as_string()));
    expect_close(penalty, r.arrays.at(row.at("output").as_string()), 1e-6, 1e-7, r.producer + " " + row.dump());
  });
  EXPECT_GE(count, 20);
}

TEST(Regularizers, ConstructorsRoundToFloat32AsKerasDoes) {
  EXPECT_EQ(regularizers::L2(0.1).to_config().dump(), R"({"class_name": "L2", "config": {"l2": 0.10000000149011612}})");
  EXPECT_EQ(regularizers::L1L2(0.02, 0.03)->get_config().dump(),
            R"({"l1": 0.019999999552965164, "l2": 0.029999999329447746})");
  // What a file says stays as it is.
  EXPECT_EQ(Regularizer::from_config(Config::parse(R"({"class_name": "L2", "config": {"l2": 0.1}})"))->get_config(),
            Config({{"l2", 0.1}}));
}

TEST(Regularizers, Keras1FormHasItsArgumentsBesideTheName) {
  const auto r = Regularizer::from_config(Config::parse(R"({"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5})"));
  EXPECT_EQ(r.to_config().dump(), R"({"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}})");
}

TEST(Regularizers, NullIsNone) { EXPECT_FALSE(Regularizer::from_config(nullptr)); }

TEST(Regularizers, ErrorsInKerasWords) {
  expect_recorded_error("unknown_regularizers_get", [] { Regularizer("foo"); });
  expect_recorded_error("unknown_regularizers_deserialize", [] {
    Regularizer::from_config({{"class_name", "Foo"}, {"config", Config::dict()}});
  });
  EXPECT_THROW(Regularizer::from_config(3), ValueError);
  EXPECT_THROW(Regularizer::from_config(Config::parse(R"({"class_name": "L2", "config": {"l2": "a"}})")), TypeError);
  EXPECT_THROW(Regularizer::from_config(Config::parse(R"({"class_name": "L2", "config": {"l3": 1}})")), TypeError);
  EXPECT_THROW(Regularizer::from_config(Config::parse(R"({"class_name": "L2", "config": {"l2": NaN}})")), ValueError);
  EXPECT_THROW(regularizers::OrthogonalRegularizer(0.1, "diagonals"), ValueError);
  EXPECT_THROW((*regularizers::OrthogonalRegularizer())(Tensor::zeros(DType::float32, {2, 2, 2})), ValueError);
}

TEST(Regularizers, CustomOnesAreFoundByName) {
  const auto mine = regularizers::custom("mine", [](const Tensor& x) { return ops::reduce_sum(x); });
  EXPECT_EQ(mine.to_config().dump(), R"("mine")");  // as Keras says functions
  EXPECT_THROW(Regularizer::from_config(mine.to_config()), ValueError);
  const CustomObjectScope scope({{"mine", mine}});
  const auto found = Regularizer::from_config(mine.to_config());
  EXPECT_EQ((*found)(Tensor::from<float>({2}, {1, 2})).item<float>(), 3.0f);
  EXPECT_TRUE(Regularizer("mine"));
}
