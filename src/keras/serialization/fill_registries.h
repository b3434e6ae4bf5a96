// The registries of built-in classes (layers, losses, metrics, optimizers) are filled on first use.
#pragma once

namespace hornbeam {

// Calls what the files that say HB_REGISTER describe, once.
void fill_registries();

}  // namespace hornbeam
