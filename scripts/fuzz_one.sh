#!/usr/bin/env bash
# fuzz_one.sh TARGET SECONDS: fuzzes from the project's own small files; what it finds stays in build/fuzz/findings.
set -euo pipefail
target=$1 seconds=$2
cd "$(dirname "$0")/.."
name=$(basename "$target")
seeds=build/fuzz/corpus/$name
mkdir -p "$seeds" build/fuzz/findings
case $name in
  hdf5* | h5*) patterns=('*.h5' '*.hdf5') ;;
  bundle*) patterns=('*.index') ;;
  object_graph*) patterns=('*.data-00000-of-00001' 'states.json') ;;
  saved_model* | session_graph*) patterns=('*.pb') ;;
  keras_v3_model*) patterns=('*.keras' '*.weights.h5') ;;
  keras_v3*) patterns=('*.keras') ;;
  restore*) patterns=() ;; # it makes a checkpoint of its own, and changes that
  csv*) patterns=('*.csv') ;;
  npy*) patterns=('*.npy' '*.npz') ;;
  *) patterns=('*.json') ;;
esac
for pattern in "${patterns[@]}"; do find tests fuzz/seeds -name "$pattern" -size -64k -exec cp -n --parents -t "$seeds" {} +; done
# Configs of archives: as parts they are mutated where their checksums do not matter.
if [ "$name" = keras_v3_model_fuzz ]; then
  python3 - "$seeds" <<'EOF'
import glob, os, sys, zipfile
for path in glob.glob("tests/**/*.keras", recursive=True) + glob.glob("fuzz/seeds/*.keras"):
    with open(os.path.join(sys.argv[1], os.path.basename(path) + ".json"), "wb") as out:
        out.write(zipfile.ZipFile(path).read("config.json"))
EOF
fi
# A declared weight of gigabytes is address space until it is touched: memory is limited, not what is asked for.
exec "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=20000 -max_len=65536 -print_final_stats=1 \
  -artifact_prefix=build/fuzz/findings/"$name"- "$seeds"
