// Optimizers: how gradients change variables. Mirrors keras.optimizers.
//
//   Optimizer adam = optimizers::Adam({.learning_rate = 1e-3});
//   Optimizer sgd = "sgd";
//   GradientTape tape;
//   const Tensor loss = ...;
//   adam->apply_gradients(tape.gradient(loss, variables), variables);
//
// An optimizer is a rule and a generation: Keras wrote each rule three times. `legacy` is tf.keras 2.2's (in 2.15:
// keras.optimizers.legacy), `modern` that of 2.11 to 2.15, `keras3` Keras 3's. The generation decides names, order and
// number of the state's variables, the config, and in places the arithmetic: legacy RMSprop adds epsilon to the root,
// the others under it; legacy learning rates may decay; only the newer ones have weight decay and moving averages.
// It follows from the config an optimizer is read from; otherwise from current_target() and what it is used for.
//
// Thread-safety: an optimizer is mutable and belongs to one thread at a time.
#pragma once

#include "hornbeam/optimizers/adadelta.hpp"
#include "hornbeam/optimizers/adafactor.hpp"
#include "hornbeam/optimizers/adagrad.hpp"
#include "hornbeam/optimizers/adam.hpp"
#include "hornbeam/optimizers/adamax.hpp"
#include "hornbeam/optimizers/ftrl.hpp"
#include "hornbeam/optimizers/lamb.hpp"
#include "hornbeam/optimizers/lion.hpp"
#include "hornbeam/optimizers/loss_scale.hpp"
#include "hornbeam/optimizers/multi_optimizer.hpp"
#include "hornbeam/optimizers/muon.hpp"
#include "hornbeam/optimizers/nadam.hpp"
#include "hornbeam/optimizers/optimizer.hpp"
#include "hornbeam/optimizers/options.hpp"
#include "hornbeam/optimizers/rmsprop.hpp"
#include "hornbeam/optimizers/schedule_free_adamw.hpp"
#include "hornbeam/optimizers/schedules.hpp"
#include "hornbeam/optimizers/sgd.hpp"
