// VarianceScaling and the initializers of Glorot, He and LeCun, which are cases of it.
#include <algorithm>
#include <cmath>

#include "keras/initializers/builtin.h"
#include "keras/initializers/random_values.h"
#include "keras/initializers/seeds.h"
#include "keras/serialization/object_family.h"

namespace hornbeam {
namespace {

using initializers::VarianceScalingOptions;
using random::Distribution;

// The deviation of a normal distribution cut at two deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

// Which axes count as inputs and outputs (Keras 3); null for the last two times the receptive field.
struct FanAxes {
  Config input, output;
};

struct Fans {
  double in, out;
};

double product(const Shape& shape, const std::vector<std::int64_t>& axes) {
  double result = 1;
  for (const auto axis : axes) result *= static_cast<double>(shape.dim(axis));
  return result;
}

Fans fans_of(const Shape& shape, const FanAxes& axes) {
  if (!axes.input.is_null() && !axes.output.is_null()) {
    return {product(shape, axes.input.as_ints()), product(shape, axes.output.as_ints())};
  }
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (std::size_t i = 0; i + 2 < shape.rank(); ++i) field *= static_cast<double>(shape[i]);
  return {field * static_cast<double>(shape.dim(-2)), field * static_cast<double>(shape.dim(-1))};
}

class VarianceScalingObject final : public InitializerObject {
 public:
  // `preset`: the class of which this is a case, whose config is the seed alone; or null.
  VarianceScalingObject(VarianceScalingOptions options, const char* preset, FanAxes axes = {})
      : o_(std::move(options)), preset_(preset), axes_(std::move(axes)) {
    if (o_.scale <= 0) throw ValueError("`scale` must be positive float. Received: scale=" + Config(o_.scale).dump());
    if (o_.mode != "fan_in" && o_.mode != "fan_out" && o_.mode != "fan_avg") {
      throw ValueError("('Invalid `mode` argument:', '" + o_.mode + "'). Use one of fan_in, fan_out, fan_avg.");
    }
    if (o_.distribution == "normal") o_.distribution = "truncated_normal";  // Keras before tf.keras
    if (o_.distribution != "truncated_normal" && o_.distribution != "untruncated_normal" &&
        o_.distribution != "uniform") {
      throw ValueError("('Invalid `distribution` argument:', '" + o_.distribution +
                       "'). Use one of truncated_normal, untruncated_normal, uniform.");
    }
  }
  std::string class_name() const override { return preset_ ? preset_ : "VarianceScaling"; }
  Config get_config() const override {
    auto config = Config::dict();
    if (!preset_) {
      config.set("scale", o_.scale);
      config.set("mode", o_.mode);
      config.set("distribution", o_.distribution);
    }
    config.set("seed", seed_config(o_.seed));
    if (!axes_.input.is_null()) config.set("input_axes", axes_.input);
    if (!axes_.output.is_null()) config.set("output_axes", axes_.output);
    return config;
  }

  Tensor operator()(const Shape& shape, DType dtype) const override {
    const auto fans = fans_of(shape, axes_);
    const auto fan = o_.mode == "fan_in" ? fans.in : o_.mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2.0;
    const auto variance = o_.scale / std::max(1.0, fan);
    const auto seed = o_.seed ? *o_.seed : next_layer_seed();
    if (o_.distribution == "uniform") {
      const auto limit = std::sqrt(3.0 * variance);
      return random_uniform_values(seed, dtype, shape, -limit, limit);
    }
    if (o_.distribution == "untruncated_normal") {
      return random_values(Distribution::normal, seed, dtype, shape, std::sqrt(variance), 0.0);
    }
    return random_values(Distribution::truncated_normal, seed, dtype, shape, std::sqrt(variance) / kTruncatedDeviation,
                         0.0);
  }

