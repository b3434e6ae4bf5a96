#!/usr/bin/env bash
# The tests and a tenth of the corpus under ASan + UBSan, threads under TSan, half a minute of each fuzz target. Closes
# with "N passed, N failed"; exit code 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
corpus_dir=${HORNBEAM_CORPUS:-}

export UBSAN_OPTIONS=print_stacktrace=1
build asan conformance tests
tests unit-asan ctest --test-dir build/asan --output-on-failure --verbose
if [ -n "$corpus_dir" ]; then corpus conformance-asan build/asan/conformance "$corpus_dir" --tenth; fi

# TSan does not understand libgomp: with OpenMP on one thread, what is left are the project's own threads.
build tsan thread_tests
tests threads-tsan env OMP_NUM_THREADS=1 scripts/thread_tests.sh build/tsan

build fuzz fuzz_targets
for target in build/fuzz/*_fuzz; do
  step "$(basename "$target")" scripts/fuzz_one.sh "$target" "${HORNBEAM_FUZZ_SECONDS:-30}"
done
finish
