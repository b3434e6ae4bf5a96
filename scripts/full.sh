#!/usr/bin/env bash
# Everything: what test.sh runs, but the whole corpus and all hostile files under ASan + UBSan and longer fuzzing; every
# test under TSan; the other compiler; formatting; the HDF5 reader alone on all mutations; real Kerases and programs
# of others on all that Hornbeam saves. It takes hours, so parts can be named and run when there is time:
#   full.sh [release readers units-asan corpus-asan attacks-asan fuzz tsan clang format migrate reverse archives saved-models
#           interop clients kills side-by-side]
# docs/full_run.md is rewritten after each part: its rows are new, those of other parts stay, and each row says of which
# commit it is. HORNBEAM_FUZZ_SECONDS: for each fuzz target (default 600).
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh || exit 1
. scripts/steps.sh
. scripts/sanitizer_steps.sh
all='release readers units-asan corpus-asan attacks-asan fuzz tsan clang format migrate reverse archives saved-models interop clients kills side-by-side'
report=docs/full_run.md

run_part() {
  case $1 in
    release) . scripts/release_steps.sh ;;
    readers) readers ;;
    units-asan) asan_units ;;
    corpus-asan) asan_corpus ;;
    attacks-asan) asan_attacks ;;
    fuzz) HORNBEAM_FUZZ_SECONDS=${HORNBEAM_FUZZ_SECONDS:-600} fuzzing ;;
    tsan)
      build tsan tests || return
      tests units-tsan env OMP_NUM_THREADS=1 ctest --test-dir build/tsan --output-on-failure --verbose
      ;;
    clang)
      build clang hornbeam conformance tests || return
      tests units-clang ctest --test-dir build/clang --output-on-failure --verbose
      ;;
    format) step format bash -c 'git ls-files "*.cpp" "*.h" "*.hpp" | xargs clang-format --dry-run --Werror' ;;
    migrate)
      . scripts/migrate_steps.sh
      migrations ''
      ;;
    reverse) . scripts/reverse_steps.sh ;;
    archives | saved-models)
      . scripts/pythons.sh
      . scripts/archive_steps.sh
      . scripts/saved_model_steps.sh
      if [ -z "${HORNBEAM_CORPUS:-}" ]; then
        echo "HORNBEAM_CORPUS is not set: there are no models to save as $1"
        return
      fi
      "${1/-/_}" "$logs/$1" ''
      rm -rf "${logs:?}/$1"
      ;;
    interop) . scripts/interop_steps.sh ;;
    clients) . scripts/clients_steps.sh ;;
    kills)
      build release hornbeam || return
      checks fit-killed python3 tests/cli/fit_backup_test.py build/release/hornbeam tests/data/demo/model.h5 \
        tests/data/demo/x.npy 50
      ;;
    side-by-side)
      . scripts/pythons.sh
      . scripts/side_by_side_steps.sh
      side_by_side
      ;;
    *)
      echo "full.sh: no part $1; there are $all" >&2
      exit 2
      ;;
  esac
}

# What stands above the table, as it is in the report.
report_head() {
  if [ -f $report ]; then
    sed '/^| part |/,$d' $report
    return
  fi
  cat <<'END'
# The last full run

Written by `scripts/full.sh`; parts may be of different days and commits (a + after one: files differed from it).
Checks are test cases, comparisons with recorded files, hostile files, or one a step.

END
}

# The table in the order of parts: new rows of those that ran, old rows of the others; rows of what is no part, which
# somebody put there, come last.
write_report() {
  local each others='part|---'
  {
    report_head
    echo '| part | step | passed | failed | seconds | on | commit |'
    echo '| --- | --- | --- | --- | --- | --- | --- |'
    for each in $all; do
      others+="|$each"
      if [[ " $ran " == *" $each "* ]]; then
        grep "^| $each |" "$table"
      elif [ -f $report ]; then
        grep "^| $each |" $report
      fi
    done
    [ ! -f $report ] || grep '^| ' $report | grep -vE "^\| ($others) \|"
  } >"$logs/full_run.md"
  mv "$logs/full_run.md" $report
}

ran=''
# shellcheck disable=SC2048
for part in ${*:-$all}; do
  run_part "$part"
  ran+=" $part"
  write_report
done
finish
