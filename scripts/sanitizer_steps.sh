# Sourced by test.sh, sanitize.sh and full.sh after steps.sh: what runs under sanitizers. One build for ASan, UBSan and
# fuzzing, one for TSan, both clang's. docs/testing.md says what they leave out and why.
#   HORNBEAM_SHARE         --tenth: a fixed tenth of the corpus and of the hostile files, by the hash of a case's name
#   HORNBEAM_FUZZ_SECONDS  for each fuzz target
#   HORNBEAM_CORPUS, HORNBEAM_ATTACKS  the folders (what needs one that is not there is left out, and said to be)

export UBSAN_OPTIONS=print_stacktrace=1

# Programs of a build are run by one process each: two at a time is what two processors want.
asan_units() {
  build asan tests || return
  tests units-asan ctest --test-dir build/asan -j "$(nproc)" --output-on-failure --verbose
}

asan_corpus() {
  if [ -z "${HORNBEAM_CORPUS:-}" ]; then
    echo 'HORNBEAM_CORPUS is not set: Keras files are not read under sanitizers'
    return
  fi
  build asan conformance || return
  # shellcheck disable=SC2086
  corpus corpus-asan build/asan/conformance "$HORNBEAM_CORPUS" ${HORNBEAM_SHARE:-}
}

asan_attacks() {
  if [ -z "${HORNBEAM_ATTACKS:-}" ]; then
    echo 'HORNBEAM_ATTACKS is not set: hostile files are left out'
    return
  fi
  build asan attacks || return
  # shellcheck disable=SC2086
  checks attacks-asan build/asan/attacks "$HORNBEAM_ATTACKS" ${HORNBEAM_SHARE:-}
}

fuzzing() {
  local target
  build asan fuzz_targets || return
  for target in build/asan/*_fuzz; do
    step "$(basename "$target")" scripts/fuzz_one.sh "$target" "${HORNBEAM_FUZZ_SECONDS:-10}"
  done
}

# oneDNN's OpenMP library is not instrumented: on one thread, what is left are the project's own threads.
tsan_threads() {
  build tsan thread_test || return
  tests threads-tsan env OMP_NUM_THREADS=1 build/tsan/thread_test
}

sanitizers() {
  asan_units
  asan_corpus
  asan_attacks
  fuzzing
  tsan_threads
}
