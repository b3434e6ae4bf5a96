# Sourced by test.sh and sanitize.sh after steps.sh: what runs under sanitizers. One build for ASan, UBSan and fuzzing,
# one for TSan, both clang's. docs/testing.md says what they leave out and why.
# HORNBEAM_FUZZ_SECONDS: for each fuzz target. HORNBEAM_CORPUS_SHARE: "--tenth" (default), or "" for the whole corpus.

export UBSAN_OPTIONS=print_stacktrace=1
build asan base_test tensor_test formats_test ops_test graph_test keras_test conformance attacks fuzz_targets
for room in base tensor formats ops graph keras; do
  tests "$room-asan" "build/asan/${room}_test"
done
if [ -n "${HORNBEAM_CORPUS:-}" ]; then
  # shellcheck disable=SC2086
  corpus conformance-asan build/asan/conformance "$HORNBEAM_CORPUS" ${HORNBEAM_CORPUS_SHARE---tenth}
fi
if [ -n "${HORNBEAM_ATTACKS:-}" ]; then checks attacks-asan build/asan/attacks "$HORNBEAM_ATTACKS"; fi
for target in build/asan/*_fuzz; do
  step "$(basename "$target")" scripts/fuzz_one.sh "$target" "${HORNBEAM_FUZZ_SECONDS:-20}"
done

# oneDNN's OpenMP library is not instrumented: on one thread, what is left are the project's own threads.
build tsan thread_test
tests threads-tsan env OMP_NUM_THREADS=1 build/tsan/thread_test
