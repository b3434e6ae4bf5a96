#!/usr/bin/env bash
# Builds the command-line tool, then shows what it makes of tests/data/demo/model.h5, which real Keras trained and saved
# (tools/record/make_demo_model.py): the summary and the predictions; training that goes on from the optimizer's state in
# the file; and, where a TensorFlow is installed (HORNBEAM_TF215_PYTHON, scripts/install_keras.sh's, or python3's), Keras opening what was saved.
# Everything is compared with Keras's own numbers; exit code 1 when something differs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
echo 'Building (some minutes the first time) ...'
cmake --build build/release -j "$(nproc)" --target hornbeam | tail -n 1
hornbeam=build/release/hornbeam demo=tests/data/demo trained=build/demo/trained.h5
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

$hornbeam summary $demo/model.h5 | tee "$out/summary.txt"
$hornbeam predict $demo/model.h5 --input $demo/x.npy
$hornbeam predict $demo/model.h5 --input $demo/x.npy --output "$out/y.npy" >/dev/null
diff "$out/summary.txt" $demo/summary.txt
python3 scripts/compare_npy.py "$out/y.npy" $demo/y.npy

[ ! -f build/keras/pythons.sh ] || . build/keras/pythons.sh
keras=''
for python in "${HORNBEAM_TF215_PYTHON:-}" python3; do
  if [ -n "$python" ] && target=$("$python" scripts/demo_in_keras.py target 2>/dev/null); then
    keras=$python
    break
  fi
done
# fit MODEL EPOCHS SAVED: in order, so that Keras does the same steps.
fit() {
  $hornbeam fit "$1" --x $demo/more_x.npy --y $demo/more_y.npy --batch-size 16 --epochs "$2" --no-shuffle \
    --save "$3" --target "${target:-tf2.15}" --json
}
echo
echo 'Training goes on:'
fit $demo/model.h5 3 $trained >"$out/fit.json"
python3 scripts/compare_losses.py "$out/fit.json" $demo/continued.json
$hornbeam predict $trained --input $demo/x.npy --output "$out/trained_y.npy" >/dev/null
python3 scripts/compare_npy.py "$out/trained_y.npy" $demo/continued_y.npy
echo "saved $trained"

echo
if [ -z "$keras" ]; then
  echo 'Keras opening it: skipped, no Python with TensorFlow here (HORNBEAM_TF215_PYTHON may name one)'
  exit
fi
fit $trained 1 "$out/next.h5" >"$out/next.json"
"$keras" scripts/demo_in_keras.py open $trained $demo "$out" 2>"$out/keras.log" || { cat "$out/keras.log"; exit 1; }
python3 scripts/compare_npy.py "$out/trained_y.npy" "$out/keras_y.npy"
python3 scripts/compare_losses.py "$out/next.json" "$out/keras.json"
