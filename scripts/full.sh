#!/usr/bin/env bash
# Everything: the fast set with ten minutes a fuzz target, the whole corpus under ASan + UBSan, every test under TSan,
# the other compiler, formatting, and (when HORNBEAM_ATTACKS names the unpacked set) all HDF5 mutations.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/test.sh && HORNBEAM_FUZZ_SECONDS=${HORNBEAM_FUZZ_SECONDS:-600} scripts/sanitize.sh
fast=$?
. scripts/steps.sh
[ $fast = 0 ] || failed=1
step format bash -c 'git ls-files "*.cpp" "*.h" "*.hpp" | xargs clang-format --dry-run --Werror'
build clang hornbeam conformance tests
tests unit-clang ctest --test-dir build/clang --output-on-failure --verbose
build tsan tests
tests unit-tsan env OMP_NUM_THREADS=1 ctest --test-dir build/tsan --output-on-failure --verbose
if [ -n "${HORNBEAM_CORPUS:-}" ]; then corpus conformance-asan-full build/asan/conformance "$HORNBEAM_CORPUS"; fi
if [ -n "${HORNBEAM_ATTACKS:-}" ]; then
  build asan hdf5_mutations
  step hdf5-mutations build/asan/hdf5_mutations recipes "$HORNBEAM_ATTACKS/mutations.jsonl" "$HORNBEAM_ATTACKS/base"
fi
finish
