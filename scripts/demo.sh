#!/usr/bin/env bash
# Builds the command-line tool, then shows what it makes of tests/data/demo/model.h5, which real Keras trained and saved
# (tools/record/make_demo_model.py): the summary, the predictions, and both compared with Keras's own.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build build/release -j "$(nproc)" --target hornbeam | tail -n 1
demo=tests/data/demo
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

build/release/hornbeam summary $demo/model.h5 | tee "$out/summary.txt"
build/release/hornbeam predict $demo/model.h5 --input $demo/x.npy
build/release/hornbeam predict $demo/model.h5 --input $demo/x.npy --output "$out/y.npy" >/dev/null
diff "$out/summary.txt" $demo/summary.txt
python3 scripts/compare_npy.py "$out/y.npy" $demo/y.npy
