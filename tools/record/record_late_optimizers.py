"""Records the optimizers that not every Keras has: Adafactor (since 2.11), Lamb, Muon and ScheduleFreeAdamW (Keras 3).

    python tools/record/record_late_optimizers.py [DIR]   # run with TensorFlow 2.15.1 and with Keras 3: one set of files each

Rows as those of record_optimizers.py, of four variables: a wide and a tall matrix, a vector and one of rank 3. See
tests/keras/data/late_optimizers/README.md.
"""
import json
import pathlib
import sys

from producer import KERAS3, PRODUCER, keras, plain

import numpy as np
import record_optimizers as recorder

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/late_optimizers"
SHAPES = ((3, 4), (5,), (2, 3, 4), (6, 2))
ADAFACTOR = [("Adafactor", {}), ("Adafactor", {"learning_rate": 0.5, "beta_2_decay": -0.6, "epsilon_1": 1e-8, "epsilon_2": 0.05, "clip_threshold": 0.5}),
             ("Adafactor", {"learning_rate": 0.1, "relative_step": False, "weight_decay": 0.1}), ("Adafactor", {"clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.5})]
KERAS3_ONLY = [("Lamb", {}), ("Lamb", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-4}), ("Lamb", {"weight_decay": 0.1, "clipvalue": 0.3, "name": "mine"}),
               ("Muon", {}), ("Muon", {"learning_rate": 0.1, "exclude_embeddings": False}), ("Muon", {"exclude_layers": ["ker.el$", "nothing"], "weight_decay": None, "adam_weight_decay": None}),
               ("Muon", {"learning_rate": 0.05, "nesterov": False, "momentum": 0.8, "ns_steps": 3, "rms_rate": None, "adam_lr_ratio": 0.25, "adam_beta_1": 0.7, "adam_beta_2": 0.9, "epsilon": 1e-4,
                         "muon_a": 3.0, "muon_b": -4.0, "muon_c": 1.5, "weight_decay": 0.1, "adam_weight_decay": 0.2, "exclude_embeddings": False}),
               ("ScheduleFreeAdamW", {}), ("ScheduleFreeAdamW", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-4, "warmup_steps": 3}),
               ("ScheduleFreeAdamW", {"weight_decay": 0.1, "global_clipnorm": 0.5})]
WORDS = "adafactor Adafactor lamb muon schedulefreeadamw ScheduleFreeAdamW".split()


def main():
    generation = "keras3" if KERAS3 else "modern"
    cases = ADAFACTOR + (KERAS3_ONLY if KERAS3 else [])
    for cls, arguments in cases:
        recorder.record_case(keras.optimizers, generation, cls, arguments, shapes=SHAPES)
    classes = list(dict.fromkeys(cls for cls, _ in cases))
    for cls in classes:
        if cls != "Muon":  # Keras cannot: it multiplies float64 by float32
            recorder.record_case(keras.optimizers, generation, cls, {}, "float64", shapes=SHAPES)
        recorder.record_sparse(keras.optimizers, generation, cls, {"learning_rate": 0.1})
    if KERAS3:
        recorder.record_sparse(keras.optimizers, generation, "Muon", {"learning_rate": 0.1, "exclude_layers": ["table"]})
    serialized = {}
    for cls in classes:
        optimizer = getattr(keras.optimizers, cls)()
        serialized[cls] = [keras.optimizers.serialize(optimizer)]
        if not KERAS3:
            serialized[cls].append(keras.optimizers.serialize(optimizer, use_legacy_format=True))
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **recorder.arrays)
    document = {"rows": recorder.rows, "sparse": recorder.sparse_rows, "spellings": {word: recorder.spelled(word) for word in WORDS}, "serialized": serialized}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(recorder.rows), "optimizers")


if __name__ == "__main__":
    main()
