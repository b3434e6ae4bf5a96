# Sourced by test.sh, sanitize.sh and full.sh after steps.sh: what runs under sanitizers. One build for ASan, UBSan and
# fuzzing, one for TSan, both clang's. docs/testing.md says what they leave out and why.
#   HORNBEAM_SHARE         --tenth: a fixed tenth of the corpus and of the hostile files, by the hash of a case's name
#   HORNBEAM_FUZZ_SECONDS  for each fuzz target
#   HORNBEAM_CORPUS, HORNBEAM_ATTACKS  the folders (what needs one that is not there is left out, and said to be)

export UBSAN_OPTIONS=print_stacktrace=1

# What reads bytes, by itself: it needs a fifth of the build and meets the hostile files first.
readers() {
  local each steps=()
  build asan base_test tensor_test formats_test hdf5_mutations bundle_mutations || return
  for each in formats base tensor; do steps+=("tests $each-asan build/asan/${each}_test"); done
  if [ -n "${HORNBEAM_ATTACKS:-}" ]; then
    for each in bundle hdf5; do
      steps+=("checks $each-mutations-asan build/asan/${each}_mutations recipes '$HORNBEAM_ATTACKS/mutations.jsonl' '$HORNBEAM_ATTACKS/base'")
    done
    steps+=("checks bundle-cases-asan build/asan/bundle_mutations cases '$HORNBEAM_ATTACKS/MANIFEST.json' '$HORNBEAM_ATTACKS'")
  else
    echo 'HORNBEAM_ATTACKS is not set: mutations of HDF5 files and bundles are left out'
  fi
  in_parallel "${steps[@]}"
}

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
  # A process for each producer, as many at a time as there are processors.
  # shellcheck disable=SC2016
  corpus corpus-asan bash -c 'ls "$0" | grep -E "^(tf|keras)" |
    xargs -P "$(nproc)" -I{} build/asan/conformance "$0" --producer {} "$@"' "$HORNBEAM_CORPUS" ${HORNBEAM_SHARE:-}
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

# A fuzz target is one thread.
fuzzing() {
  local name steps=()
  build asan fuzz_targets || return
  for name in $(basename -s .cpp fuzz/*_fuzz.cpp); do
    steps+=("step $name scripts/fuzz_one.sh build/asan/$name ${HORNBEAM_FUZZ_SECONDS:-10}")
  done
  in_parallel "${steps[@]}"
}

# oneDNN's OpenMP library is not instrumented: on one thread, what is left are the project's own threads.
tsan_threads() {
  build tsan thread_test || return
  tests threads-tsan env OMP_NUM_THREADS=1 build/tsan/thread_test
}

# The share that every change must pass: what reads bytes, models of the corpus, hostile files, fuzzing.
fast_sanitizers() {
  readers
  asan_corpus
  asan_attacks
  fuzzing
}

sanitizers() {
  fast_sanitizers
  asan_units
  tsan_threads
}
