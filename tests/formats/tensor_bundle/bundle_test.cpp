#include "formats/tensor_bundle/bundle.h"

#include <gmock/gmock.h>

#include "formats/tensor_bundle/test_bundles.h"
#include "hornbeam/config.hpp"
#include "support/sanitized.h"
#include "support/temp_dir.h"

namespace hornbeam::formats::tensor_bundle::testing {
namespace {

using ::testing::HasSubstr;
using testing_support::TempDir;
using testing_support::write_file;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

// As the recorder writes values down.
Config plain(const Tensor& value) {
  if (value.dtype() != DType::string) return hex({reinterpret_cast<const char*>(value.raw()), value.bytes()});
  Config list = Config::list();
  for (const auto& one : value.data<std::string>()) list.push_back(hex(one));
  return list;
}

Config expected() { return Config::parse(read_file(test_data("formats") + "/bundles/expected.json"), "expected.json"); }

TEST(Bundle, ReadsWhatTensorFlowReads) {
  int read = 0;
  const auto all = expected();
  for (const auto& [name, tensors] : all.as_dict()) {
    const auto bundle = Bundle::open(recorded(name));
    EXPECT_EQ(bundle->names().size(), tensors.size()) << name;
    for (const auto& [key, want] : tensors.as_dict()) {
      SCOPED_TRACE(name + " " + key);
      EXPECT_TRUE(bundle->has(key));
      EXPECT_EQ(bundle->entry(key).type_name(), want.at(std::size_t{0}).as_string());
      EXPECT_EQ(bundle->entry(key).shape, Shape(want.at(1).as_ints()));
      if (want.at(2).is_null()) continue;
      const auto value = bundle->read(key);
      EXPECT_EQ(value.dtype(), bundle->entry(key).dtype());
      EXPECT_EQ(value.shape(), bundle->entry(key).shape);
      EXPECT_EQ(plain(value), want.at(2));
      EXPECT_EQ(plain(bundle->map(key)), want.at(2));
      EXPECT_EQ(plain(Bundle::open(recorded(name))->map(key, Check::later)), want.at(2));
      ++read;
    }
    bundle->verify_all();
  }
  EXPECT_EQ(read, 61);
}

TEST(Bundle, MapsWhatIsAligned) {
  const auto bundle = Bundle::open(recorded("model-2.15.1"));
  int mapped = 0;
  for (const auto& name : bundle->names()) {
    const auto once = bundle->map(name), again = bundle->map(name, Check::later);
    mapped += once.raw() == again.raw();
    EXPECT_NE(bundle->read(name).raw(), once.raw());
  }
  EXPECT_GT(mapped, 10);
  const auto types = Bundle::open(recorded("types"));
  for (const auto& name : types->names()) {
    const auto value = types->map(name);
    if (value.dtype() == DType::string || value.bytes() == 0) continue;
    const auto alignment = value.dtype() == DType::complex128  ? 8
                           : value.dtype() == DType::complex64 ? 4
                                                               : size_of(value.dtype());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(value.raw()) % alignment, 0u) << name;
  }
  Tensor kept;
  {
    const auto gone = Bundle::open(recorded("model-2.2.3"));
    kept = gone->map("layer_with_weights-0/bias/.ATTRIBUTES/VARIABLE_VALUE");
  }
  EXPECT_EQ(kept.data<float>().size(), 3u);
}

TEST(Bundle, ReadsIntoMemoryOfTheCaller) {
  const auto bundle = Bundle::open(recorded("sliced"));
  std::vector<std::int32_t> grid(24);
  bundle->read("grid", std::as_writable_bytes(std::span(grid)));
  for (int i = 0; i < 24; ++i) EXPECT_EQ(grid[static_cast<std::size_t>(i)], i);
  std::vector<std::byte> wrong(20);
  EXPECT_THROW(bundle->read("grid", wrong), ValueError);
  const auto types = Bundle::open(recorded("types"));
  EXPECT_THROW(types->read("strings", wrong), TypeError);
  EXPECT_EQ(types->read_string("string"), "Käse");
  EXPECT_THROW(types->read_string("strings"), FormatError);
  EXPECT_THROW(types->read_string("scalar"), FormatError);
  EXPECT_THROW(types->read("strings", 100), ValueError);
}

TEST(Bundle, SaysWhatIsNotThere) {
  const auto bundle = Bundle::open(recorded("sliced"));
  EXPECT_FALSE(bundle->has("missing"));
  EXPECT_FALSE(bundle->has(slice_key("grid", bundle->entry("grid").slices[0])));
  try {
    bundle->read("missing");
    FAIL();
  } catch (const KeyError& e) {
    EXPECT_THAT(e.what(), HasSubstr("Key missing not found in checkpoint"));
  }
  EXPECT_THAT(error_of([] { Bundle::open(recorded("quantized"))->read("qint8"); }),
              HasSubstr("a dtype that can be read, found qint8"));
  EXPECT_THROW(Bundle::open(recorded("nothing")), OSError);
}

TEST(Bundle, MissingDataFile) {
  const TempDir dir;
  write_file(dir.file("w.index"), read_file(recorded("merged") + ".index"));
  write_file(dir.file("w.data-00000-of-00002"), read_file(recorded("merged") + ".data-00000-of-00002"));
  try {
    Bundle::open(dir.file("w"));
    FAIL();
  } catch (const OSError& e) {
    EXPECT_THAT(e.what(), HasSubstr("w.data-00001-of-00002"));
  }
}

// Of TensorFlow's own files; varints of string lengths are in no checksum.
TEST(Bundle, EveryFlippedBitOfDataIsRefused) {
  for (const auto& name : {"types", "model-2.2.3"}) {
    const auto index = read_file(recorded(name) + ".index");
    auto data = read_file(recorded(name) + ".data-00000-of-00001");
    EXPECT_NO_THROW(bundle_of(index, data)->verify_all());
    for (std::size_t bit = 0; bit < 8 * data.size(); bit += testing_support::kStep) {
      auto& byte = data[bit / 8];
      const char original = byte;
      byte = static_cast<char>(original ^ (1 << bit % 8));
      const auto bundle = bundle_of(index, data);
      EXPECT_NE(error_of([&] { bundle->verify_all(); }), "accepted") << name << " bit " << bit;
      EXPECT_NE(error_of([&] {
                  for (const auto& key : bundle->names()) bundle->read(key);
                }),
                "accepted")
          << name << " bit " << bit;
      byte = original;
    }
  }
}

TEST(Bundle, EveryTruncationOfDataIsRefused) {
  const auto index = read_file(recorded("types") + ".index"),
             data = read_file(recorded("types") + ".data-00000-of-00001");
  for (std::size_t size = 0; size < data.size(); size += testing_support::kStep) {
    EXPECT_THAT(error_of([&] { bundle_of(index, data.substr(0, size)); }), HasSubstr("out of range")) << size;
  }
}

// A bundle of one tensor whose entry was changed.
std::string error_of_changed(const std::string& name, const std::string& key, const std::function<void(Entry&)>& change,
                             const std::string& data_change = "") {
  auto index = parse_index(as_raw(read_file(recorded(name) + ".index")), name);
  change(index.entries.at(key));
  const auto bytes = serialize(index);
  auto data = read_file(recorded(name) + ".data-00000-of-00001") + data_change;
  return error_of([&] { bundle_of(bytes, data)->read(key); });
}

TEST(Bundle, WrongEntries) {
  const auto change = [](const std::function<void(Entry&)>& f) { return error_of_changed("types", "float32", f); };
  EXPECT_EQ(change([](Entry&) {}), "accepted");
  EXPECT_THAT(change([](Entry& e) { e.offset = INT64_MAX - 3; }), HasSubstr("tensor 'float32'"));
  EXPECT_THAT(change([](Entry& e) { e.offset = INT64_MAX - 3; }), HasSubstr("(out of range)"));
  EXPECT_THAT(change([](Entry& e) { e.checksum ^= 1; }), HasSubstr("checksum (crc32c)"));
  EXPECT_THAT(change([](Entry& e) { e.offset -= 4; }), HasSubstr("bytes that tensor"));
  EXPECT_THAT(change([](Entry& e) { e.type = 21; }), HasSubstr("a dtype that can be read, found variant"));
  EXPECT_THAT(change([](Entry& e) { e.type = 101; }), HasSubstr("found float32_ref"));
  EXPECT_THAT(change([](Entry& e) { e.type = 999; }), HasSubstr("found number 999"));
  EXPECT_THAT(error_of_changed("types", "int8", [](Entry& e) { e.type = static_cast<int>(DType::boolean); }),
              HasSubstr("booleans of 0 and 1"));
}

// A tensor on another's bytes: of the two one can be read, the first by its place and name.
TEST(Bundle, BytesBelongToOneTensor) {
  auto index = parse_index(as_raw(read_file(recorded("types") + ".index")), "types");
  index.entries["zz_again"] = index.entries.at("float32");
  index.entries["zz_inside"] = index.entries.at("float32");
  index.entries["zz_inside"].offset += 1;
  const auto bytes = serialize(index), data = read_file(recorded("types") + ".data-00000-of-00001");
  const auto bundle = bundle_of(bytes, data);
  EXPECT_EQ(plain(bundle->read("float32")), plain(Bundle::open(recorded("types"))->read("float32")));
  for (const std::string name : {"zz_again", "zz_inside"}) {
    EXPECT_THAT(error_of([&] { bundle->read(name); }), HasSubstr("found bytes that tensor 'float32' has too"));
    EXPECT_THAT(error_of([&] { bundle->map(name); }), HasSubstr("has too"));
  }
  EXPECT_THAT(error_of([&] { bundle->verify_all(); }), HasSubstr("has too"));
}

// The stored form of a tensor of strings, taken for what is at the end of the data.
std::string error_of_strings(std::int64_t count, const std::string& stored, bool right_sum = false) {
  return error_of_changed(
      "types", "strings",
      [&](Entry& e) {
        e.shape = Shape{count};
        e.offset = static_cast<std::int64_t>(read_file(recorded("types") + ".data-00000-of-00001").size());
        e.size = static_cast<std::int64_t>(stored.size());
        if (right_sum) e.checksum = masked(0);
      },
      stored);
}

TEST(Bundle, WrongStrings) {
  const std::string sum(4, 'x');
  EXPECT_THAT(error_of_strings(1, std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x10", 9) + sum),
              HasSubstr("string lengths within"));
  EXPECT_THAT(error_of_strings(1, "\x05" + sum + "abcd"), HasSubstr("as the string lengths say (5)"));
  EXPECT_THAT(error_of_strings(1, "\x03" + sum + "abcd"), HasSubstr("as the string lengths say (3)"));
  EXPECT_THAT(error_of_strings(1, std::string(11, '\x80') + sum), HasSubstr("the length of each string, a varint"));
  EXPECT_THAT(error_of_strings(1, std::string("\x84\0", 2) + sum + "abcd"), HasSubstr("the length of each string"));
  EXPECT_THAT(error_of_strings(1, "\x04" + sum + "abcd"), HasSubstr("of the string lengths"));
  std::string right = "\x04";
  append(right, masked_crc32c(as_raw(std::string("\x04\0\0\0", 4))));
  EXPECT_THAT(error_of_strings(1, right + "abcd"), HasSubstr("data of checksum"));
}

TEST(Bundle, WrongSlices) {
  using Change = std::function<void(Index&)>;
  const auto changed = [](const Change& change) {
    auto index = parse_index(as_raw(read_file(recorded("sliced") + ".index")), "sliced");
    change(index);
    const auto bytes = serialize(index), data = read_file(recorded("sliced") + ".data-00000-of-00001");
    return error_of([&] { bundle_of(bytes, data)->read("grid"); });
  };
  const auto part = [](Index& index, std::size_t i) -> Entry& {
    return index.entries.at(slice_key("grid", index.entries.at("grid").slices[i]));
  };
  EXPECT_EQ(changed([](Index&) {}), "accepted");
  EXPECT_THAT(changed([](Index& i) { i.entries.erase(slice_key("grid", i.entries.at("grid").slices[1])); }),
              HasSubstr("missing (not found)"));
  EXPECT_THAT(changed([](Index& i) { i.entries.at("grid").slices.pop_back(); }),
              HasSubstr("cover the shape (4, 6) once"));
  EXPECT_THAT(changed([](Index& i) { i.entries.at("grid").slices.push_back(i.entries.at("grid").slices[0]); }),
              HasSubstr("cover the shape (4, 6) once"));
  EXPECT_THAT(changed([&](Index& i) { part(i, 0).shape = {2, 3}; }), HasSubstr("slice of tensor 'grid'"));
  EXPECT_THAT(changed([&](Index& i) { part(i, 0).type = 1; }), HasSubstr("float32 of shape (3, 2)"));
  EXPECT_THAT(changed([&](Index& i) { part(i, 2).checksum += 1; }), HasSubstr("checksum"));
  EXPECT_THAT(changed([](Index& i) { i.entries.at("grid").type = 7; }), HasSubstr("numbers in slices, found strings"));
}

}  // namespace
}  // namespace hornbeam::formats::tensor_bundle::testing
