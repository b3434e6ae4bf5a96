# Sourced by test.sh and full.sh: runs named steps, keeps their logs under build/logs, counts what passed and failed.
passed=0
failed=0
logs=build/logs
mkdir -p "$logs"

# run NAME COMMAND...: the output goes to a log; of a step that fails the end is shown. Its exit code.
run() {
  local name=$1 start=$SECONDS code=0
  shift
  "$@" >"$logs/$name.log" 2>&1 || code=$?
  printf '%-28s %s (%d s)\n' "$name" "$([ $code = 0 ] && echo ok || echo FAILED)" $((SECONDS - start))
  if [ $code != 0 ]; then
    grep -E '\[  FAILED  \]|: Failure|^failed: |below the minimum|ERROR: |error: |runtime error|WARNING: ThreadSanitizer' "$logs/$name.log" | head -n 30
    tail -n 25 "$logs/$name.log"
  fi
  return $code
}

# step: a run that counts as one check.
step() {
  if run "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# tests NAME COMMAND...: test programs; each of their test cases counts (what fails without saying which counts as one).
tests() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(sed -nE 's/.*\[  PASSED  \] ([0-9]+) tests?.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  bad=$(sed -nE 's/.*\[  FAILED  \] ([0-9]+) tests?, listed below.*/\1/p' "$logs/$name.log" | paste -sd+ | bc_sum)
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
}

# corpus NAME COMMAND...: the conformance runner; each check of its table counts.
corpus() {
  local name=$1 code=0 good bad
  run "$@" || code=$?
  good=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $3} END {print n + 0}' "$logs/$name.log")
  bad=$(awk '/^producer/ {t = 1; next} t && NF == 7 && $3 ~ /^[0-9]+$/ {n += $4} /^below the minimum/ {++n} END {print n + 0}' "$logs/$name.log")
  [ $code = 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + good))
  failed=$((failed + bad))
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
