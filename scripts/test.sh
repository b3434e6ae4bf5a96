#!/usr/bin/env bash
# The fast set: release build and every test, the demo, and the corpus (when HORNBEAM_CORPUS names its folder). Closes with
# "N passed, N failed"; exit code 0 when nothing failed. Sanitizers and fuzzing are in scripts/sanitize.sh.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
corpus_dir=${HORNBEAM_CORPUS:-}
[ -n "$corpus_dir" ] || echo "HORNBEAM_CORPUS is not set: the corpus of Keras's files is left out"

build release hornbeam conformance tests
tests unit ctest --test-dir build/release --output-on-failure --verbose
step demo scripts/demo.sh
if [ -n "$corpus_dir" ]; then
  corpus conformance build/release/conformance "$corpus_dir" --list --minimums tests/conformance/minimums.txt
fi

finish
