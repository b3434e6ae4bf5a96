#!/usr/bin/env bash
# Predicts with models that others trained, in the folder that HORNBEAM_REAL names, and compares with what real Kerases
# predicted (tests/real/real_models.cpp). Arguments: names of models; all that are H5, JSON, .keras or SavedModels without any.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${HORNBEAM_REAL:-}" ] || { echo "HORNBEAM_REAL is not set: the folder of models that others trained"; exit 2; }
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
ninja -C build/release real_models >/dev/null
build/release/real_models "$HORNBEAM_REAL" "$@"
