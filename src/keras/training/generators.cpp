#include "keras/training/generators.h"

#include <limits>

#include "hornbeam/errors.hpp"

namespace hornbeam::training {
namespace {

Config words_of_one(const Philox& generator) {
  auto list = Config::list();
  for (const auto word : generator.counter()) list.push_back(Config(std::int64_t{word}));
  for (const auto word : generator.key()) list.push_back(Config(std::int64_t{word}));
  return list;
}

Philox generator_of(const Config& words) {
  const auto numbers = words.as_ints();
  if (numbers.size() != 6) throw FormatError("backup", "generators", "6 words", std::to_string(numbers.size()));
  const auto word = [&](std::size_t i) {
    if (numbers[i] < 0 || numbers[i] > std::numeric_limits<std::uint32_t>::max()) {
      throw FormatError("backup", "generators", "words of 32 bits", std::to_string(numbers[i]));
    }
    return static_cast<std::uint32_t>(numbers[i]);
  };
  return {{word(0), word(1), word(2), word(3)}, {word(4), word(5)}};
}

}  // namespace

Config words_of(const random::Generators& generators) {
  auto seeded = Config::list();
  for (const auto& [seeds, generator] : generators.seeded) {
    seeded.push_back(Config{{"seed", seeds.first}, {"seed2", seeds.second}, {"words", words_of_one(generator)}});
  }
  return Config{{"shared", words_of_one(generators.shared)}, {"seeded", seeded}};
}

random::Generators generators_of(const Config& words) {
  random::Generators all;
  all.shared = generator_of(words.at("shared"));
  for (const auto& one : words.at("seeded").as_list()) {
    all.seeded[{one.at("seed").as_int(), one.at("seed2").as_int()}] = generator_of(one.at("words"));
  }
  return all;
}

}  // namespace hornbeam::training
