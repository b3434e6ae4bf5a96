#include "formats/keras_v3/archive.h"

#include <gmock/gmock.h>

#include "base/zip_writer.h"
#include "formats/keras_v3/archive_writer.h"
#include "hornbeam/errors.hpp"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/test_data.h"

namespace hornbeam::formats::keras_v3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::TempDir;

std::string archive_of_keras() { return testing_support::read_file(test_data("") + "/archive/model.keras"); }

struct Named {
  std::string name, text;
};

std::string written(const TempDir& dir, const std::vector<Named>& members) {
  const auto path = dir.file("m.keras");
  base::ZipWriter zip(path);
  for (const auto& [name, text] : members) zip.add(name, text);
  zip.finish();
  return path;
}

std::string error_of(const std::string& path) {
  try {
    const Archive archive(base::MappedFile::open(path));
    archive.metadata();
    archive.config();
    archive.weights();
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(KerasV3Archive, ReadsWhatKeras3Wrote) {
  const auto bytes = archive_of_keras();
  const Archive archive(base::MappedFile::borrow(std::as_bytes(std::span(bytes)), "m.keras"));
  EXPECT_THAT(archive.metadata(), HasSubstr("\"keras_version\": \"3."));
  EXPECT_THAT(archive.config(), HasSubstr("\"class_name\": \"Sequential\""));
  EXPECT_TRUE(archive.assets().empty());
  EXPECT_TRUE(archive.others().empty());
  const auto weights = archive.weights();
  EXPECT_EQ(weights->root().dataset("layers/dense/vars/0").shape(), (std::vector<std::int64_t>{2, 3}));
}

TEST(KerasV3Archive, TellsAssetsFromOtherMembers) {
  const TempDir dir;
  const auto path =
      written(dir, {{"note.txt", "x"}, {"config.json", "{}"}, {"assets/layers/l/vocabulary.txt", "a\nb"}});
  const Archive archive(base::MappedFile::open(path));
  EXPECT_THAT(archive.assets(), ElementsAre("assets/layers/l/vocabulary.txt"));
  EXPECT_EQ(archive.asset("assets/layers/l/vocabulary.txt"), "a\nb");
  EXPECT_THAT(archive.others(), ElementsAre("note.txt"));
  EXPECT_FALSE(archive.has_metadata());
}

TEST(KerasV3Archive, RefusesWhatKerasDoesNotWrite) {
  const TempDir dir;
  EXPECT_THAT(error_of(written(dir, {{"metadata.json", "{}"}})),
              HasSubstr("expected a member config.json, found none"));
  EXPECT_THAT(error_of(written(dir, {{"config.json", "{}"}, {"metadata.json", "{}"}})),
              HasSubstr("expected a member model.weights.h5, found none"));
  EXPECT_THAT(error_of(written(dir, {{"config.json", "{}"}, {"metadata.json", "{}"}, {"model.weights.npz", ""}})),
              HasSubstr("found model.weights.npz"));
  EXPECT_THAT(error_of(written(dir, {{"config.json", "{}"}, {"metadata.json", "{}"}, {"model.weights.h5", "PK"}})),
              HasSubstr("member 'model.weights.h5'): expected an HDF5 file"));
  for (const std::string name : {"/etc/x", "../x", "a/../x", "a\\x", "a/.."}) {
    EXPECT_THAT(error_of(written(dir, {{"config.json", "{}"}, {name, ""}})),
                HasSubstr("member '" + name + "'): expected a name below the archive's folder"));
  }
}

// Deflated, a hundred million line ends are a small file.
TEST(KerasV3Archive, RefusesTextsBeyondWhatKerasWrites) {
  const TempDir dir;
  const std::string long_text((std::size_t{64} << 20) + 1, '\n');
  const Archive archive(base::MappedFile::open(written(dir, {{"config.json", "{}"}, {"assets/words.txt", long_text}})));
  try {
    archive.asset("assets/words.txt");
    ADD_FAILURE() << "was read";
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), HasSubstr("member 'assets/words.txt'): expected a size of at most 67108864 bytes"));
  }
  // What would not be read is not written.
  const auto path = dir.file("long.keras");
  EXPECT_THROW(write_archive(path, base::IfExists::replace,
                             {"{}", "{}", [](hdf5::Writer&) {}, {{"assets/words.txt", long_text}}}),
               ValueError);
}

std::string contents(const std::string& bytes) {
  const Archive archive(base::MappedFile::borrow(std::as_bytes(std::span(bytes)), "m.keras"));
  const auto weights = archive.weights();
  const auto held = weights->mapping()->bytes();
  return archive.metadata() + archive.config() + std::string(reinterpret_cast<const char*>(held.data()), held.size());
}

// Whatever bit is another, the archive is refused, or what it holds is the same (a date is another).
TEST(KerasV3Archive, FindsFlippedBits) {
  const auto good = archive_of_keras();
  const auto expected = contents(good);
  int refused = 0, tried = 0;
  for (std::size_t at = 0; at < good.size(); at += 37, ++tried) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 4);
    try {
      EXPECT_EQ(contents(bad), expected) << "byte " << at;
    } catch (const FormatError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, tried * 9 / 10);
}

}  // namespace
}  // namespace hornbeam::formats::keras_v3
