#include "keras/saving/loss_names.h"

#include <string>

#include "hornbeam/errors.hpp"
#include "hornbeam/losses.hpp"

namespace hornbeam {
namespace {

std::string full_name(const std::string& word) {
  try {
    const Loss loss(word);
    const auto name = loss->function_name();
    const bool readable = loss->is_function() || name.empty() || loss->class_name() == word;
    return readable ? word : name;
  } catch (const Error&) {
    return word;  // a custom one, or one that is not here yet
  }
}

}  // namespace

Config with_full_names(const Config& losses) {
  if (losses.is_string()) return full_name(losses.as_string());
  if (losses.is_list()) {
    auto list = Config::list();
    for (const auto& loss : losses.as_list()) list.push_back(with_full_names(loss));
    return list;
  }
  if (!losses.is_dict() || losses.has("class_name")) return losses;
  auto dict = Config::dict();
  for (const auto& [output, loss] : losses.as_dict()) dict.set(output, with_full_names(loss));
  return dict;
}

}  // namespace hornbeam
