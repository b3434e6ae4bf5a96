#!/usr/bin/env bash
# The fast set: release build and every test, the demo, the corpus (when HORNBEAM_CORPUS names its folder); then the
# tests, a tenth of the corpus and the hostile files (HORNBEAM_ATTACKS) under ASan and UBSan, some fuzzing, and threads
# under TSan. Closes with "N passed, N failed"; exit code 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
. scripts/release_steps.sh
. scripts/sanitizer_steps.sh
finish
