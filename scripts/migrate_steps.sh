# Sourced after steps.sh, by test.sh and full.sh: the corpus's models brought to each Keras, with proof.

# migrations SHARE: --tenth, or nothing for all.
migrations() {
  if [ -z "${HORNBEAM_CORPUS:-}" ]; then
    echo "HORNBEAM_CORPUS is not set: there are no models to migrate"
    return
  fi
  build release migrate_corpus || return 0
  # shellcheck disable=SC2086
  checks "migrate${1:+-tenth}" build/release/migrate_corpus "$HORNBEAM_CORPUS" --bounds tests/reverse/migrate_bounds.txt $1
}
