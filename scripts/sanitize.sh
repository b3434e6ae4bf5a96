#!/usr/bin/env bash
# The part of scripts/test.sh that runs under sanitizers, by itself. Closes with "N passed, N failed"; exit code 0 when
# nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
. scripts/sanitizer_steps.sh
HORNBEAM_SHARE=--tenth
sanitizers
finish
