# Sourced after steps.sh: saves the corpus's models with Hornbeam for each Keras, and has the real ones open them, predict
# and train on (tests/reverse); copies its checkpoints, and has them opened; runs the guide's sections, and has what they
# save opened. Each Keras is a Python of its own; one that is missing is said to be skipped.
#   HORNBEAM_CORPUS         the corpus (without it the guide, event files and training side by side are done)
#   HORNBEAM_REVERSE_SHARE  --tenth: a fixed tenth of the cases
#   HORNBEAM_INSTALL_KERAS  when set, scripts/install_keras.sh makes the Pythons first
#   HORNBEAM_TF22_PYTHON    a Python with TensorFlow 2.2.3
#   HORNBEAM_TF215_PYTHON   ... TensorFlow 2.15.1
#   HORNBEAM_KERAS3_PYTHON  ... Keras 3 and tf-keras

: "${HORNBEAM_REVERSE_SHARE:=}"

# reverse_in PRODUCER VARIABLE MANIFEST
reverse_in() {
  local name=reverse-$1 python=${!2:-} share=${HORNBEAM_REVERSE_SHARE#--}
  has_python "$name" "$2" || return 0
  checks "$name" "$python" tests/reverse/open_with_keras.py "$3" "$1" --minimums "${share:-all}"
  checks "$name-ops" "$python" tests/reverse/open_op_layers.py build/release/hornbeam "$1"
  checks "$name-compiled" "$python" tests/reverse/open_compiled.py build/release/hornbeam "$1" ${HORNBEAM_REVERSE_SHARE:-}
  grep -E '^[a-z]+: [0-9]+ passed, [0-9]+ failed' "$logs/$name.log" | sed 's/^/  /'
}

# bundles_in PRODUCER VARIABLE MANIFEST
bundles_in() {
  has_python "reverse-bundles-$1" "$2" || return 0
  checks "reverse-bundles-$1" "${!2}" tests/reverse/open_bundles.py "$3"
}

# Checkpoints and variables of SavedModels: all of them, for they take seconds.
bundles() {
  local out=$1 folders=("$HORNBEAM_CORPUS")
  build release copy_bundles || return 0
  if has_python make-bundles HORNBEAM_TF215_PYTHON; then
    step make-bundles "$HORNBEAM_TF215_PYTHON" tests/reverse/open_bundles.py --make "$out/made"
    folders+=("$out/made")
  fi
  checks copy-bundles build/release/copy_bundles "$out" "${folders[@]}"
  in_parallel "bundles_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out/manifest.json'" \
    "bundles_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out/manifest.json'" \
    "bundles_in tf-newest HORNBEAM_KERAS3_PYTHON '$out/manifest.json'"
}

# Checkpoints of the corpus saved again by Hornbeam, loaded by the Keras that wrote them, and trained on.
checkpoints_in() {
  has_python "reverse-checkpoints-$1" "$2" || return 0
  checks "reverse-checkpoints-$1" "${!2}" tests/reverse/open_checkpoints.py "$1" "$3"
}
checkpoints() {
  local out=$1 share=$2
  build release save_checkpoints || return 0
  # shellcheck disable=SC2086
  step save-checkpoints build/release/save_checkpoints "$HORNBEAM_CORPUS" "$out" $share
  share=${share#--}
  written_enough checkpoints "${share:-all}"
  in_parallel "checkpoints_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out/manifest.json'" \
    "checkpoints_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out/manifest.json'" \
    "checkpoints_in tf_keras HORNBEAM_KERAS3_PYTHON '$out/manifest.json'"
}

# What the sections of examples/guide save, opened by the TensorFlow of the guide and by the last one with its Keras.
guide_in() {
  has_python "reverse-guide-$1" "$2" || return 0
  checks "reverse-guide-$1" "${!2}" tests/reverse/open_guide.py "$1" "$3"
}
guide() {
  local out
  build release guide || return 0
  out=$(mktemp -d)
  step guide build/release/examples/guide "$out"
  in_parallel "guide_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out'" \
    "guide_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out'"
  rm -rf "$out"
}

# Event files, read by the TensorBoards that came with the TensorFlows.
events_in() {
  has_python "reverse-events-$1" "$2" || return 0
  checks "reverse-events-$1" "${!2}" tests/reverse/open_events.py "$3"
}
events() {
  local out
  build release write_events || return 0
  out=$(mktemp -d)
  step write-events build/release/write_events "$out"
  in_parallel "events_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out'" "events_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out'"
  rm -rf "$out"
}

. scripts/saved_model_steps.sh
. scripts/archive_steps.sh
. scripts/side_by_side_steps.sh
reverse_steps() {
  local out share=${HORNBEAM_REVERSE_SHARE#--}
  . scripts/pythons.sh
  guide
  events
  [ "$part" = reverse ] || side_by_side --some # a part of its own in full.sh
  if [ -z "${HORNBEAM_CORPUS:-}" ]; then
    echo 'HORNBEAM_CORPUS is not set: real Kerases are not asked to open what Hornbeam saves of it'
    return
  fi
  build release resave_corpus hornbeam || return 0
  out=$(mktemp -d)
  step save-corpus build/release/resave_corpus "$HORNBEAM_CORPUS" "$out" ${HORNBEAM_REVERSE_SHARE:-}
  if [ -f "$out/manifest.json" ]; then
    written_enough corpus "${share:-all}"
    in_parallel "reverse_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out/manifest.json'" \
      "reverse_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out/manifest.json'" \
      "reverse_in tf_keras HORNBEAM_KERAS3_PYTHON '$out/manifest.json'" \
      "reverse_in keras-3 HORNBEAM_KERAS3_PYTHON '$out/manifest.json'"
  fi
  bundles "$out/bundles"
  checkpoints "$out/checkpoints" "${HORNBEAM_REVERSE_SHARE:-}"
  # Parts of their own in full.sh.
  if [ "$part" != reverse ]; then
    archives "$out/archives" "${HORNBEAM_REVERSE_SHARE:-}"
    saved_models "$out/saved_models" "${HORNBEAM_REVERSE_SHARE:-}"
  fi
  rm -rf "$out"
}
reverse_steps
