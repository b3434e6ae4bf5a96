// All built-in layers.
#pragma once

#include "hornbeam/layers/activation.hpp"
#include "hornbeam/layers/batch_normalization.hpp"
#include "hornbeam/layers/conv.hpp"
#include "hornbeam/layers/dense.hpp"
#include "hornbeam/layers/depthwise_conv.hpp"
#include "hornbeam/layers/dropout.hpp"
#include "hornbeam/layers/embedding.hpp"
#include "hornbeam/layers/lambda.hpp"
#include "hornbeam/layers/layer_normalization.hpp"
#include "hornbeam/layers/masking.hpp"
#include "hornbeam/layers/merge.hpp"
#include "hornbeam/layers/normalization.hpp"
#include "hornbeam/layers/padding.hpp"
#include "hornbeam/layers/pooling.hpp"
#include "hornbeam/layers/rescaling.hpp"
#include "hornbeam/layers/reshape.hpp"
