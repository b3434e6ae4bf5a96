# Sourced after steps.sh and pythons.sh: Hornbeam and each real Keras train the same models from the same weights, and their
# losses are compared (tests/reverse/side_by_side.py; with --some each model under one optimizer instead of all); both learn
# scikit-learn's digits.

side_by_side_in() {
  has_python "side-by-side-$1" "$2" || return 0
  checks "side-by-side-$1" "${!2}" tests/reverse/side_by_side.py build/release/hornbeam "$1" --list "${@:3}"
}

# What both come to from initial weights of their own.
digits() {
  has_python digits HORNBEAM_KERAS3_PYTHON || return 0
  if ! "$HORNBEAM_KERAS3_PYTHON" -c 'import sklearn' 2>/dev/null; then
    printf '%-28s skipped: no scikit-learn in HORNBEAM_KERAS3_PYTHON\n' digits
    row 'digits: skipped, no scikit-learn in HORNBEAM_KERAS3_PYTHON' 0 0 0
    return
  fi
  checks digits "$HORNBEAM_KERAS3_PYTHON" tests/reverse/digits.py build/release/train_digits
}

side_by_side() {
  build release hornbeam train_digits || return 0
  in_parallel "side_by_side_in tf-2.15.1 HORNBEAM_TF215_PYTHON ${1:-}" "side_by_side_in keras-3 HORNBEAM_KERAS3_PYTHON ${1:-}" \
    "side_by_side_in tf-2.2.3 HORNBEAM_TF22_PYTHON ${1:-}" digits
}
