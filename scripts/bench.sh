#!/usr/bin/env bash
# Hornbeam against TensorFlow 2.15, ONNX Runtime, OpenVINO and LiteRT on this machine in one run: predict (batch 1 and 16), and
# load + first predict. Writes docs/benchmarks.md. Wants a quiet machine, some 20 minutes, and a network the first time:
# the peers are installed and the models made under build/bench, unless these name what is there already:
#   HORNBEAM_PEERS_PYTHON       a Python with openvino, onnxruntime, ai-edge-litert
#   HORNBEAM_TENSORFLOW_PYTHON  a Python with tensorflow-cpu 2.15.1
#   HORNBEAM_PEERS_MODELS       what tools/record/make_peers.py wrote
# Arguments go to tools/bench/compare.py (--rounds, --models, --batches, --threads, --keep, --through).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_deps.sh
cmake --preset release >/dev/null
ninja -C build/release hornbeam

at=build/bench
# venv NAME PYTHON PACKAGE...: the path of its Python.
venv() {
  local name=$1 python=$2
  shift 2
  if [ ! -x "$at/$name/bin/python" ]; then
    "$python" -m venv "$at/$name"
    "$at/$name/bin/pip" install --quiet "$@"
  fi
  echo "$at/$name/bin/python"
}
peers=${HORNBEAM_PEERS_PYTHON:-$(venv peers python3 openvino onnxruntime ai-edge-litert numpy)}
tensorflow=${HORNBEAM_TENSORFLOW_PYTHON:-$(venv tf215 python3.11 tensorflow-cpu==2.15.1 h5py)}
models=${HORNBEAM_PEERS_MODELS:-$at/models}
if [ ! -d "$models" ]; then
  keras3=$(venv keras3 python3 tensorflow-cpu keras tf2onnx)
  "$tensorflow" tools/record/make_applications.py "$at/applications"
  "$tensorflow" tools/record/make_peers.py "$models" all "$at/applications"
  "$keras3" tools/record/make_peers.py "$models" all "$at/applications"
fi
python3 tools/bench/compare.py --folder "$models" --python "$peers" --tensorflow-python "$tensorflow" "$@"
