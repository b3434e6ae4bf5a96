#include "keras/saving/vocabulary_text.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/utf8.h"
#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

// Line by line, without a copy of them all: a text of nothing but line ends has a great many.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line) {
    if (done_) return false;
    const auto end = rest_.find('\n');
    line = rest_.substr(0, end);
    done_ = end == rest_.npos;
    if (!done_) rest_.remove_prefix(end + 1);
    return true;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

// As Python opens texts: those that were written on Windows have other line ends.
void unify_line_ends(std::string& text) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n') continue;
    text[to++] = text[from] == '\r' ? '\n' : text[from];
  }
  text.resize(to);
}

// What the layer says of its vocabulary.
struct Rules {
  explicit Rules(const IndexLookupLayer& layer) {
    const auto config = layer.get_config();
    oov_count = config.at("num_oov_indices").as_int();
    start = layer.token_start();
    inverted = layer.is_invert();
    mask_token = config.at("mask_token");
    oov_token = config.at("oov_token");
    if (const auto& most = config.at("max_tokens"); !most.is_null()) max_tokens = most.as_int();
  }
  std::string special(std::int64_t i) const { return token_text(i < start - oov_count ? mask_token : oov_token); }

  std::int64_t oov_count = 0, start = 0;
  bool inverted = false;
  Config mask_token, oov_token;
  std::optional<std::int64_t> max_tokens;
};

bool begins_with_special(Lines lines, const Rules& rules) {
  std::string_view line;
  for (std::int64_t i = 0; i < rules.start; ++i) {
    if (!lines.next(line) || line != rules.special(i)) return false;
  }
  return true;
}

void check_reserved(bool found, const char* what, const Config& token, const std::string& place) {
  if (!found) return;
  throw ValueError(place + ": Found reserved " + what + " token at unexpected location in `vocabulary`. Received: " +
                   what + "_token='" + token_text(token) + "'");
}

std::int64_t number_of_line(std::string_view line, const std::string& place) {
  std::int64_t number = 0;
  const auto* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, number);
  if (error == std::errc() && stop == end) return number;
  throw ValueError(place + ": expected integers, one a line, found '" + std::string(line.substr(0, 40)) + "'");
}

// Each word once: then many lines are a long text.
template <class Word, class Read>
std::vector<Word> distinct_words(Lines lines, std::int64_t skipped, const Read& read, const std::string& place) {
  std::vector<Word> words;
  std::unordered_set<Word> seen;
  std::string_view line;
  for (std::int64_t i = 0; lines.next(line); ++i) {
    if (i < skipped) continue;
    const Word word = read(line);
    if (!seen.insert(word).second) {
      throw ValueError(place +
                       ": The passed vocabulary has at least one repeated term. Please uniquify your dataset. One of "
                       "the repeated terms is '" +
                       std::string(line.substr(0, 40)) + "'");
    }
    words.push_back(word);
  }
  return words;
}

// As set_vocabulary does.
template <class Word, class As>
void check_words(const std::vector<Word>& words, const Rules& rules, const As& as, const std::string& place) {
  const auto has = [&](const Config& token) {
    return !token.is_null() && std::find(words.begin(), words.end(), as(token)) != words.end();
  };
  check_reserved(has(rules.mask_token), "mask", rules.mask_token, place);
  check_reserved(rules.inverted && has(rules.oov_token), "oov", rules.oov_token, place);
  const auto size = rules.start + std::ssize(words);
  if (!rules.max_tokens || size <= *rules.max_tokens) return;
  throw ValueError(place + ": Attempted to set a vocabulary larger than the maximum vocab size. Passed vocab size is " +
                   std::to_string(size) + ", max vocab size is " + std::to_string(*rules.max_tokens) + ".");
}

Tensor tensor_of(const std::vector<std::string_view>& words) {
  auto tensor = Tensor::empty(DType::string, {std::ssize(words)});
  std::ranges::copy(words, tensor.mutable_data<std::string>().begin());
  return tensor;
}

}  // namespace

std::string token_text(const Config& token) {
  if (token.is_string()) return token.as_string();
  return token.is_null() ? "None" : token.dump();
}

Tensor words_of_text(const IndexLookupLayer& layer, std::string text, V3Layout layout, const std::string& place) {
  if (!base::is_utf8(text)) throw FormatError(place, "", "a text in UTF-8", "other bytes");
  unify_line_ends(text);
  std::string_view trimmed = text;
  if (layout == V3Layout::keras3) {
    while (trimmed.ends_with('\n')) trimmed.remove_suffix(1);
  }
  if (layout == V3Layout::keras3 && trimmed.empty()) {
    throw ValueError(place + ": Cannot set an empty vocabulary. Received: vocabulary=[]");
  }
  const Lines lines(trimmed);
  const Rules rules(layer);
  const auto skipped = begins_with_special(lines, rules) ? rules.start : 0;
  const auto dtype = layer.tokens().dtype();
  if (dtype == DType::string) {
    const auto words = distinct_words<std::string_view>(
        lines, skipped, [](std::string_view line) { return line; }, place);
    const auto as_text = [](const Config& token) -> std::string_view { return token.as_string(); };
    check_words(words, rules, as_text, place);
    return tensor_of(words);
  }
  const auto words = distinct_words<std::int64_t>(
      lines, skipped, [&](std::string_view line) { return number_of_line(line, place); }, place);
  check_words(
      words, rules, [](const Config& token) { return token.as_int(); }, place);
  return ops::cast(Tensor::from<std::int64_t>({std::ssize(words)}, words), dtype);
}

}  // namespace hornbeam
