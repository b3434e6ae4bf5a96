"""Makes tests/conformance/data/reloaded/PRODUCER.npz: what training comes to after the real Keras has loaded its own
files of the corpus, where .keras archives lack the optimizer or its state, and H5 files of 2.2 the loss scale: the results of each batch, and the weights
after the last.

    python tools/record/record_reloaded.py CORPUS PRODUCER    # run with the producer's TensorFlow
"""
import json
import pathlib
import sys

import numpy as np

from producer import OLD, keras

LOSSES = """bce bce_logits bfce categorical_hinge cce cce_logits cfce cgce cosine dice hinge huber_obj kld logcosh mae mape mse
            mse_obj_sum msle poisson scce scce_logits squared_hinge tversky"""
CASES = {
    "keras-3.15.1": ["d_loss_" + loss for loss in LOSSES.split()],
    "tf-2.2.3": ["c_mixed_float16_compiled"],
    "tf-2.15.1": ["d_opt_legacy_" + optimizer for optimizer in ["adam_decay", "ftrl", "nadam", "rmsprop", "sgd"]],
}
corpus, producer = pathlib.Path(sys.argv[1]), sys.argv[2]
arrays = {}
for name in CASES[producer]:
    case = corpus / producer / name
    train = json.loads((case / "case.json").read_text())["train"]
    assert not train["sample_weight"] and train["x_structure"] == train["y_structure"] == "single"
    x, y = [np.load(case / train[key][0]["file"]) for key in ["x_train", "y_train"]]
    model = keras.models.load_model(str(case / ("h5/model.h5" if OLD else "keras_v3/model.keras")))
    size = train["batch_size"]
    results = []
    for i in range(train["n_continue"]):
        model.reset_metrics()
        rows = slice(i * size, (i + 1) * size)
        results.append(np.atleast_1d(model.train_on_batch(x[rows], y[rows])))
    arrays[name + "/results"] = np.array(results, "float32")
    for i, weight in enumerate(model.get_weights()):
        arrays[name + "/%03d" % i] = weight
out = pathlib.Path(__file__).resolve().parents[2] / "tests/conformance/data/reloaded"
out.mkdir(parents=True, exist_ok=True)
np.savez(out / (producer + ".npz"), **arrays)
