#include "keras/optimizers/recorded_optimizers.h"

using namespace hornbeam;
using namespace hornbeam::testing_support;

TEST(OptimizerConversion, StateGoesOverToGenerationsOfTheSameArithmetic) {
  for_each_row([](const Recorded& r, const Config& row) {
    for (const auto generation :
         {OptimizerGeneration::legacy, OptimizerGeneration::modern, OptimizerGeneration::keras3}) {
      const auto optimizer = optimizer_of(row);
      const auto variables = variables_of(r, row);
      const auto& steps = row.at("steps").as_list();
      for (int i = 0; i < 2; ++i)
        optimizer->apply_gradients(arrays(r, steps[static_cast<std::size_t>(i)].at("gradients")), variables);
      std::vector<std::string> notes;
      Optimizer other;
      try {
        other = optimizer->converted(generation, &notes);
      } catch (const ValueError&) {
        EXPECT_NE(generation, optimizer->generation());
        continue;
      }
      EXPECT_EQ(other->generation(), generation);
      EXPECT_EQ(notes.empty(), generation == optimizer->generation());
      other->apply_gradients(arrays(r, steps[2].at("gradients")), variables);
      const auto want = arrays(r, steps[2].at("variables"));
      // A float64 beta is rounded otherwise by each generation.
      for (std::size_t i = 0; i < want.size(); ++i)
        expect_close(variables[i]->value(), want[i], 2e-6, 1e-7, name_of(generation));
      EXPECT_EQ(other->iterations()->value().item<std::int64_t>(), 3);
    }
  });
  const auto rmsprop = optimizers::RMSprop({.generation = OptimizerGeneration::legacy});
  EXPECT_THROW(rmsprop->converted(OptimizerGeneration::modern), ValueError);
  EXPECT_THROW(optimizers::SGD({.generation = OptimizerGeneration::legacy, .decay = 0.1})
                   ->converted(OptimizerGeneration::keras3),
               ValueError);
}

TEST(OptimizerConversion, RatesOfFloat64GoOverToo) {
  auto optimizer = optimizers::Adam({.learning_rate = 0.25, .generation = OptimizerGeneration::keras3});
  optimizer->set_learning_rate_dtype(DType::float64);
  const auto other = optimizer->converted(OptimizerGeneration::legacy);
  EXPECT_EQ(other->learning_rate()->dtype(), DType::float32);
  EXPECT_EQ(other->learning_rate()->value().item<float>(), 0.25F);
}
