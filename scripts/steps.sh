# Sourced by test.sh, full.sh and the others: runs named steps, keeps their logs under build/logs, counts what passed
# and failed. HORNBEAM_STEP_THROUGH: a command that each step is run through, such as a lock that others wait for too.
passed=0
failed=0
part='' # of full.sh, whose report names it
logs=build/logs
table=$logs/$(basename "$0" .sh).table.md # its own: these scripts call each other
mkdir -p "$logs"
: >"$table"

# run NAME COMMAND...: the output goes to a log; of a step that fails the end is shown. Its exit code.
run() {
  local name=$1 code=0
  shift
  # The time is taken inside: waiting for a lock is not the step's.
  # shellcheck disable=SC2016,SC2086
  ${HORNBEAM_STEP_THROUGH:-} bash -c '"$@"; code=$?; echo $SECONDS >"$0"; exit $code' "$logs/$name.seconds" "$@" \
    >"$logs/$name.log" 2>&1 || code=$?
  took=$(cat "$logs/$name.seconds")
  printf '%-28s %s (%d s)\n' "$name" "$([ $code = 0 ] && echo ok || echo FAILED)" "$took"
  if [ $code != 0 ]; then
    grep -E '\[  FAILED  \]|: Failure|^failed: |below the minimum|ERROR: |error: |runtime error|WARNING: ThreadSanitizer' "$logs/$name.log" | head -n 30
    tail -n 25 "$logs/$name.log"
  fi
  return $code
}

# The commit that is tested; with a + when files differ from it (the report of full.sh may).
commit() {
  echo "$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- . ':!docs/full_run.md' || echo +)"
}

# count NAME GOOD BAD: adds to the totals and to the table that full.sh keeps.
count() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  row "$1" "$2" "$3" "$took"
}

# row STEP PASSED FAILED SECONDS: of the table.
row() {
  echo "| $part | $1 | $2 | $3 | $4 | $(date -u +%Y-%m-%d) | $(commit) |" >>"$table"
}

# has_python NAME VARIABLE: is the Python there that the step is run with? One that is missing is said, here and in the
# table, where nothing passed.
has_python() {
  [ -z "${!2:-}" ] || return 0
  printf '%-28s skipped: %s is not set\n' "$1" "$2"
  row "$1: skipped, $2 is not set" 0 0 0
  return 1
}

# in_parallel COMMAND...: each a line of shell with steps in it, as many at a time as there are processors: programs that
# are mostly one thread. What they count is added when all are done; one that does not come to its end is a failure.
in_parallel() {
  local each good bad number=0 folder
  folder=$(mktemp -d)
  for each in "$@"; do
    number=$((number + 1))
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    (
      passed=0 failed=0
      eval "$each"
      echo "$passed $failed" >"$folder/$number"
    ) &
  done
  wait
  for each in $(seq "$number"); do
    read -r good bad <"$folder/$each" || { good=0 bad=1; }
    passed=$((passed + good))
    failed=$((failed + bad))
  done 2>/dev/null
  rm -rf "$folder"
}

# step: a run that counts as one check.
step() {
  if run "$@"; then count "$1" 1 0; else count "$1" 0 1; fi
}

# checks NAME COMMAND...: a program whose lines "WHAT: N passed, N failed, ..." say how many of its checks did.
checks() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(sed -nE 's/^[A-Za-z ]+: ([0-9]+) passed, [0-9]+ failed.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  bad=$(sed -nE 's/^[A-Za-z ]+: [0-9]+ passed, ([0-9]+) failed.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$name" "$good" "$bad"
}
# tests NAME COMMAND...: test programs; each of their test cases counts (what fails without saying which counts as one).
tests() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(sed -nE 's/.*\[  PASSED  \] ([0-9]+) tests?.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  bad=$(sed -nE 's/.*\[  FAILED  \] ([0-9]+) tests?, listed below.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$name" "$good" "$bad"
}

# corpus NAME COMMAND...: the conformance runner; each check of its table counts that passed, not in part, or failed.
corpus() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $3} END {print n + 0}' "$logs/$name.log")
  bad=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $5} /^below the minimum/ {++n} END {print n + 0}' "$logs/$name.log")
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$name" "$good" "$bad"
}

bc_sum() { local terms; terms=$(cat); echo $((${terms:-0})); }

# build PRESET TARGET...: what fails counts as one check; what succeeds is only there for what comes after.
build() {
  local preset=$1
  shift
  if run "configure-$preset" cmake --preset "$preset" && run "build-$preset" cmake --build "build/$preset" -j "$(nproc)" --target "$@"; then
    return 0
  fi
  count "build-$preset" 0 1
  return 1
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && exit 0
  exit 1
}

# written_enough PROGRAM SHARE: how many files Hornbeam must have written at least (tests/reverse/minimums.txt), by the log
# of the step save-PROGRAM: a save that is refused makes no check that could fail. '-': not counted yet.
written_enough() {
  local written least
  written=$(sed -nE 's/^([0-9]+) files written.*/\1/p' "$logs/save-$1.log")
  least=$(awk -v what="save_$1" -v share="$2" '$1 == what {print share == "tenth" ? $3 : $4}' tests/reverse/minimums.txt)
  echo "  ${written:-0} files written, at least $least wanted"
  took=0
  [ "$least" != - ] || return 0
  if [ -n "$least" ] && [ "${written:--1}" -ge "$least" ]; then count "written-$1" 1 0; else count "written-$1" 0 1; fi
}
