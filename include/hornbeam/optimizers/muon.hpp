// Muon.
#pragma once

#include "hornbeam/optimizers/optimizer.hpp"

namespace hornbeam::optimizers {

// Keras 3 alone. Matrices take Muon's step; what has another rank, embeddings and what a pattern of `exclude_layers`
// finds in its path take Adam's, with a weight decay of its own.
struct MuonOptions {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  // Regular expressions of RE2: Python's, but for look-around and back-references.
  std::vector<std::string> exclude_layers = {};
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1.0;
  double momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
  HB_OPTIMIZER_OPTIONS_DECAYING(0.004)
};

Optimizer Muon(const MuonOptions& options = {});  // ValueError: a pattern that is no regular expression

}  // namespace hornbeam::optimizers
