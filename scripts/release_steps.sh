# Sourced by test.sh and full.sh after steps.sh: the release build, every test, the demo, the corpus.

[ -n "${HORNBEAM_CORPUS:-}" ] || echo "HORNBEAM_CORPUS is not set: the corpus of Keras's files is left out"
build release hornbeam conformance tests
# Each program is mostly one thread.
tests unit ctest --test-dir build/release -j "$(nproc)" --output-on-failure --verbose
step demo scripts/demo.sh
if [ -n "${HORNBEAM_CORPUS:-}" ]; then
  corpus conformance build/release/conformance "$HORNBEAM_CORPUS" --list --minimums tests/conformance/minimums.txt
fi
