"""Times one engine on one model and batch in a process of its own, and prints one line of JSON.

    engine.py onnxruntime|openvino|litert|tensorflow FOLDER MODEL BATCH THREADS RUNS

FOLDER holds what tools/record/make_peers.py writes. Figures: load_ms, first_ms (load and first predict together), median_ms and
min_ms of RUNS predictions after warm-up, error (largest difference from Keras's outputs).
"""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
import numpy as np


def onnxruntime(folder, name, x, threads):
    import onnxruntime as ort
    def load():
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(f"{folder}/{name}.onnx", options, providers=["CPUExecutionProvider"])
        key = session.get_inputs()[0].name
        return lambda: session.run(None, {key: x})[0]
    return load


def openvino(folder, name, x, threads):
    import openvino as ov
    core = ov.Core()
    def load():
        saved = f"{folder}/{name}_sm"
        model = ov.convert_model(saved) if os.path.isdir(saved) else core.read_model(f"{folder}/{name}.onnx")
        model.reshape({model.inputs[0].get_any_name(): list(x.shape)})
        compiled = core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads})
        request = compiled.create_infer_request()
        return lambda: list(request.infer([x], share_inputs=True).values())[0]
    return load


def litert(folder, name, x, threads):
    from ai_edge_litert.interpreter import Interpreter
    def load():
        fixed = f"{folder}/{name}_b{len(x)}.tflite"  # of a model that converts at a fixed batch size only
        interpreter = Interpreter(fixed if os.path.exists(fixed) else f"{folder}/{name}.tflite", num_threads=threads)
        index = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(index, x.shape)
        interpreter.allocate_tensors()
        out = interpreter.get_output_details()[0]["index"]
        def run():
            interpreter.set_tensor(index, x)
            interpreter.invoke()
            return interpreter.get_tensor(out)
        return run
    return load


def tensorflow(folder, name, x, threads):
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tensor = tf.constant(x)
    def load():
        model = tf.keras.models.load_model(f"{folder}/{name}.h5")
        predicted = []
        function = tf.function(lambda t: model(t, training=False))
        def run():
            if not predicted:  # what a user calls first
                predicted.append(model.predict(x, verbose=0))
                return predicted[0]
            return function(tensor).numpy()
        return run
    return load


def main():
    engine, folder, name, batch, threads, runs = sys.argv[1:4] + [int(v) for v in sys.argv[4:7]]
    x = np.load(f"{folder}/{name}_x{batch}.npy")
    y = np.load(f"{folder}/{name}_y{batch}.npy")
    load = globals()[engine](folder, name, x, threads)
    start = time.perf_counter()
    run = load()
    loaded = time.perf_counter()
    result = run()
    first = time.perf_counter()
    end = time.perf_counter() + 0.3
    for warm in range(1000):
        run()
        if warm >= 5 and time.perf_counter() > end:
            break
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    times.sort()
    print(json.dumps({"load_ms": 1e3 * (loaded - start), "first_ms": 1e3 * (first - start), "median_ms": 1e3 * times[runs // 2],
                      "min_ms": 1e3 * times[0], "error": float(np.abs(np.asarray(result).reshape(y.shape) - y).max())}))


main()
