// Op calls on ragged tensors: the recorder they go to.
#pragma once

#include <memory>

#include "tensor/recorder.h"

namespace hornbeam {

std::shared_ptr<Recorder> ragged_recorder();

}  // namespace hornbeam