 private:
  VarianceScalingOptions o_;
  const char* preset_;
  FanAxes axes_;
};

struct Preset {
  const char* class_name;
  const char* word;
  double scale;
  const char* mode;
  const char* distribution;
};
constexpr Preset kGlorotNormal{"GlorotNormal", "glorot_normal", 1.0, "fan_avg", "truncated_normal"};
constexpr Preset kGlorotUniform{"GlorotUniform", "glorot_uniform", 1.0, "fan_avg", "uniform"};
constexpr Preset kHeNormal{"HeNormal", "he_normal", 2.0, "fan_in", "truncated_normal"};
constexpr Preset kHeUniform{"HeUniform", "he_uniform", 2.0, "fan_in", "uniform"};
constexpr Preset kLecunNormal{"LecunNormal", "lecun_normal", 1.0, "fan_in", "truncated_normal"};
constexpr Preset kLecunUniform{"LecunUniform", "lecun_uniform", 1.0, "fan_in", "uniform"};

InitializerPointer make(const Preset& preset, const std::optional<std::int64_t>& seed, FanAxes axes = {}) {
  return std::make_shared<VarianceScalingObject>(
      VarianceScalingOptions{preset.scale, preset.mode, preset.distribution, seed}, preset.class_name, std::move(axes));
}

FanAxes fan_axes(ObjectArguments& a) {
  FanAxes axes{a.value("input_axes"), a.value("output_axes")};
  if (!axes.input.is_null()) axes.input.as_ints();
  if (!axes.output.is_null()) axes.output.as_ints();
  return axes;
}

template <const Preset& kPreset>
InitializerPointer from_preset(const Config& config) {
  ObjectArguments a(config, kPreset.class_name);
  a.ignore("dtype");
  const auto seed = a.seed();
  auto axes = fan_axes(a);
  a.finish();
  return make(kPreset, seed, std::move(axes));
}

InitializerPointer from_general(const Config& config) {
  ObjectArguments a(config, "VarianceScaling");
  a.ignore("dtype");
  VarianceScalingOptions o;
  o.scale = a.number("scale", o.scale);
  o.mode = a.text("mode", o.mode);
  o.distribution = a.text("distribution", o.distribution);
  o.seed = a.seed();
  auto axes = fan_axes(a);
  a.finish();
  return std::make_shared<VarianceScalingObject>(std::move(o), nullptr, std::move(axes));
}

}  // namespace

InitializerFactories variance_scaling_initializers() {
  InitializerFactories all{{"VarianceScaling", from_general}, {"variance_scaling", from_general}};
  const auto add = [&](const Preset& preset, InitializerPointer (*factory)(const Config&)) {
    all[preset.class_name] = factory;
    all[preset.word] = factory;
  };
  add(kGlorotNormal, from_preset<kGlorotNormal>);
  add(kGlorotUniform, from_preset<kGlorotUniform>);
  add(kHeNormal, from_preset<kHeNormal>);
  add(kHeUniform, from_preset<kHeUniform>);
  add(kLecunNormal, from_preset<kLecunNormal>);
  add(kLecunUniform, from_preset<kLecunUniform>);
  return all;
}

namespace initializers {

Initializer VarianceScaling(const VarianceScalingOptions& o) {
  return InitializerPointer(std::make_shared<VarianceScalingObject>(o, nullptr));
}
Initializer GlorotNormal(const RandomOptions& o) { return make(kGlorotNormal, o.seed); }
Initializer GlorotUniform(const RandomOptions& o) { return make(kGlorotUniform, o.seed); }
Initializer HeNormal(const RandomOptions& o) { return make(kHeNormal, o.seed); }
Initializer HeUniform(const RandomOptions& o) { return make(kHeUniform, o.seed); }
Initializer LecunNormal(const RandomOptions& o) { return make(kLecunNormal, o.seed); }
Initializer LecunUniform(const RandomOptions& o) { return make(kLecunUniform, o.seed); }

}  // namespace initializers
}  // namespace hornbeam
