#!/usr/bin/env bash
# install_test.sh SOURCE BUILD: installs BUILD somewhere, builds a program with what is there, and compares what it predicts
# with Keras; configures the same program with SOURCE as a part of its build.
set -euo pipefail
source=$1 build=$2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

cmake --install "$build" --prefix "$out/prefix" >"$out/log"
"$out/prefix/bin/hornbeam" --version
cmake -S "$source/tests/install" -B "$out/user" -DCMAKE_PREFIX_PATH="$out/prefix" >"$out/log" || { cat "$out/log"; exit 1; }
cmake --build "$out/user" >"$out/log" || { cat "$out/log"; exit 1; }
demo=$source/tests/data/demo
"$out/user/user" "$demo/model.h5" "$demo/x.npy" "$out/y.npy"
python3 "$source/scripts/compare_npy.py" "$out/y.npy" "$demo/y.npy"

cmake -S "$source/tests/install" -B "$out/part" -DHORNBEAM_SOURCE="$source" >"$out/log" || { cat "$out/log"; exit 1; }
targets=$(cmake --build "$out/part" --target help)
grep -q hb_keras <<<"$targets"
! grep -q conformance <<<"$targets"
