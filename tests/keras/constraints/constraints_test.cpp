#include "hornbeam/constraints.hpp"

#include "hornbeam/serialization.hpp"
#include "keras/object_cases.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST(Constraints, ConfigsAndNamesOfEveryProducer) { check_recorded_objects<Constraint>("constraints"); }

TEST(Constraints, ValuesOfEveryProducer) {
  const auto count = for_each_value<Constraint>("constraint", [](const Recorded& r, const Config& row) {
    const auto w = (*object_of<Constraint>(row))(r.arrays.at(row.at("input").as_string()));
    expect_close(w, r.arrays.at(row.at("output").as_string()), 1e-6, 1e-7, r.producer + " " + row.dump());
  });
  EXPECT_GE(count, 80);
}

TEST(Constraints, ConfigsAsKerasWritesThem) {
  EXPECT_EQ(constraints::MaxNorm().to_config().dump(),
            R"({"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}})");
  EXPECT_EQ(constraints::MaxNorm(1.5, {.axis = {0, 1, 2}})->get_config().dump(),
            R"({"max_value": 1.5, "axis": [0, 1, 2]})");
  EXPECT_EQ(Constraint::from_config(Config::parse(R"({"name": "maxnorm", "m": 3, "axis": 0})"))->get_config().dump(),
            R"({"max_value": 3, "axis": 0})");
}

TEST(Constraints, RadialOfEverySize) {
  // A 4x4 kernel: the ring takes the diagonal's last weight, the middle the one before the centre.
  std::vector<float> values(16);
  for (std::size_t i = 0; i < 16; ++i) values[i] = static_cast<float>(i);
  const auto y = (*constraints::RadialConstraint())(Tensor::from({4, 4, 1, 1}, values));
  const float ring = 15, middle = 5;
  const std::vector<float> want = {ring, ring,   ring,   ring, ring, middle, middle, ring,
                                   ring, middle, middle, ring, ring, ring,   ring,   ring};
  EXPECT_EQ(std::vector<float>(y.data<float>().begin(), y.data<float>().end()), want);
  EXPECT_THROW((*constraints::RadialConstraint())(Tensor::zeros(DType::float32, {2, 2})), ValueError);
}

TEST(Constraints, ErrorsInKerasWords) {
  expect_recorded_error("unknown_constraints_get", [] { Constraint("foo"); });
  expect_recorded_error("unknown_constraints_deserialize", [] {
    Constraint::from_config({{"class_name", "Foo"}, {"config", Config::dict()}});
  });
  EXPECT_THROW(Constraint::from_config(3), ValueError);
  EXPECT_THROW(Constraint::from_config(Config::parse(R"({"class_name": "MaxNorm", "config": {"axis": "a"}})")),
               TypeError);
}
