#!/usr/bin/env bash
# reverse.sh [--tenth]: saves the corpus's models with Hornbeam for each Keras, and has the real ones open them and predict.
# Each Keras is a Python of its own; one that is missing is said to be skipped.
#   HORNBEAM_INSTALL_KERAS  when set, scripts/install_keras.sh makes them first
#   HORNBEAM_CORPUS         the corpus (without it nothing is done)
#   HORNBEAM_TF22_PYTHON    a Python with TensorFlow 2.2.3
#   HORNBEAM_TF215_PYTHON   ... TensorFlow 2.15.1
#   HORNBEAM_KERAS3_PYTHON  ... Keras 3 and tf-keras
set -uo pipefail
cd "$(dirname "$0")/.."
[ -n "${HORNBEAM_CORPUS:-}" ] || { echo "HORNBEAM_CORPUS is not set: the reverse check is left out"; exit 0; }
. scripts/steps.sh
[ -z "${HORNBEAM_INSTALL_KERAS:-}" ] || scripts/install_keras.sh
[ ! -f build/keras/pythons.sh ] || . build/keras/pythons.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

build release resave_corpus
step reverse-save build/release/resave_corpus "$HORNBEAM_CORPUS" "$out" "$@"

# open_in PRODUCER VARIABLE: each file that passes or fails counts.
open_in() {
  local producer=$1 variable=$2 python=${!2:-} code=0
  if [ -z "$python" ]; then
    printf '%-28s %s\n' "reverse-$producer" "skipped ($variable is not set)"
    return
  fi
  run "reverse-$producer" "$python" tests/reverse/open_with_keras.py "$out/manifest.json" "$producer" || code=$?
  local line
  line=$(tail -n 1 "$logs/reverse-$producer.log")
  echo "  $line"
  passed=$((passed + $(sed -nE 's/.*: ([0-9]+) passed.*/\1/p' <<<"$line" | paste -sd+ | bc_sum)))
  local bad
  bad=$(sed -nE 's/.* ([0-9]+) failed.*/\1/p' <<<"$line" | paste -sd+ | bc_sum)
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  failed=$((failed + bad))
}
open_in tf-2.2.3 HORNBEAM_TF22_PYTHON
open_in tf-2.15.1 HORNBEAM_TF215_PYTHON
open_in tf_keras HORNBEAM_KERAS3_PYTHON
open_in keras-3 HORNBEAM_KERAS3_PYTHON
finish
