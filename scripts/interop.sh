#!/usr/bin/env bash
# interop.sh: who reads what whom wrote, by Hornbeam and the real Kerases; writes docs/interop.md. Some minutes.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh
. scripts/interop_steps.sh
finish
