# Sourced after steps.sh, by reverse_steps.sh and full.sh: .keras archives that Hornbeam wrote, in each Keras that has them.
# The Pythons are those of reverse_steps.sh.

# Models of the corpus as archives: of its archives, and in a full run of its H5 files and SavedModels as well, which is how
# a model migrates.
# archives_in PRODUCER VARIABLE MANIFEST FROM SHARE
archives_in() {
  local of=$1/keras
  has_python "reverse-archives-$1-of-$4" "$2" || return 0
  [ "$4" = keras_v3 ] || of=$1/$4
  checks "reverse-archives-$1-of-$4" "${!2}" tests/reverse/open_with_keras.py "$3" "$1" --minimums "$5" --of "$of"
  [ "$4" != keras_v3 ] || checks "reverse-shared-$1" "${!2}" tests/reverse/open_shared.py build/release/hornbeam "$1"
  [ "$1 $4" != "keras-3 keras_v3" ] || checks reverse-lora "${!2}" tests/reverse/open_lora.py build/release/hornbeam
  [ "$1 $4" != "keras-3 keras_v3" ] ||
    checks reverse-quantized "${!2}" tests/reverse/open_quantized.py build/release/hornbeam
}
archives() {
  local out=$1 share=${2#--} from all=(keras_v3)
  build release resave_corpus hornbeam || return 0
  [ -n "$share" ] || all=(h5 saved_model keras_v3)
  for from in "${all[@]}"; do
    # shellcheck disable=SC2086
    step "save-archives-of-$from" build/release/resave_corpus "$HORNBEAM_CORPUS" "$out/$from" --from "$from" \
      --to keras $2
    written_enough "archives-of-$from" "${share:-all}"
    in_parallel "archives_in tf-2.15.1 HORNBEAM_TF215_PYTHON '$out/$from/manifest.json' $from ${share:-all}" \
      "archives_in tf_keras HORNBEAM_KERAS3_PYTHON '$out/$from/manifest.json' $from ${share:-all}" \
      "archives_in keras-3 HORNBEAM_KERAS3_PYTHON '$out/$from/manifest.json' $from ${share:-all}"
  done
}
