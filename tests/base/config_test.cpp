#include "hornbeam/config.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/float_repr.h"
#include "base/utf8.h"
#include "hornbeam/errors.hpp"
#include "support/test_data.h"

namespace hornbeam {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream in(test_data("base") + "/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string error_of(const std::string& json) {
  try {
    Config::parse(json, "model.json");
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Config, ReadsAndWritesAsPythonDoes) {
  const auto lines = lines_of("json_cases.txt");
  ASSERT_EQ(lines.size() % 3, 0u);
  ASSERT_GT(lines.size(), 100u);
  for (std::size_t i = 0; i < lines.size(); i += 3) {
    const auto config = Config::parse(lines[i]);
    EXPECT_EQ(config.dump(), lines[i + 1]) << lines[i];
    if (lines[i + 2] == "-") continue;
    // The file keeps Python's repr of the indented text; of these strings it escapes newlines and backslashes alone.
    std::string indented;
    for (const char c : config.dump(2)) indented += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
    EXPECT_EQ(indented, lines[i + 2]) << lines[i];
  }
}

TEST(Config, RefusesWhatPythonRefuses) {
  const auto lines = lines_of("json_refused.txt");
  ASSERT_GT(lines.size(), 40u);
  for (const auto& line : lines) EXPECT_THROW(Config::parse(line), FormatError) << line;
}

TEST(Config, WritesFloatsAsPythonDoes) {
  const auto lines = lines_of("float_repr.txt");
  ASSERT_GT(lines.size(), 500u);
  for (const auto& line : lines) {
    const auto value = std::bit_cast<double>(static_cast<std::uint64_t>(std::stoull(line.substr(0, 16), nullptr, 16)));
    EXPECT_EQ(base::float_repr(value), line.substr(17));
    EXPECT_EQ(Config::parse(line.substr(17)), Config(value));
  }
}

TEST(Config, SaysWhereAndWhy) {
  EXPECT_EQ(error_of("{\"a\":\n 1,,}"), "model.json (line 2 column 4): expected a key in double quotes, found ','");
  EXPECT_THAT(error_of("[1"), HasSubstr("expected ',' or ']', found the end of the text"));
  EXPECT_THAT(error_of("{\"a\": 1, \"b\": 2, \"a\": 3}"), HasSubstr("key 'a' again"));
  EXPECT_THAT(error_of("9223372036854775808"), HasSubstr("expected an integer of 64 bits, found 9223372036854775808"));
  EXPECT_THAT(error_of("-9223372036854775809"), HasSubstr("an integer of 64 bits"));
  EXPECT_THAT(error_of("\"\\ud800\""), HasSubstr("a pair of surrogates"));
  EXPECT_THAT(error_of("\"\\ud800\\u0041\""), HasSubstr("second half"));
  EXPECT_THAT(error_of("\"\\udc00\""), HasSubstr("a pair of surrogates"));
  EXPECT_THAT(error_of("\"\xff\""), HasSubstr("expected UTF-8, found byte 255"));
  EXPECT_THAT(error_of("\"\xc0\x80\""), HasSubstr("UTF-8"));      // overlong
  EXPECT_THAT(error_of("\"\xed\xa0\x80\""), HasSubstr("UTF-8"));  // a surrogate
  EXPECT_THAT(error_of("\"\xe4\xb8"), HasSubstr("UTF-8"));        // cut short
  EXPECT_EQ(error_of(nested(512)), "accepted");
  EXPECT_THAT(error_of(nested(513)), HasSubstr("512 nested"));
  EXPECT_THAT(error_of(std::string(1000000, '[')), HasSubstr("512 nested"));
}

TEST(Config, IsBuiltFromBraces) {
  const Config config = {{"units", 64},
                         {"activation", "relu"},
                         {"rate", 0.5},
                         {"shape", Config::List{nullptr, 784}},
                         {"inner", {{"a", true}}},
                         {"names", std::vector<std::string>{"x", "y"}},
                         {"flags", std::vector<bool>{true, false}}};
  EXPECT_EQ(config.dump(),
            R"({"units": 64, "activation": "relu", "rate": 0.5, "shape": [null, 784], "inner": {"a": true}, )"
            R"("names": ["x", "y"], "flags": [true, false]})");
  EXPECT_EQ(Config(config).dump(), config.dump());
  const auto one = [](Config c) { return c; };
  EXPECT_EQ(one({{"a", "b"}}).dump(), R"({"a": "b"})");
  EXPECT_EQ(one({{"a", "b"}, {"c", "d"}}).dump(), R"({"a": "b", "c": "d"})");
  EXPECT_EQ(Config::list().dump(), "[]");
  EXPECT_EQ(Config::dict().dump(), "{}");
  static_assert(!std::is_constructible_v<Config, int*>);
}

TEST(Config, GivesTypedAccess) {
  Config config = {{"i", 3}, {"f", 2.0}, {"h", 2.5}, {"s", "x"}, {"l", Config::List{1, 2}}, {"n", nullptr}};
  EXPECT_EQ(config.at("i").as_int(), 3);
  EXPECT_EQ(config.at("i").as_double(), 3.0);
  EXPECT_EQ(config.at("f").as_int(), 2);
  EXPECT_THROW(config.at("h").as_int(), TypeError);
  EXPECT_THROW(Config(0x1p63).as_int(), TypeError);
  EXPECT_THROW(Config(std::numeric_limits<double>::quiet_NaN()).as_int(), TypeError);
  EXPECT_TRUE(Config(1).as_bool());
  EXPECT_THROW(Config(2).as_bool(), TypeError);
  EXPECT_THAT(config.at("l").as_ints(), ElementsAre(1, 2));
  EXPECT_THAT(config.at("i").as_ints(), ElementsAre(3));
  EXPECT_EQ(config.at("l").at(1).as_int(), 2);
  EXPECT_THROW(config.at("l").at(2), IndexError);
  EXPECT_THROW(config.at("missing"), KeyError);
  EXPECT_THROW(config.at("i").at("x"), TypeError);
  EXPECT_EQ(config.get_string("s", "y"), "x");
  EXPECT_EQ(config.get_string("n", "y"), "y");
  try {
    config.at("s").as_int();
    FAIL();
  } catch (const TypeError& e) {
    EXPECT_STREQ(e.what(), "expected int, found str");
  }
  config.set("i", 4);
  config.set("new", "z");
  config.erase("l");
  EXPECT_EQ(config.dump(), R"({"i": 4, "f": 2.0, "h": 2.5, "s": "x", "n": null, "new": "z"})");
  Config grown;
  grown.push_back(1);
  EXPECT_EQ(grown.dump(), "[1]");
  EXPECT_THROW(grown.set("a", 1), TypeError);
}

TEST(Config, Compares) {
  const auto a = Config::parse(R"({"x": 1, "y": [1.0, {"p": null, "q": "s"}]})");
  const auto b = Config::parse(R"({"y": [1, {"q": "s", "p": null}], "x": 1.0})");
  EXPECT_NE(a, b);
  EXPECT_TRUE(a.equivalent(b));
  EXPECT_FALSE(a.equivalent(Config::parse(R"({"x": 1})")));
  EXPECT_FALSE(Config(1).equivalent(Config(1.5)));
  EXPECT_FALSE(Config((std::int64_t{1} << 53) + 1).equivalent(Config(0x1p53)));
  EXPECT_FALSE(Config(1).equivalent(Config(true)));
  EXPECT_EQ(a, Config::parse(a.dump()));
}

TEST(Config, RefusesToWriteWhatIsNotUtf8) { EXPECT_THROW(Config("a\xff").dump(), ValueError); }

TEST(Utf8, IsStrict) {
  EXPECT_TRUE(base::is_utf8("a\xc3\xa9\xf0\x9f\x98\x80"));
  EXPECT_FALSE(base::is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(base::is_utf8("\xed\xa0\x80"));
  std::string out;
  base::append_utf8(out, 0x1F600);
  EXPECT_EQ(out, "\xf0\x9f\x98\x80");
  EXPECT_THROW(base::append_utf8(out, 0xD800), ValueError);
}

}  // namespace
}  // namespace hornbeam
