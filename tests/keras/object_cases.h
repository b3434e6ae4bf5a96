// What initializers, regularizers and constraints are all checked for against the recorded configs.
#pragma once

#include "keras/recorded.h"
#include "keras/serialization/load_notes.h"
#include "support/test_data.h"

namespace hornbeam::testing_support {

// Every recorded object reads from both object forms and says the same config again; every recorded spelling finds its
// class. `renamed`: classes that 2.2.3's spelling names otherwise ("l1" is an L1L2 there).
template <class HandleType>
void check_recorded_objects(const std::string& family, const std::map<std::string, std::string>& renamed = {}) {
  for (const auto* producer : kProducers) {
    const Recorded recorded("configs", producer);
    for (const auto& [name, entry] : recorded.json.at(family).as_dict()) {
      const auto what = recorded.producer + " " + name;
      SCOPED_TRACE(what);
      const auto& form = entry.at("serialized");
      const auto object = HandleType::from_config(form);
      EXPECT_EQ(object->class_name(), entry.at("class_name").as_string());
      expect_says(object->get_config(), entry.at("other_config"), what);
      if (recorded.producer == "tf-2.15.1") {
        EXPECT_EQ(object.to_config().dump(),
                  Config({{"class_name", entry.at("class_name")}, {"config", entry.at("other_config")}}).dump());
      }
      const auto legacy = HandleType::from_config(
          Config{{"class_name", entry.at("class_name")}, {"config", entry.at("default_config")}});
      expect_says(legacy->get_config(), entry.at("default_config"), what);
    }
    for (const auto& [word, entry] : recorded.json.at(family + "_by_name").as_dict()) {
      if (entry.has("error") || entry.at("class_name") == Config("str")) continue;
      const auto what = recorded.producer + " '" + word + "'";
      SCOPED_TRACE(what);
      const HandleType object(word);
      const auto class_name = entry.at("class_name").as_string();
      if (recorded.producer == "tf-2.2.3" && object->class_name() != class_name) {
        const auto it = renamed.find(word);
        ASSERT_TRUE(it != renamed.end()) << what << " is " << object->class_name();
        EXPECT_EQ(object->class_name(), it->second);
        continue;
      }
      EXPECT_EQ(object->class_name(), class_name);
      if (recorded.producer == "tf-2.15.1") {
        EXPECT_EQ(object->get_config().dump(), entry.at("config").dump()) << what;
      }
    }
  }
}

// The rows of `values` of one kind, of all producers: f(row, object).
template <class HandleType, class F>
int for_each_value(const std::string& kind, F&& f) {
  int count = 0;
  for (const auto* producer : kProducers) {
    const Recorded recorded("configs", producer);
    for (const auto& row : recorded.json.at("values").as_list()) {
      if (!row.at("kind").as_string().starts_with(kind)) continue;
      f(recorded, row);
      ++count;
    }
  }
  return count;
}

template <class HandleType>
HandleType object_of(const Config& row) {
  return HandleType::from_config(Config{{"class_name", row.at("class_name")}, {"config", row.at("arguments")}});
}

// The named call of errors.json fails with 2.2.3's words first.
template <class F>
void expect_recorded_error(const std::string& name, F&& call) {
  static const auto errors = Config::parse(read_file(test_data("keras") + "/errors.json"));
  const auto& want = errors.at(name).at("tf-2.2.3");
  try {
    call();
    FAIL() << name << ": nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), want.at("error").as_string()) << name;
    EXPECT_TRUE(std::string(error.what()).starts_with(want.at("message").as_string()))
        << name << ": " << error.what() << "\ninstead of " << want.at("message").as_string();
  }
}

}  // namespace hornbeam::testing_support
