#!/usr/bin/env bash
# reverse.sh [--tenth]: the reverse check alone, on all cases or a fixed tenth; scripts/reverse_steps.sh says what it needs.
set -uo pipefail
cd "$(dirname "$0")/.."
export HORNBEAM_REVERSE_SHARE=${1:-}
. scripts/steps.sh
. scripts/reverse_steps.sh
finish
