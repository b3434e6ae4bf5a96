// The short answer to saving & loading: if you only have 10 seconds.
#include "sections.h"

void guide::short_answer(const Folder& folder) {
  const auto model = get_model();  // a Sequential, functional or subclassed model
  model->save(folder / "location");

  const auto loaded = hb::models::load_model(folder / "location");

  const auto x = hb::ops::random_uniform({3, 32});
  assert_allclose(loaded->predict(x), model->predict(x));
  leave_numbers(folder / "location", x, model->predict(x));
}
