#include "keras/layers/preprocessing/vocabulary.h"

#include <algorithm>

#include "hornbeam/errors.hpp"
#include "hornbeam/ops.hpp"

namespace hornbeam {
namespace {

template <class Key>
std::vector<Key> by_frequency(const std::map<Key, std::int64_t>& counts, std::int64_t most) {
  std::vector<std::pair<std::int64_t, Key>> order;
  for (const auto& [key, count] : counts) order.emplace_back(count, key);
  std::sort(order.begin(), order.end(), std::greater<>());
  if (most >= 0 && order.size() > static_cast<std::size_t>(most)) order.resize(static_cast<std::size_t>(most));
  std::vector<Key> keys;
  for (auto& [count, key] : order) keys.push_back(std::move(key));
  return keys;
}

}  // namespace

Tensor tokens_of(const Config& list, DType dtype) {
  const auto& items = list.as_list();
  const Shape shape{static_cast<std::int64_t>(items.size())};
  if (dtype == DType::string) {
    std::vector<std::string> words;
    for (const auto& item : items) words.push_back(item.as_string());
    return Tensor::from<std::string>(shape, words);
  }
  std::vector<std::int64_t> numbers;
  for (const auto& item : items) numbers.push_back(item.as_int());
  return ops::cast(Tensor::from<std::int64_t>(shape, numbers), dtype);
}

Config list_of_tokens(const Tensor& tokens) {
  auto list = Config::list();
  if (tokens.dtype() == DType::string) {
    for (const auto& word : tokens.data<std::string>()) list.push_back(word);
  } else {
    const auto numbers = ops::cast(tokens, DType::int64);
    for (const auto number : numbers.data<std::int64_t>()) list.push_back(number);
  }
  return list;
}

Tensor learned_tokens(const std::map<std::string, std::int64_t>& counts, std::int64_t most) {
  const auto words = by_frequency(counts, most);
  return Tensor::from<std::string>({static_cast<std::int64_t>(words.size())}, words);
}

Tensor learned_tokens(const std::map<std::int64_t, std::int64_t>& counts, std::int64_t most, DType dtype) {
  const auto numbers = by_frequency(counts, most);
  return ops::cast(Tensor::from<std::int64_t>({static_cast<std::int64_t>(numbers.size())}, numbers), dtype);
}

}  // namespace hornbeam
