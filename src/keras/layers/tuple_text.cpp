#include "keras/layers/tuple_text.h"

namespace hornbeam {

std::string tuple_text(const Config& value) {
  if (!value.is_list()) return value.dump();
  std::string text = "(";
  for (const auto& item : value.as_list()) text += (text.size() > 1 ? ", " : "") + tuple_text(item);
  return text + (value.size() == 1 ? ",)" : ")");
}

}  // namespace hornbeam
