"""Records every optimizer under every setting that all have: clipping of each kind, decay or weight decay, schedules, averages, sums
of gradients, scales of the loss; a few settings in a row, so that each is there with each optimizer.

    python tools/record/record_optimizer_settings.py [DIR]   # run with TensorFlow 2.2.3, with 2.15.1 and with Keras 3: one set of files each

Rows as those of record_optimizers.py. See tests/keras/data/optimizer_settings/README.md. Python 3.8 (TensorFlow 2.2.3) must be able to run this.
"""
import json
import pathlib
import sys

from producer import KERAS3, OLD, PRODUCER, keras, plain

import numpy as np

import record_optimizers as recorder

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/keras/data/optimizer_settings"
NOT_RULES = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
recorder.STEPS = 3
SHAPES = ((2, 3), (4,))
schedules = keras.optimizers.schedules


def rate(name):
    """Ftrl divides by it, which makes more of roundings."""
    return {"learning_rate": schedules.ExponentialDecay(1.0 if name == "Ftrl" else 0.1, 2, 0.5)}


def settings(generation, name):
    """Of one optimizer. Legacy Nadam's decay is another thing, and it takes no schedule."""
    rates = {} if (generation, name) == ("legacy", "Nadam") else rate(name)
    if generation == "legacy":
        rows = [dict({"clipnorm": 0.5}, **({} if name == "Nadam" else {"decay": 0.3})), dict(rates, clipvalue=0.2), {"clipnorm": 0.8, "clipvalue": 0.3}]
        if not OLD:
            rows += [dict({"global_clipnorm": 0.5}, **({} if name == "Nadam" else {"decay": 0.004}))]
        if OLD and name != "Nadam":
            rows += [{"learning_rate": keras.experimental.LinearCosineDecay(0.1, 5, beta=0.01)}]
        return rows
    rows = [dict(rate(name), clipnorm=0.5), {"weight_decay": 0.1, "clipvalue": 0.2}, {"global_clipnorm": 0.5, "use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 2}]
    if KERAS3:
        rows += [dict(rate(name), gradient_accumulation_steps=2, loss_scale_factor=4.0), {"gradient_accumulation_steps": 2, "use_ema": True, "weight_decay": 0.1}]
    return rows


def main():
    rooms = {"legacy": keras.optimizers} if OLD else {"keras3": keras.optimizers} if KERAS3 else {"modern": keras.optimizers, "legacy": keras.optimizers.legacy}
    for generation, room in rooms.items():
        for name in sorted(dir(room)):
            make = getattr(room, name)
            if isinstance(make, type) and issubclass(make, room.Optimizer) and name not in NOT_RULES:
                for arguments in settings(generation, name):
                    recorder.record_case(room, generation, name, arguments, shapes=SHAPES)
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(str(OUT / PRODUCER), **recorder.arrays)
    document = {"rows": recorder.rows, "sparse": [], "spellings": {}, "serialized": {}}
    (OUT / (PRODUCER + ".json")).write_text(json.dumps(document, default=plain) + "\n")
    print(PRODUCER, len(recorder.rows), "rows")


if __name__ == "__main__":
    main()
