// The members that Keras itself puts into a `.keras` archive.
#pragma once

namespace hornbeam::formats::keras_v3 {

inline constexpr const char *kMetadata = "metadata.json", *kConfig = "config.json", *kWeights = "model.weights.h5";

}  // namespace hornbeam::formats::keras_v3
