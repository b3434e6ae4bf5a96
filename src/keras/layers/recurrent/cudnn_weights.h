// Weights of recurrent layers in the form that cuDNN takes, to and from the form of LSTM and GRU with reset_after. The
// matrices are those of the gates side by side. Of the input's, each gate's numbers are those of its transpose, in the
// shape it had; of the state's, each gate's matrix is transposed. Biases of input and state follow each other.
#pragma once

#include "hornbeam/tensor.hpp"

namespace hornbeam {

// kernel [features, gates * units]
Tensor kernel_from_cudnn(const Tensor& kernel, std::int64_t gates);
Tensor kernel_to_cudnn(const Tensor& kernel, std::int64_t gates);
// recurrent_kernel [units, gates * units], both ways
Tensor recurrent_kernel_transposed(const Tensor& kernel, std::int64_t gates);
// bias [2 * 4 * units]: LSTM has the sum of both, [4 * units]
Tensor lstm_bias_from_cudnn(const Tensor& bias);
Tensor lstm_bias_to_cudnn(const Tensor& bias);  // half of it for each
// bias [2 * 3 * units]: GRU has both, [2, 3 * units]
Tensor gru_bias_from_cudnn(const Tensor& bias);
Tensor gru_bias_to_cudnn(const Tensor& bias);

}  // namespace hornbeam
