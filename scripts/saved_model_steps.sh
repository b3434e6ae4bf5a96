# Sourced after steps.sh, by reverse_steps.sh and full.sh: SavedModels that Hornbeam wrote, in each TensorFlow. The Pythons are
# those of reverse_steps.sh.

# Models of the corpus as SavedModels, opened by the TensorFlow that made them and by later ones, with Keras and without.
saved_models_in() {
  has_python "reverse-saved-models-$1" "$2" || return 0
  checks "reverse-saved-models-$1" "${!2}" tests/reverse/open_saved_models.py "$1" "$3"
}
saved_models() {
  local out=$1 share=$2
  build release save_saved_models || return 0
  # shellcheck disable=SC2086
  step save-saved_models build/release/save_saved_models "$HORNBEAM_CORPUS" "$out" $share
  share=${share#--}
  written_enough saved_models "${share:-all}"
  in_parallel "saved_models_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out/manifest.json'" \
    "saved_models_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out/manifest.json'" \
    "saved_models_in tf_keras HORNBEAM_KERAS3_PYTHON '$out/manifest.json'"
  signatures "$out/signatures"
  in_parallel "texts_in tf-2.2.3 HORNBEAM_TF22_PYTHON" "texts_in tf-2.15.1 HORNBEAM_TF215_PYTHON"
}

# Text models of each TensorFlow, saved again.
texts_in() {
  has_python "reverse-texts-$1" "$2" || return 0
  checks "reverse-texts-$1" "${!2}" tests/reverse/open_texts.py build/release/hornbeam "$1"
}

# Signatures that the user gave, called in each TensorFlow.
signatures_in() {
  has_python "reverse-signatures-$1" "$2" || return 0
  checks "reverse-signatures-$1" "${!2}" tests/reverse/open_signatures.py "$1" "$3"
}
signatures() {
  local out=$1
  build release save_signatures || return 0
  mkdir -p "$out"
  step save-signatures build/release/save_signatures "$out"
  in_parallel "signatures_in tf-2.2.3 HORNBEAM_TF22_PYTHON '$out'" \
    "signatures_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out'" \
    "signatures_in tf_keras HORNBEAM_KERAS3_PYTHON '$out'"
}
