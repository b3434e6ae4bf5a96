// _WithGradientOf: one value with the gradient of another, for what has none of its own (a product of integers) and is
// differentiated as if it had been computed otherwise. A compiled function that needs no gradient never computes the
// other.
#include "ops/broadcast.h"
#include "ops/gradient.h"
#include "ops/op_def.h"

HB_REGISTER(with_gradient_of) {
  using namespace hornbeam;
  add_op(OpDef("_WithGradientOf")
             .input("value: T")
             .input("other: T")
             .output("output: T")
             .attr("T: type")
             .shape(same_shape)
             .alias()
             .gradient([](const GradientContext& c) -> Tensors {
               return {Tensor(), c.grad()};
             }));
}
