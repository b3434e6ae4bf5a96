"""Makes a small model with a layer of one's own, a subclass of LSTM, as examples/reversed_lstm.h has it in C++.

    python tools/record/make_reversed_lstm.py [DIR]        # TensorFlow 2.15.1

Into DIR (default tests/examples/data/reversed_lstm): model.json, weights.h5, x.npy and what Keras predicts of it, y.npy.
"""
import pathlib
import sys

from producer import keras, np

L = keras.layers
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/examples/data/reversed_lstm"


class ReversedLSTM(L.LSTM):
    def __init__(self, **kwargs):
        kwargs["go_backwards"] = True
        super().__init__(**kwargs)

    def call(self, inputs, **kwargs):
        return keras.backend.reverse(super().call(inputs, **kwargs), 1)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = np.random.RandomState(8)
    arguments = {"units": 4, "return_sequences": True, "recurrent_activation": "hard_sigmoid", "dropout": 0.3}
    x = keras.Input((None, 3), name="x")
    both = L.Concatenate(name="both")([L.LSTM(name="forward", **arguments)(x), ReversedLSTM(name="backward", **arguments)(x)])
    model = keras.Model(x, L.Dense(5, activation="softmax", name="out")(both), name="m")
    model.set_weights([rng.normal(0, 0.8, w.shape).astype("float32") for w in model.get_weights()])
    (OUT / "model.json").write_text(model.to_json() + "\n")
    model.save_weights(str(OUT / "weights.h5"))
    data = rng.normal(size=(2, 6, 3)).astype("float32")
    np.save(OUT / "x.npy", data)
    np.save(OUT / "y.npy", model.predict(data, verbose=0))


main()
