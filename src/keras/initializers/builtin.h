// The built-in initializers, by how they make values. Each list is: names -> factories from configs.
#pragma once

#include <map>
#include <string>

#include "hornbeam/initializers.hpp"

namespace hornbeam {

using InitializerPointer = std::shared_ptr<const InitializerObject>;
using InitializerFactories = std::map<std::string, InitializerPointer (*)(const Config&), std::less<>>;

InitializerFactories constant_initializers();          // Zeros, Ones, Constant, Identity, STFT
InitializerFactories random_initializers();            // RandomNormal, RandomUniform, TruncatedNormal, Orthogonal
InitializerFactories variance_scaling_initializers();  // VarianceScaling and what is defined by it

// Null or the seed, as configs say it.
inline Config seed_config(const std::optional<std::int64_t>& seed) { return seed ? Config(*seed) : Config(); }

}  // namespace hornbeam
