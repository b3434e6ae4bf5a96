#!/usr/bin/env bash
# What scripts/test.sh runs under sanitizers, by itself, with every other test and TSan. Closes with "N passed, N failed";
# exit code 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
. scripts/sanitizer_steps.sh
HORNBEAM_SHARE=--tenth
sanitizers
finish
