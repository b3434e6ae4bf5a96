// Vocabularies in .keras archives: texts of a word a line.
#include <gmock/gmock.h>

#include <functional>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "hornbeam/hornbeam.hpp"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::error_of;
using testing_support::TempDir;

using Members = std::map<std::string, std::string>;

Members members_of(const std::string& path) {
  Members members;
  const base::ZipReader zip(base::MappedFile::open(path));
  for (const auto& member : zip.members()) {
    const auto bytes = zip.read(member.name);
    members.emplace(member.name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  return members;
}

void write_members(const std::string& path, const Members& members) {
  base::ZipWriter zip(path);
  for (const auto& [name, text] : members) zip.add(name, text);
  zip.finish();
}

ModelRef of_words(const std::string& target) {
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "string"});
  const StringLookup words({.name = "words"});
  const auto learned = Tensor::from<std::string>({2, 1}, {"b", "a"});
  static_cast<IndexLookupLayer&>(*words).adapt(learned);
  const auto model = Functional(x, words(x));
  model->set_target(target);
  return model;
}

constexpr const char* kVocabulary = "assets/layers/string_lookup/vocabulary.txt";

class V3Vocabularies : public testing::TestWithParam<const char*> {
 protected:
  // An archive with this text for a vocabulary.
  std::string with_text(const std::string& text) const {
    const auto path = dir_.file("words.keras");
    of_words(GetParam())->save(path);
    auto members = members_of(path);
    members.at(kVocabulary) = text;
    write_members(path, members);
    return path;
  }
  std::string words_of(const std::string& text) const {
    const auto model = models::load_model(with_text(text));
    return static_cast<const IndexLookupLayer&>(*model->layers().back()).get_vocabulary().dump();
  }
  std::string refusal_of(const std::string& text) const {
    return error_of([&] { models::load_model(with_text(text)); });
  }
  const TempDir dir_;
};

TEST_P(V3Vocabularies, TakeWordsWithAndWithoutSpecialOnes) {
  EXPECT_EQ(words_of("[UNK]\na\nb"), R"(["[UNK]", "a", "b"])");
  EXPECT_EQ(words_of("a\nb"), R"(["[UNK]", "a", "b"])");
  // Written on Windows: texts are read as Python reads them.
  EXPECT_EQ(words_of("[UNK]\r\na\r\nb"), R"(["[UNK]", "a", "b"])");
}

// A small archive can hold a hundred million empty lines.
TEST_P(V3Vocabularies, ThatRepeatWordsAreRefused) {
  EXPECT_THAT(refusal_of("a\nb\na"),
              AllOf(HasSubstr("The passed vocabulary has at least one repeated term."), HasSubstr("'a'")));
  EXPECT_THAT(refusal_of(std::string(1 << 20, '\n') + "a"), HasSubstr("at least one repeated term"));
  EXPECT_THAT(refusal_of("a\n\xFF"), HasSubstr("expected a text in UTF-8"));
}

INSTANTIATE_TEST_SUITE_P(Targets, V3Vocabularies, testing::Values("tf2.15", "keras3"),
                         [](const auto& test) { return test.param == std::string("keras3") ? "keras3" : "tf215"; });

TEST(V3VocabularyRules, AreThoseOfSetVocabulary) {
  const TempDir dir;
  backend::clear_session();
  const auto x = Input({1}, {.dtype = "int64"});
  const IntegerLookup numbers({.max_tokens = 4, .mask_token = 0, .name = "numbers"});
  static_cast<IndexLookupLayer&>(*numbers).adapt(Tensor::from<std::int64_t>({2, 1}, {7, 8}));
  const auto path = dir.file("numbers.keras");
  Functional(x, numbers(x))->save(path, {.target = "keras3"});
  const auto refusal_of = [&](const std::string& text) {
    auto members = members_of(path);
    members.at("assets/layers/integer_lookup/vocabulary.txt") = text;
    write_members(dir.file("edited.keras"), members);
    return error_of([&] { models::load_model(dir.file("edited.keras")); });
  };
  EXPECT_EQ(refusal_of("0\n-1\n5\n6"), "no error");
  EXPECT_THAT(refusal_of("0\n-1\n5\n05"), HasSubstr("at least one repeated term"));
  EXPECT_THAT(refusal_of("0\n-1\n5\n0"), HasSubstr("Found reserved mask token at unexpected location"));
  EXPECT_THAT(refusal_of("0\n-1\n5\n6\n7"), HasSubstr("Passed vocab size is 5, max vocab size is 4."));
  EXPECT_THAT(refusal_of("\n\n"), HasSubstr("Cannot set an empty vocabulary."));
  EXPECT_THAT(refusal_of("0\n-1\nx"), HasSubstr("expected integers, one a line, found 'x'"));
}

}  // namespace
}  // namespace hornbeam
