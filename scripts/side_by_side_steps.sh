# Sourced after steps.sh and pythons.sh: Hornbeam and each real Keras train the same models from the same weights, and their
# losses are compared (tests/reverse/side_by_side.py; with --some each model under one optimizer instead of all); both learn
# scikit-learn's digits.

side_by_side_in() {
  local name=side-by-side-$1 python=${!2:-}
  if [ -n "$python" ]; then
    checks "$name" "$python" tests/reverse/side_by_side.py build/release/hornbeam "$1" --list "${@:3}"
  else
    printf '%-28s skipped: %s is not set\n' "$name" "$2"
  fi
}

# What both come to from initial weights of their own.
digits() {
  local python=${HORNBEAM_KERAS3_PYTHON:-}
  if [ -z "$python" ] || ! "$python" -c 'import sklearn' 2>/dev/null; then
    printf '%-28s skipped: no HORNBEAM_KERAS3_PYTHON with scikit-learn\n' digits
    return
  fi
  checks digits "$python" tests/reverse/digits.py build/release/train_digits
}

side_by_side() {
  build release hornbeam train_digits || return 0
  in_parallel "side_by_side_in tf-2.15.1 HORNBEAM_TF215_PYTHON ${1:-}" "side_by_side_in keras-3 HORNBEAM_KERAS3_PYTHON ${1:-}" \
    "side_by_side_in tf-2.2.3 HORNBEAM_TF22_PYTHON ${1:-}" digits
}
