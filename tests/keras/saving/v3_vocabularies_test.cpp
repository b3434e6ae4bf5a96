// Vocabularies in .keras archives: texts of a word a line.
#include <gmock/gmock.h>

#include <cstring>
#include <map>

#include "base/zip_reader.h"
#include "base/zip_writer.h"
#include "hornbeam/hornbeam.hpp"
#include "keras/recorded.h"
#include "support/error_of.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace hornbeam {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::error_of;
using testing_support::expect_close;
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

std::string vocabulary_of(const Model& model) {
  return static_cast<const IndexLookupLayer&>(*model.layers().back()).get_vocabulary().dump();
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
  std::string words_of(const std::string& text) const { return vocabulary_of(*models::load_model(with_text(text))); }
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

// As in Keras: none at all, and the model comes without; one of them, and it does not come.
TEST_P(V3Vocabularies, ThatAreMissingAreTold) {
  const auto path = with_text("a\nb");
  auto members = members_of(path);
  members.erase(kVocabulary);
  write_members(path, members);
  LoadReport report;
  const auto model = models::load_model(path, {.report = &report});
  EXPECT_THAT(report.missing, ElementsAre(kVocabulary));
  LoadReport of_weights;
  const auto other = of_words(GetParam());
  other->load_weights(path, {.report = &of_weights});
  EXPECT_THAT(of_weights.missing, ElementsAre(kVocabulary));
  EXPECT_EQ(vocabulary_of(*other), R"(["[UNK]", "b", "a"])");
  members.emplace("assets/layers/other/vocabulary.txt", "x");
  members.emplace("note.txt", "x");
  write_members(path, members);
  EXPECT_THAT(error_of([&] { models::load_model(path); }),
              HasSubstr("expected a vocabulary, 'assets/layers/string_lookup/vocabulary.txt'"));
  of_words(GetParam())->load_weights(path, {.report = &of_weights});
  EXPECT_THAT(of_weights.unused, ElementsAre("assets/layers/other/vocabulary.txt", "note.txt"));
}

INSTANTIATE_TEST_SUITE_P(Targets, V3Vocabularies, testing::Values("tf2.15", "keras3"),
                         [](const auto& test) { return test.param == std::string("keras3") ? "keras3" : "tf215"; });

// Keras 2 takes a subclass's attributes from the last to the first, Keras 3 the other way: a layer of two names lies
// elsewhere there, and its vocabulary with it.
class TwoNames : public Model {
 public:
  Values call(const Values& inputs, CallContext&) override {
    return dense_(Values(ops::cast(words_(inputs).tensor(), DType::float32)));
  }
  std::string vocabulary() const { return words_->get_vocabulary().dump(); }
  void set_vocabulary(const std::string& word) { words_->set_vocabulary(Config(std::vector<std::string>{word})); }

 private:
  const Dense dense_ = track("a_dense", Dense(2)), dense_again_ = track("z_dense", dense_);
  const StringLookup words_ = track("a_words", StringLookup()), words_again_ = track("z_words", words_);
};

TEST(V3VocabularyPaths, AreOfTheLayoutThatFits) {
  const TempDir dir;
  const auto input = Tensor::from<std::string>({1, 1}, {"a"});
  for (const std::string writer : {"tf2.15", "keras3"}) {
    const auto made = [&](const std::string& target) {
      auto model = make<TwoNames>();
      model->set_target(target);
      model->set_vocabulary("old");
      (*model)(input);
      return model;
    };
    const auto saved = made(writer);
    const auto weights = dir.file("w.weights.h5"), path = dir.file("m.keras");
    saved->save_weights(weights);
    const std::string member = writer == "keras3" ? "assets/a_words/vocabulary.txt" : "assets/z_words/vocabulary.txt";
    write_members(
        path,
        {{"config.json", "{}"}, {"model.weights.h5", testing_support::read_file(weights)}, {member, "[UNK]\nb\na"}});
    for (const std::string reader : {"tf2.15", "keras3"}) {
      const auto model = made(reader);
      LoadReport report;
      model->load_weights(path, {.report = &report});
      EXPECT_EQ(model->vocabulary(), R"(["[UNK]", "b", "a"])") << writer << " " << reader;
      EXPECT_TRUE(report.missing.empty() && report.unused.empty()) << report.to_string();
      EXPECT_THAT(report.matched, Contains(member));
    }
  }
}

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

// Of a lookup that stands in two models within a model: Keras, which reads each place as a layer of its own, wants it
// in each (tests/reverse/open_shared.py). In b another of its class comes after it.
class SharedLookups : public testing::TestWithParam<const char*> {
 protected:
  static std::string recorded() { return test_data("keras") + "/keras_v3/shared-lookup-" + GetParam() + ".keras"; }
  static void expect_loaded(const Model& model, const LoadReport& report) {
    EXPECT_TRUE(report.unused.empty() && report.notes.size() == 1) << report.to_string();  // it was not compiled
    const auto within = [&](const char* inner, const char* name) {
      return std::dynamic_pointer_cast<Model>(model.get_layer(inner).ptr())->get_layer(name).ptr();
    };
    EXPECT_EQ(within("a", "shared"), within("b", "shared"));
    const auto& shared = dynamic_cast<const IndexLookupLayer&>(*within("a", "shared"));
    const auto& other = dynamic_cast<const IndexLookupLayer&>(*within("b", "other"));
    EXPECT_EQ(shared.get_vocabulary().dump(), "[-1, 3, 4, 1]");
    EXPECT_EQ(other.get_vocabulary().dump(), "[-1, -1, 1, 7, 5]");
    EXPECT_EQ(shared.idf_weights().shape(), Shape({4}));
  }
};

TEST_P(SharedLookups, HaveTheirVocabulariesInEachPlace) {
  const TempDir dir;
  const auto path = dir.file("m.keras"), edited = dir.file("edited.keras");
  LoadReport report;
  const auto model = models::load_model(recorded(), {.report = &report});
  expect_loaded(*model, report);
  const auto x = Tensor::from<std::int64_t>({2, 2}, {3, 1, 7, 4});
  const auto wanted = model->predict(x).flatten();
  for (const auto* target : {"tf2.15", "keras3"}) {
    model->save(path, {.target = target});
    auto members = members_of(path);
    const std::string member = "assets/layers/functional_1/layers/integer_lookup/vocabulary.txt";
    ASSERT_TRUE(members.contains(member)) << target;
    EXPECT_EQ(members.at(member), "-1\n3\n4\n1") << target;
    LoadReport loaded;
    const auto again = models::load_model(path, {.report = &loaded});
    expect_loaded(*again, loaded);
    const auto found = again->predict(x).flatten();
    for (std::size_t i = 0; i < wanted.size(); ++i) expect_close(found[i], wanted[i], 0, 0, target);
    members.at(member) = "-1\n3\n4\n9";
    write_members(edited, members);
    LoadReport told;
    models::load_model(edited, {.report = &told});
    EXPECT_THAT(told.unused, ElementsAre(member));
    EXPECT_THAT(told.notes, Contains(HasSubstr("layer 'shared' stands in several models")));
  }
}

INSTANTIATE_TEST_SUITE_P(Producers, SharedLookups, testing::Values("tf-2.15.1", "keras-3.15.1"),
                         [](const auto& test) { return test.param[0] == 'k' ? "keras3" : "tf215"; });

// SavedModels have them in tables alone; archives of such a model must not take them for learned ones, whose weights of
// "tf_idf" the config has not.
class GivenVocabularies : public testing::Test {
 protected:
  // Through a SavedModel of tf.keras 2.15 into files of either Keras.
  template <class Words>
  void come_back(const Words& words, const Config& vocabulary) {
    const auto x = Input({1}, {.dtype = "string"});
    const Functional model(x, words(x));
    const auto given = Tensor::from<std::string>({3, 1}, {"b", "?", "a"});
    const auto wanted = model->predict(given).tensor();
    model->save(dir_.file("saved"), {.save_format = "tf", .target = "tf2.15"});
    const auto loaded = models::load_model(dir_.file("saved"));
    for (const auto* target : {"keras3", "tf2.15"}) {
      for (const auto* name : {"m.keras", "m.h5"}) {
        loaded->save(dir_.file(name), {.target = target});
        const auto again = models::load_model(dir_.file(name));
        EXPECT_EQ(again->get_layer("words")->get_config().at("vocabulary"), vocabulary) << name << target;
        const auto found = again->predict(given).tensor();
        EXPECT_TRUE(std::memcmp(found.raw(), wanted.raw(), wanted.bytes()) == 0) << name << target;
      }
    }
  }
  void SetUp() override { backend::clear_session(); }
  TempDir dir_;
};

TEST_F(GivenVocabularies, ComeBackToTheConfig) {
  const Config words = Config::List{"a", "b"};
  come_back(StringLookup({.vocabulary = words,
                          .idf_weights = std::vector<double>{0.5, 0.25},
                          .output_mode = "tf_idf",
                          .name = "words"}),
            words);
}

TEST_F(GivenVocabularies, ComeBackWithTheirSpecialTokens) {
  const Config words = Config::List{"[UNK]", "a", "b"};
  come_back(StringLookup({.vocabulary = words,
                          .idf_weights = std::vector<double>{0.125, 0.5, 0.25},
                          .output_mode = "tf_idf",
                          .name = "words"}),
            words);
}

TEST_F(GivenVocabularies, OfTextsComeBack) {
  const Config words = Config::List{"a", "b"};
  come_back(TextVectorization({.output_sequence_length = 2, .vocabulary = words, .name = "words"}), words);
}

}  // namespace
}  // namespace hornbeam
