// The members that Keras itself puts into a `.keras` archive.
#pragma once

#include <cstdint>

namespace hornbeam::formats::keras_v3 {

inline constexpr const char *kMetadata = "metadata.json", *kConfig = "config.json", *kWeights = "model.weights.h5";
// Of configs and vocabularies: no larger ones are read, and none is written.
inline constexpr std::uint64_t kMostText = std::uint64_t{64} << 20;

}  // namespace hornbeam::formats::keras_v3
