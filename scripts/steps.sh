# Sourced by test.sh and full.sh: runs named steps, keeps their logs under build/logs, counts what passed and failed.
passed=0
failed=0
logs=build/logs
table=$logs/table.md
mkdir -p "$logs"
: >"$table"

# run NAME COMMAND...: the output goes to a log; of a step that fails the end is shown. Its exit code.
run() {
  local name=$1 start=$SECONDS code=0
  shift
  "$@" >"$logs/$name.log" 2>&1 || code=$?
  took=$((SECONDS - start))
  printf '%-28s %s (%d s)\n' "$name" "$([ $code = 0 ] && echo ok || echo FAILED)" "$took"
  if [ $code != 0 ]; then
    grep -E '\[  FAILED  \]|: Failure|^failed: |below the minimum|ERROR: |error: |runtime error|WARNING: ThreadSanitizer' "$logs/$name.log" | head -n 30
    tail -n 25 "$logs/$name.log"
  fi
  return $code
}

# count NAME GOOD BAD: adds to the totals and to the table that full.sh keeps.
count() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  echo "| $1 | $2 | $3 | $took |" >>"$table"
}

# step: a run that counts as one check.
step() {
  if run "$@"; then count "$1" 1 0; else count "$1" 0 1; fi
}

# checks NAME COMMAND...: a program whose lines "WHAT: N passed, N failed, ..." say how many of its checks did.
checks() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(sed -nE 's/^[a-z]+: ([0-9]+) passed, [0-9]+ failed.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  bad=$(sed -nE 's/^[a-z]+: [0-9]+ passed, ([0-9]+) failed.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
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

# corpus NAME COMMAND...: the conformance runner; each check of its table counts.
corpus() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $3} END {print n + 0}' "$logs/$name.log")
  bad=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $4} /^below the minimum/ {++n} END {print n + 0}' "$logs/$name.log")
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$name" "$good" "$bad"
}

bc_sum() { local terms; terms=$(cat); echo $((${terms:-0})); }

# Builds targets of a preset. A build that fails is the end.
build() {
  local preset=$1
  shift
  if ! run "configure-$preset" cmake --preset "$preset" || ! run "build-$preset" cmake --build "build/$preset" -j "$(nproc)" --target "$@"; then
    failed=$((failed + 1))
    finish
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && exit 0
  exit 1
}
