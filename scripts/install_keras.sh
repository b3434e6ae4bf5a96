#!/usr/bin/env bash
# The three real Kerases that scripts/reverse.sh asks, and programs of others that read SavedModels (clients_steps.sh),
# each in a virtual environment of its own in a cache folder, where every clone finds them. The first time it takes some
# minutes and 4 GB. A Keras whose Python is not here (pyenv's are found) is left out. Writes build/keras/pythons.sh, which
# says where they are.
#   HORNBEAM_KERAS_CACHE      the folder (default: hornbeam/keras in XDG_CACHE_HOME or ~/.cache)
#   HORNBEAM_INSTALL_CLIENTS  when set, those programs too
set -uo pipefail
cd "$(dirname "$0")/.."
at=${HORNBEAM_KERAS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hornbeam/keras}
mkdir -p "$at" build/keras
found=build/keras/pythons.sh
: >$found
exec 9>"$at/lock" # two clones at once
flock 9

# python VERSION: a Python of this minor version that runs, from the path or from pyenv.
python() {
  local candidate
  for candidate in "$(command -v "python$1")" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/"python$1"; do
    if [ -x "$candidate" ] && "$candidate" -c '' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

# venv VARIABLE FOLDER VERSION MODULE PACKAGE...: made again when it was made of other packages or not to its end, or when its
# Python has gone.
venv() {
  local variable=$1 folder=$at/$2 version=$3 module=$4 from log=$at/$2.log
  shift 4
  if [ -n "${!variable:-}" ]; then return; fi # there is one already
  if [ "$(cat "$folder/ready" 2>/dev/null)" != "$*" ] || ! imports "$folder" h5py >/dev/null; then
    from=$(python "$version")
    if [ -z "$from" ]; then
      echo "no Python $version here: $variable is left out"
      return
    fi
    echo "making $folder: $*"
    rm -rf "$folder"
    if ! { "$from" -m venv "$folder" && "$folder/bin/pip" install --quiet "$@" && imports "$folder" "$module"; } >"$log" 2>&1; then
      echo "could not install $*: $variable is left out"
      tail -n 5 "$log"
      return
    fi
    echo "$*" >"$folder/ready"
  fi
  printf '[ ! -x %q ] || export %s=%q\n' "$folder/bin/python" "$variable" "$folder/bin/python" >>$found
}
imports() { "$1/bin/python" -c "import $2" 2>&1; }
# also FOLDER MODULE PACKAGE: into one that was made before it was wanted, which is not made again for that.
also() {
  [ -x "$at/$1/bin/python" ] || return 0
  imports "$at/$1" "$2" >/dev/null || "$at/$1/bin/pip" install --quiet "$3" >>"$at/$1.log" 2>&1 || echo "could not install $3"
}

venv HORNBEAM_TF22_PYTHON py3.8 3.8 tensorflow tensorflow-cpu==2.2.3 'protobuf<3.20' 'numpy<1.19' 'h5py<3'
venv HORNBEAM_TF215_PYTHON py3.11 3.11 tensorflow tensorflow-cpu==2.15.1 h5py
venv HORNBEAM_KERAS3_PYTHON py3.12 3.12 keras,tf_keras tensorflow-cpu==2.21.0 keras==3.15.1 tf-keras==2.21.0 scipy
also py3.12 sklearn scikit-learn # its digits
if [ -n "${HORNBEAM_INSTALL_CLIENTS:-}" ]; then
  venv HORNBEAM_CLIENTS_PYTHON clients 3.11 tensorflow,tf2onnx,onnxruntime,openvino tensorflow-cpu==2.15.1 \
    tf2onnx==1.16.1 onnx==1.17.0 onnxruntime==1.26.0 openvino==2026.4.1 h5py
fi
cat $found
