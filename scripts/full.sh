#!/usr/bin/env bash
# Everything: the fast set, but with the whole corpus under ASan + UBSan and ten minutes a fuzz target; every test under
# TSan; the other compiler; formatting; the HDF5 reader alone on all mutations; real Kerases on what Hornbeam saved. Writes docs/full_run.md: what ran, when,
# and how it ended. Parts can be named: full.sh release sanitizers tsan clang format mutations reverse (default: all).
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
parts=" ${*:-release sanitizers tsan clang format mutations reverse} "
wanted() { [[ $parts == *" $1 "* ]]; }

if wanted release; then . scripts/release_steps.sh; fi
if wanted sanitizers; then
  export HORNBEAM_CORPUS_SHARE='' HORNBEAM_FUZZ_SECONDS=${HORNBEAM_FUZZ_SECONDS:-600}
  . scripts/sanitizer_steps.sh
fi
if wanted mutations && [ -n "${HORNBEAM_ATTACKS:-}" ]; then
  build asan hdf5_mutations
  step reader-mutations-asan build/asan/hdf5_mutations recipes "$HORNBEAM_ATTACKS/mutations.jsonl" "$HORNBEAM_ATTACKS/base"
fi
if wanted tsan; then
  build tsan tests
  tests unit-tsan env OMP_NUM_THREADS=1 ctest --test-dir build/tsan --output-on-failure --verbose
fi
if wanted clang; then
  build clang hornbeam conformance tests
  tests unit-clang ctest --test-dir build/clang --output-on-failure --verbose
fi
if wanted format; then
  step format bash -c 'git ls-files "*.cpp" "*.h" "*.hpp" | xargs clang-format --dry-run --Werror'
fi
if wanted reverse; then step reverse scripts/reverse.sh; fi

{
  echo '# The last full run'
  echo
  echo "\`scripts/full.sh$([ $# = 0 ] || echo " $*")\` on $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), $(nproc) processors."
  echo 'Checks are test cases, comparisons with recorded files, hostile files, or one a step.'
  echo
  echo '| step | passed | failed | seconds |'
  echo '| --- | --- | --- | --- |'
  cat "$table"
} >docs/full_run.md
finish
