#!/usr/bin/env bash
# The three real Kerases that scripts/reverse.sh asks, each in a virtual environment under build/keras. For those who want
# that check: it takes some minutes and 4 GB. A Keras whose Python is not here (pyenv's are found) is left out.
set -uo pipefail
cd "$(dirname "$0")/.."
at=build/keras
mkdir -p $at
: >$at/pythons.sh

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

# venv VARIABLE VERSION PACKAGE...
venv() {
  local variable=$1 version=$2 name=py$2 found
  shift 2
  if [ -n "${!variable:-}" ]; then return; fi # there is one already
  found=$(python "$version")
  if [ -z "$found" ]; then
    echo "no Python $version here: $variable is left out"
    return
  fi
  if [ ! -f "$at/$name/ready" ]; then
    rm -rf "${at:?}/$name"
    if ! { "$found" -m venv "$at/$name" && "$at/$name/bin/pip" install --quiet "$@" && touch "$at/$name/ready"; }; then
      echo "pip could not install $*: $variable is left out"
      return
    fi
  fi
  echo "export $variable=$PWD/$at/$name/bin/python" >>$at/pythons.sh
}
venv HORNBEAM_TF22_PYTHON 3.8 tensorflow-cpu==2.2.3 'protobuf<3.20' 'numpy<1.19' 'h5py<3'
venv HORNBEAM_TF215_PYTHON 3.11 tensorflow-cpu==2.15.1 h5py
venv HORNBEAM_KERAS3_PYTHON 3.12 tensorflow-cpu keras tf-keras scipy
cat $at/pythons.sh
