# Sourced after steps.sh: the interop matrix. Hornbeam and three real Kerases save models in each format; each opens what
# all of them saved (tests/reverse/interop.py). docs/interop.md is rewritten when all of them are there.
#   HORNBEAM_TF22_PYTHON, HORNBEAM_TF215_PYTHON, HORNBEAM_KERAS3_PYTHON  as in reverse_steps.sh

interop_all() {
  local folder=$1 each
  local -A pythons=([tf-2.2.3]=$HORNBEAM_TF22_PYTHON [tf-2.15.1]=$HORNBEAM_TF215_PYTHON [tf_keras]=$HORNBEAM_KERAS3_PYTHON)
  build/release/interop write "$folder" || return
  # One after the other: a TensorFlow takes half a gigabyte and all processors.
  for each in tf-2.2.3 tf-2.15.1 tf_keras; do
    "${pythons[$each]}" tests/reverse/interop.py "$each" write "$folder" || return
  done
  build/release/interop read "$folder" || return
  for each in tf-2.2.3 tf-2.15.1 tf_keras; do
    "${pythons[$each]}" tests/reverse/interop.py "$each" read "$folder" || return
  done
  "$HORNBEAM_TF215_PYTHON" tests/reverse/interop_table.py "$folder" "$(date -u +%Y-%m-%d)" "$(commit)" >"$folder/interop.md"
}

interop_steps() {
  local folder each
  . scripts/pythons.sh
  for each in HORNBEAM_TF22_PYTHON HORNBEAM_TF215_PYTHON HORNBEAM_KERAS3_PYTHON; do
    has_python interop "$each" || return 0
  done
  build release interop || return 0
  folder=$(mktemp -d)
  export -f interop_all commit # run() starts a shell of its own
  checks interop interop_all "$folder"
  [ ! -s "$folder/interop.md" ] || cp "$folder/interop.md" docs/interop.md
  rm -rf "$folder"
}
interop_steps
