// STFTSpectrogram, MelSpectrogram: sounds as pictures of their frequencies over time. Mirror keras.layers of Keras 3.
// See layers.hpp. Constructors and calls throw ValueError and TypeError in Keras's words.
#pragma once

#include "hornbeam/fields.hpp"

namespace hornbeam {

struct STFTSpectrogramOptions {
  std::string mode = "log";  // or "magnitude", "psd", "real", "imag", "angle", "stft" (real and imaginary parts)
  std::int64_t frame_length = 256;
  std::optional<std::int64_t> frame_step = {};  // default: half of frame_length
  std::optional<std::int64_t> fft_length = {};  // default: the power of two from frame_length on
  Config window = "hann";                       // a name of scipy.signal.get_window, frame_length numbers, or none
  bool periodic = false;
  Config scaling = "density";  // or "spectrum", or none
  std::string padding = "valid";
  bool expand_dims = false;
  std::string data_format = {};  // default: channels_last
  HB_LAYER_OPTIONS
};

// By convolution with kernels of waves, which are weights (real_kernel, imag_kernel; [frame_length, 1, bins]).
// Input [batch, time, channels] (channels_first: [batch, channels, time]) of floats; output [batch, frames,
// channels * bins], with expand_dims [batch, frames, bins, channels] (channels_first: [batch, channels, frames, bins]).
class STFTSpectrogramLayer final : public Layer {
 public:
  HB_LAYER(STFTSpectrogramLayer, "STFTSpectrogram")
  explicit STFTSpectrogramLayer(const STFTSpectrogramOptions& options);
  using Layer::build;
  void build(const Shape& input_shape) override;
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("mode", self.o_.mode);
    f("frame_length", self.o_.frame_length);
    f("frame_step", self.o_.frame_step);
    f("fft_length", self.o_.fft_length);
    f("window", self.o_.window);
    f("periodic", self.o_.periodic);
    f("scaling", self.o_.scaling);
    f("padding", self.o_.padding);
    f("data_format", self.o_.data_format);
    f("expand_dims", self.o_.expand_dims);
  }
  void check();

 private:
  Tensor convolved(const Tensor& x, const Variable& kernel) const;
  Tensor arranged_output(const Tensor& x) const;
  STFTSpectrogramOptions o_;
  std::int64_t step_ = 0, bins_ = 0;
  Variable real_, imag_;
};
HB_LAYER_HANDLE(STFTSpectrogram);

struct MelSpectrogramOptions {
  std::int64_t fft_length = 2048;
  std::int64_t sequence_stride = 512;
  std::optional<std::int64_t> sequence_length = {};  // default: fft_length
  Config window = "hann";                            // or "hamming", sequence_length numbers, or none
  Config sampling_rate = 16000;
  std::int64_t num_mel_bins = 128;
  Config min_freq = 20.0;
  Config max_freq = {};  // default: half of the sampling rate
  bool power_to_db = true;
  Config top_db = 80.0;
  Config mag_exp = 2.0;
  Config min_power = 1e-10;
  Config ref_power = 1.0;
  HB_LAYER_OPTIONS
};

// Input [time] or [batch, time]; output [(batch,) num_mel_bins, frames]. No weights.
class MelSpectrogramLayer final : public Layer {
 public:
  HB_LAYER(MelSpectrogramLayer, "MelSpectrogram")
  explicit MelSpectrogramLayer(const MelSpectrogramOptions& options);
  Values call(const Values& inputs, CallContext& context) override;
  template <class Self, class F>
  static void fields(Self& self, F&& f) {
    f("fft_length", self.o_.fft_length);
    f("sequence_stride", self.o_.sequence_stride);
    f("sequence_length", self.o_.sequence_length);
    f("window", self.o_.window);
    f("sampling_rate", self.o_.sampling_rate);
    f("num_mel_bins", self.o_.num_mel_bins);
    f("min_freq", self.o_.min_freq);
    f("max_freq", self.o_.max_freq);
    f("power_to_db", self.o_.power_to_db);
    f("top_db", self.o_.top_db);
    f("mag_exp", self.o_.mag_exp);
    f("min_power", self.o_.min_power);
    f("ref_power", self.o_.ref_power);
  }
  void check();

 private:
  Tensor spectrogram(const Tensor& x) const;
  Tensor mel_weights() const;
  MelSpectrogramOptions o_;
};
HB_LAYER_HANDLE(MelSpectrogram);

}  // namespace hornbeam
