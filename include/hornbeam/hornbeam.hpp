// Hornbeam: Keras models, native in C++. Includes every public header.
#pragma once

#include "hornbeam/activations.hpp"
#include "hornbeam/checkpoint.hpp"
#include "hornbeam/config.hpp"
#include "hornbeam/errors.hpp"
#include "hornbeam/layer.hpp"
#include "hornbeam/layers.hpp"
#include "hornbeam/losses.hpp"
#include "hornbeam/make_variable.hpp"
#include "hornbeam/metrics.hpp"
#include "hornbeam/model.hpp"
#include "hornbeam/npy.hpp"
#include "hornbeam/operators.hpp"
#include "hornbeam/ops.hpp"
#include "hornbeam/ops_control.hpp"
#include "hornbeam/optimizers.hpp"
#include "hornbeam/random.hpp"
#include "hornbeam/saving.hpp"
#include "hornbeam/serialization.hpp"
#include "hornbeam/streaming.hpp"
#include "hornbeam/target.hpp"
#include "hornbeam/tensor.hpp"
#include "hornbeam/training.hpp"
#include "hornbeam/values.hpp"
#include "hornbeam/variable.hpp"

namespace hb = hornbeam;
