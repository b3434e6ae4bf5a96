"""Programs that others made for SavedModels, on folders that Hornbeam wrote: what they compute must be the case's.

    python third_party.py CLIENT HORNBEAM CORPUS    # saved_model_cli (of this Python's TensorFlow), tf2onnx or openvino

HORNBEAM: the program, which converts the H5 files of some cases of the corpus. Ends with "clients: N passed, N failed";
exit code 1 when one failed.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")
import numpy as np

from corpus_case import Case
from real_keras import told

CASES = {
    "guide_01_whole_model": "dense", "c_lenet": "conv", "c_lstm_classifier_compiled": "LSTM", "c_mask_propagation": "masks",
    "b_GRU": "GRU", "c_embedding_classifier": "embedding of integers", "c_multi_output": "several outputs",
    "c_multi_input": "several inputs", "b_SeparableConv2D_same_nobias": "dilations", "f_mobilenet_v2_tiny_stored": "MobileNetV2",
}
PRODUCERS = ("tf-2.2.3", "tf-2.15.1")


def named_inputs(case, specs):
    """The case's arrays by the names of the signature: {name: numpy dtype}."""
    x, items = case.inputs(), case.description["inputs"]
    arrays = list(x.values()) if isinstance(x, dict) else x if isinstance(x, list) else [x]
    names = [item["name"] for item in items] if len(items) > 1 else list(specs)
    return {name: array.astype(specs[name]) for name, array in zip(names, arrays)}


def saved_model_cli(folder, case, out):
    def call(*arguments):
        command = [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli", *arguments]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        if result.returncode:
            raise ValueError("saved_model_cli %s: %s" % (arguments[0], result.stderr[-400:]))
        return result.stdout

    shown = call("show", "--dir", folder, "--all")
    if "signature_def['serving_default']" not in shown or "Method name is: tensorflow/serving/predict" not in shown:
        raise ValueError("show does not show the signature: " + shown[:300])
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], folder)
    signature = meta.signature_def["serving_default"]
    specs = {name: tf.as_dtype(info.dtype).as_numpy_dtype for name, info in signature.inputs.items()}
    given = []
    for i, (name, array) in enumerate(named_inputs(case, specs).items()):
        np.save("%s/in%d.npy" % (out, i), array)
        given.append("%s=%s/in%d.npy" % (name, out, i))
    call("run", "--dir", folder, "--tag_set", "serve", "--signature_def", "serving_default", "--inputs", ";".join(given),
         "--outdir", out, "--overwrite")
    return [np.load("%s/%s.npy" % (out, name)) for name in sorted(signature.outputs)]


def tf2onnx(folder, case, out):
    import onnxruntime
    from tf2onnx import convert

    sys.argv = ["tf2onnx", "--saved-model", folder, "--output", out + "/model.onnx", "--tag", "serve", "--signature_def",
                "serving_default", "--opset", "15"]
    convert.main()
    session = onnxruntime.InferenceSession(out + "/model.onnx", providers=["CPUExecutionProvider"])
    dtypes = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64", "tensor(bool)": "bool"}
    specs = {i.name.split(":")[0]: dtypes[i.type] for i in session.get_inputs()}
    return session.run(None, named_inputs(case, specs))


def openvino(folder, case, out):
    import openvino as ov

    model = ov.Core().compile_model(ov.convert_model(folder), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    # A tensor has the name of its signature's input beside that of its placeholder.
    names = [sorted(i.get_names(), key=len)[0] for i in model.inputs]
    specs = {name: i.element_type.to_dtype() for name, i in zip(names, model.inputs)}
    if len(names) > 1:
        wanted = [item["name"] for item in case.description["inputs"]]
        specs = {w: i.element_type.to_dtype() for i in model.inputs for w in wanted if w in i.get_names()}
    x = named_inputs(case, specs)
    result = model(list(x.values()) if len(x) == 1 else x)
    return [result[o] for o in model.outputs]


def difference(case, got):
    """Outputs of a signature are in the order of their names, expected ones in the model's."""
    expected, left, largest = case.outputs(), list(got), 0.0
    if len(expected) != len(left):
        return "%d outputs, expected %d" % (len(left), len(expected)), 0
    for e in expected:
        found = [i for i, y in enumerate(left) if not case.difference(y, e)]
        if not found:
            return "an output differs: " + "; ".join(case.difference(y, e) for y in left), 0
        largest = max(largest, float(np.max(np.abs(left.pop(found[0]).astype("float64") - e))))
    return "", largest


def main():
    client, hornbeam, corpus = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    compute = {"saved_model_cli": saved_model_cli, "tf2onnx": tf2onnx, "openvino": openvino}[client]
    passed = failed = 0
    for producer in PRODUCERS:
        for name, what in CASES.items():
            case_folder = corpus / producer / name
            if not (case_folder / "h5/model.h5").exists():
                continue
            case = Case(case_folder)
            with tempfile.TemporaryDirectory() as out:
                folder = out + "/saved"
                problem, largest = "", 0
                try:
                    subprocess.run([hornbeam, "convert", str(case_folder / "h5/model.h5"), folder, "--format", "saved_model"],
                                   check=True, stdout=subprocess.DEVNULL)
                    problem, largest = difference(case, compute(folder, case, out))
                except (Exception, SystemExit) as error:
                    problem = told(error)[:500]
                    if "--verbose" in sys.argv:
                        traceback.print_exc()
            if problem:
                failed += 1
                print("failed: %s of %s (%s): %s" % (name, producer, what, problem), flush=True)
            else:
                passed += 1
                print("equal: %s of %s (%s): largest difference %.0e" % (name, producer, what, largest), flush=True)
    print("clients: %d passed, %d failed" % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
