#!/usr/bin/env bash
# Hornbeam against its peers on this machine, in one run for each table of docs/benchmarks.md:
#   predict   predict (batch 1 and 16) and load + first predict, against ONNX Runtime, OpenVINO, LiteRT and TensorFlow 2.15
#   training  steps of fit, against TensorFlow 2.2 and 2.15, Keras 3 and PyTorch
#   saving    a ResNet50 as H5, against a plain write of the same bytes
#   saved_model  saving and loading a MobileNetV2 as a SavedModel, against TensorFlow 2.15
# scripts/bench.sh [predict|training|saving|saved_model] [ARGUMENTS]: one of them, or all. Wants a quiet machine, some 40 minutes, and a network
# the first time: the peers are installed and the models made under build/bench, unless these name what is there already:
#   HORNBEAM_PEERS_PYTHON       a Python with openvino, onnxruntime, ai-edge-litert, torch
#   HORNBEAM_TF215_PYTHON       a Python with tensorflow-cpu 2.15.1
#   HORNBEAM_TF22_PYTHON        a Python (3.8) with tensorflow-cpu 2.2.3
#   HORNBEAM_KERAS3_PYTHON      a Python with tensorflow-cpu, keras (3) and tf2onnx
#   HORNBEAM_PEERS_MODELS       what tools/record/make_peers.py wrote
# Arguments go to tools/bench/compare.py, compare_training.py and compare_saved_model.py (--rounds, --models, --batches, --threads, --keep, --through).
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
peers=${HORNBEAM_PEERS_PYTHON:-$(venv peers python3 openvino onnxruntime ai-edge-litert torch numpy)}
tensorflow=${HORNBEAM_TF215_PYTHON:-$(venv tf215 python3.11 tensorflow-cpu==2.15.1 h5py)}
keras3() { echo "${HORNBEAM_KERAS3_PYTHON:-$(venv keras3 python3 tensorflow-cpu keras tf2onnx)}"; }
models=${HORNBEAM_PEERS_MODELS:-$at/models}
if [ ! -d "$models" ]; then
  "$tensorflow" tools/record/make_applications.py "$at/applications"
  "$tensorflow" tools/record/make_peers.py "$models" all "$at/applications"
  "$(keras3)" tools/record/make_peers.py "$models" all "$at/applications"
fi

predict() {
  "$tensorflow" tools/bench/compare.py --folder "$models" --python "$peers" --tensorflow-python "$tensorflow" "$@"
}
training() {
  local tf22=${HORNBEAM_TF22_PYTHON:-$(venv tf22 python3.8 tensorflow-cpu==2.2.3 'protobuf<3.21')}
  "$tensorflow" tools/bench/compare_training.py --folder "$models" --tf2.2 "$tf22" --tf2.15 "$tensorflow" --keras3 "$(keras3)" \
    --pytorch "$peers" "$@"
}
saving() { build/release/hornbeam bench "$models/resnet50.h5" --save "$at/saved.h5" --runs 15 "$@"; }
saved_model() {
  "$tensorflow" tools/bench/compare_saved_model.py --folder "$models" --tensorflow-python "$tensorflow" "$@"
}

what=${1:-all}
case $what in
  predict | training | saving | saved_model) shift && "$what" "$@" ;;
  all) predict && training && saving && saved_model ;;
  *) predict "$@" ;;
esac
