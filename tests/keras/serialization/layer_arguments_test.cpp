// Every layer class that a Keras exports, argument by argument: tests/keras/data/layer_arguments has what the
// constructors of each Keras take, and what configs say of it. Whatever is not so here is named in docs/limits.md.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/serialization.hpp"
#include "keras/serialization/dialect.h"
#include "keras/serialization/dialect_write.h"
#include "support/files.h"
#include "support/test_data.h"

using namespace hornbeam;
using hornbeam::testing_support::read_file;

namespace {

struct Producer {
  const char* name;
  const char* target;
  const char* keras_version;
};
constexpr Producer kKerases[] = {{"tf-2.2.3", "tf2.2", "2.3.0-tf"},
                                 {"tf-2.15.1", "tf2.15", "2.15.0"},
                                 {"tf_keras-2.21.0", "tf2.15", "2.21.0"},
                                 {"keras-3.15.1", "keras3", "3.15.1"}};

Config recorded_by(const Producer& producer) {
  const auto path = test_data("keras") + "/layer_arguments/" + producer.name + ".json";
  return Config::parse(read_file(path), path);
}

// The rows of docs/limits.md's table of what is not here: "| Class | ... |" and "| Class.argument | ... |".
bool is_named_in_limits(const std::string& what) {
  static const auto text = read_file(test_data("keras") + "/../../../docs/limits.md");
  return text.find("| `" + what + "` |") != std::string::npos;
}

// The layer of a config, written again for the Keras that the config is of.
Config written(const Producer& producer, const std::string& class_name, const Config& config) {
  const GenerationScope generation(producer.target == std::string("keras3") ? Generation::keras3 : Generation::keras2);
  const TargetScope target(target_named(producer.target));
  const auto layer = layers::deserialize({{"class_name", class_name}, {"config", config}});
  return to_dialect(*layer, dialect_for(producer.target, producer.keras_version)).at("config");
}

// What Lambda layers of this name stand for.
Tensor any_function(const Tensor& x, const Config&) { return x; }

// What differs between two configs, in words; empty when nothing does.
std::string difference(const Config& got, const Config& want) {
  std::string out;
  for (const auto& [key, value] : want.as_dict()) {
    const auto* found = got.find(key);
    if (!found) {
      out += "\n    lacks " + key + " = " + value.dump();
    } else if (!found->equivalent(value)) {
      out += "\n    " + key + " = " + found->dump() + ", not " + value.dump();
    }
  }
  for (const auto& [key, value] : got.as_dict()) {
    if (!want.has(key)) out += "\n    has " + key + " = " + value.dump() + " too";
  }
  return out;
}

void expect_written(const Producer& producer, const std::string& class_name, const Config& given, const Config& want,
                    const std::string& what) {
  const CustomObjectScope functions({{"it", HB_FUNCTION(any_function)}});
  const auto where = std::string(producer.name) + " " + class_name + what;
  try {
    const auto wrong = difference(written(producer, class_name, given), want);
    if (!wrong.empty()) ADD_FAILURE() << where << ":" << wrong;
  } catch (const Error& error) {
    ADD_FAILURE() << where << ": " << error.what();
  }
}

}  // namespace

TEST(LayerArguments, EveryClassOfEachKerasIsHere) {
  for (const auto& producer : kKerases) {
    const auto recorded = recorded_by(producer);
    for (const auto& [name, entry] : recorded.at("classes").as_dict()) {
      for (const auto& exported : entry.at("exported").as_list()) {
        const auto path = exported.as_string();
        const auto word = path.substr(path.rfind('.') + 1);
        if (!find_layer_class(word) && !is_named_in_limits(name)) {
          ADD_FAILURE() << producer.name << " exports " << path << ", which is not here";
        }
      }
    }
  }
}

// A config of nothing but what the class cannot be made without comes back with each default that Keras has.
TEST(LayerArguments, DefaultsAreKerass) {
  for (const auto& producer : kKerases) {
    const auto recorded = recorded_by(producer);
    for (const auto& [name, entry] : recorded.at("classes").as_dict()) {
      if (!entry.has("config") || is_named_in_limits(name)) continue;
      const auto& whole = entry.at("config");
      // What all layers have tells layers from Keras 3's operations.
      auto needed = Config::dict();
      // A Lambda's function is told in three keys.
      for (const auto* key :
           {"name", "trainable", "dtype", "batch_input_shape", "batch_shape", "function_type", "module"}) {
        if (const auto* value = whole.find(key)) needed.set(key, *value);
      }
      for (const auto& given : entry.at("given").as_list()) {
        if (const auto* value = whole.find(given.as_string())) needed.set(given.as_string(), *value);
      }
      expect_written(producer, name, needed, whole, " by its defaults");
      expect_written(producer, name, whole, whole, "");
    }
  }
}

TEST(LayerArguments, EachArgumentIsTakenAndSaidAgain) {
  std::size_t said = 0;
  for (const auto& producer : kKerases) {
    const auto recorded = recorded_by(producer);
    for (const auto& [name, entry] : recorded.at("classes").as_dict()) {
      if (!entry.has("config") || is_named_in_limits(name)) continue;
      for (const auto& [argument, changes] : entry.at("others").as_dict()) {
        if (is_named_in_limits(name + "." + argument)) continue;
        auto config = entry.at("config");
        for (const auto& [key, value] : changes.as_dict()) config.set(key, value);
        expect_written(producer, name, config, config, " with another " + argument);
        ++said;
      }
    }
  }
  EXPECT_GT(said, 1500U);
}

// Of these no file tells: each must be named, or be found in the configs.
TEST(LayerArguments, WhatKerasForgetsOrRefusesIsNamed) {
  for (const auto& producer : kKerases) {
    const auto recorded = recorded_by(producer);
    for (const auto& [name, entry] : recorded.at("classes").as_dict()) {
      if (!entry.has("config") || is_named_in_limits(name)) continue;
      for (const auto& argument : entry.at("forgotten").as_list()) {
        EXPECT_TRUE(is_named_in_limits(name + "." + argument.as_string())) << producer.name << " " << name;
      }
      for (const auto& [argument, words] : entry.at("refused").as_dict()) {
        EXPECT_TRUE(is_named_in_limits(name + "." + argument)) << producer.name << " " << name << ": " << words.dump();
      }
    }
  }
}
