#!/usr/bin/env bash
# The fast set: release build and every test, the demo, the corpus (when HORNBEAM_CORPUS names its folder), real Kerases
# on a tenth of what Hornbeam saves of it (those that are here; HORNBEAM_INSTALL_KERAS=1 brings them), a tenth of the
# corpus brought to each Keras with proof; under ASan and UBSan what reads bytes, a tenth of the corpus and of the hostile
# files (HORNBEAM_ATTACKS), and the fuzz targets for seconds. Closes with "N passed, N failed"; exit code 0 when nothing
# failed. All of it: scripts/full.sh.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
. scripts/pythons.sh
. scripts/release_steps.sh
. scripts/migrate_steps.sh
migrations --tenth
HORNBEAM_REVERSE_SHARE=--tenth
. scripts/reverse_steps.sh
. scripts/sanitizer_steps.sh
HORNBEAM_SHARE=--tenth
fast_sanitizers
finish
