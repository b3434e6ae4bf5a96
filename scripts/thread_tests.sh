#!/usr/bin/env bash
# thread_tests.sh BUILD: runs the tests whose names say Thread in every test program that was built there.
set -uo pipefail
code=0
for program in "$1"/*_test; do
  "$program" --gtest_filter='*Thread*' || code=1
done
exit $code
