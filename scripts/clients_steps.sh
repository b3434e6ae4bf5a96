# Sourced after steps.sh: programs of others open SavedModels that Hornbeam wrote (tests/reverse/third_party.py).
#   HORNBEAM_CORPUS          the corpus
#   HORNBEAM_TF22_PYTHON, HORNBEAM_TF215_PYTHON  whose saved_model_cli is asked
#   HORNBEAM_CLIENTS_PYTHON  a Python with tf2onnx, onnxruntime and openvino (scripts/install_keras.sh)

# client NAME PROGRAM VARIABLE
client() {
  has_python "$1" "$3" || return 0
  checks "$1" "${!3}" tests/reverse/third_party.py "$2" build/release/hornbeam "$HORNBEAM_CORPUS"
}

clients_steps() {
  if [ -z "${HORNBEAM_CORPUS:-}" ]; then
    echo 'HORNBEAM_CORPUS is not set: other programs are not asked to open what Hornbeam saves of it'
    return
  fi
  HORNBEAM_INSTALL_CLIENTS=1
  export HORNBEAM_INSTALL_CLIENTS
  . scripts/pythons.sh
  build release hornbeam || return 0
  client saved-model-cli-2.2.3 saved_model_cli HORNBEAM_TF22_PYTHON
  client saved-model-cli-2.15.1 saved_model_cli HORNBEAM_TF215_PYTHON
  client tf2onnx tf2onnx HORNBEAM_CLIENTS_PYTHON
  client openvino openvino HORNBEAM_CLIENTS_PYTHON
}
clients_steps
