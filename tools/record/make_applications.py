"""Makes three keras.applications models as H5, with random weights that behave like trained ones.

    python tools/record/make_applications.py DIR [NAME,...]        # TensorFlow 2.15.1

For mobilenetv2, resnet50 and efficientnetb0 writes DIR/NAME.h5, NAME_x.npy (2 pictures), NAME_y.npy (predict on them)
and NAME_weights.npz (w000, w001, ... in get_weights order).

Untrained batch normalisation (mean 0, variance 1, gamma 1) lets activations explode or vanish over a hundred layers, so
that softmax is one-hot or flat and a wrong layer goes unseen. So: gamma, beta and biases are drawn from a seed, the moving
statistics are those of one seeded batch (times a seeded jitter), and the classifier is scaled to logits of a few units.
"""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf
from tensorflow import keras

MODELS = {
    "mobilenetv2": (keras.applications.MobileNetV2, (-1.0, 1.0)),
    "resnet50": (keras.applications.ResNet50, (-128.0, 128.0)),
    "efficientnetb0": (keras.applications.EfficientNetB0, (0.0, 255.0)),
}


def pictures(rng, count, low, high):
    """Smooth blobs plus noise: nearer to photographs than white noise, whose pooled features are all alike."""
    coarse = rng.random((count, 7, 7, 3)).astype("float32")
    x = tf.image.resize(coarse, (224, 224), method="bicubic").numpy() + rng.normal(0, 0.1, (count, 224, 224, 3))
    return (low + (high - low) * np.clip(x, 0, 1)).astype("float32")


def sane_weights(model, rng, batch):
    norms = [l for l in model.layers if isinstance(l, keras.layers.BatchNormalization)]
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            n = layer.gamma.shape[0]
            layer.gamma.assign(rng.uniform(0.7, 1.3, n))
            layer.beta.assign(rng.normal(0.0, 0.2, n))
        elif isinstance(layer, keras.layers.Normalization):
            layer.adapt_mean.assign(np.full(layer.adapt_mean.shape, 0.45))
            layer.adapt_variance.assign(np.full(layer.adapt_variance.shape, 0.07))
            layer.finalize_state()
        elif getattr(layer, "use_bias", False) and getattr(layer, "bias", None) is not None:
            layer.bias.assign(rng.normal(0.0, 0.05, layer.bias.shape))
    momenta = [l.momentum for l in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(batch, training=True)
    for layer, momentum in zip(norms, momenta):
        layer.momentum = momentum
        n = layer.moving_mean.shape[0]
        spread = np.sqrt(layer.moving_variance.numpy())
        layer.moving_mean.assign_add(spread * rng.normal(0.0, 0.05, n))
        layer.moving_variance.assign(layer.moving_variance * rng.uniform(0.9, 1.1, n) + 1e-3)
    last = model.layers[-1]
    features = keras.Model(model.input, last.input)(batch, training=False).numpy()
    logits = features @ last.kernel.numpy()
    scale = min(2.0 / (logits - logits.mean(0)).std(), 50.0)
    last.kernel.assign(last.kernel * scale)
    last.bias.assign(last.bias - scale * logits.mean(0))


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(sys.argv[2].split(",") if len(sys.argv) > 2 else MODELS):
        make, (low, high) = MODELS[name]
        keras.backend.clear_session()
        keras.utils.set_random_seed(100 + index)
        rng = np.random.default_rng(100 + index)
        model = make(weights=None)
        sane_weights(model, rng, pictures(rng, 8, low, high))
        x = pictures(rng, 2, low, high)
        y = model.predict(x, verbose=0)
        model.save(out / f"{name}.h5")
        np.save(out / f"{name}_x.npy", x)
        np.save(out / f"{name}_y.npy", y)
        np.savez(out / f"{name}_weights.npz", **{f"w{i:03d}": w for i, w in enumerate(model.get_weights())})
        print(name, "max", y.max(1), "min", y.min(1), "|y0-y1|", np.abs(y[0] - y[1]).max(), flush=True)


main()
