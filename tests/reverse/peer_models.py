"""The models that Hornbeam and a real Keras train side by side, every optimizer of that Keras, and the data."""
import numpy as np

STEPS, SAMPLES, CLASSES = 200, 48, 4
SHAKEN = 8  # trainings whose weights are shaken
ROWS = {"mlp": (12,), "convnet": (10, 10, 2), "lstm": (9, 6), "transformer": (8, 16)}

# Other than their defaults where those hardly move the weights in 200 steps, or where there is more than the plain rule.
SETTINGS = {
    "SGD": dict(learning_rate=0.05, momentum=0.9, nesterov=True),
    "RMSprop": dict(learning_rate=0.002, momentum=0.5, centered=True),
    "Adadelta": dict(learning_rate=1.0),
    "Adagrad": dict(learning_rate=0.02),
    "Adamax": dict(learning_rate=0.005),
    # With the default accumulator its first step brings every weight near zero, and nothing is learnt from there.
    "Ftrl": dict(learning_rate=0.01, initial_accumulator_value=1e-6, l1_regularization_strength=1e-4),
    "Lion": dict(learning_rate=5e-4),
    "AdamW": dict(weight_decay=0.01),
}
NOT_RULES = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")  # the base class, and what wraps others


def optimizers_of(keras):
    """Name -> a function that makes one; tf.keras 2.15's legacy ones as "legacy NAME"."""
    made = {}
    rooms = {"": keras.optimizers}
    if hasattr(keras.optimizers, "legacy") and not hasattr(keras, "ops"):
        rooms["legacy "] = keras.optimizers.legacy
    for prefix, room in rooms.items():
        for name in sorted(dir(room)):
            kind = getattr(room, name)
            if name in NOT_RULES or not isinstance(kind, type) or not issubclass(kind, room.Optimizer):
                continue
            made[prefix + name] = lambda kind=kind, name=name: kind(**SETTINGS.get(name, {}))
    return made


def data_of(model):
    """Inputs and classes: half of these follow from the inputs, so that there is something to learn and something left."""
    random = np.random.RandomState(sorted(ROWS).index(model) + 1)
    x = random.uniform(-1, 1, (SAMPLES,) + ROWS[model]).astype("float32")
    y = (x.reshape(SAMPLES, -1)[:, :5].sum(-1) > 0) + 2 * (random.uniform(size=SAMPLES) > 0.5)
    return x, y.astype("int64")


def initial(weights):
    """The same numbers in each run: kernels are drawn here, the others are what the layers began with."""
    random = np.random.RandomState(3)
    limit = lambda shape: np.sqrt(6 / (np.prod(shape[:-1]) + np.prod(shape[:-2]) * shape[-1]))
    draw = lambda shape: random.uniform(-limit(shape), limit(shape), shape).astype("float32")
    return [draw(w.shape) if w.ndim > 1 else w for w in weights]


def make(keras, name):
    layers = keras.layers
    x = h = keras.Input(ROWS[name])
    if name == "mlp":
        h = layers.Dense(32, activation="relu")(h)
        h = layers.Dense(16, activation="tanh")(h)
    elif name == "convnet":
        h = layers.Conv2D(8, 3, padding="same", use_bias=False)(h)
        h = layers.Activation("relu")(layers.BatchNormalization()(h))
        h = layers.Conv2D(16, 3, strides=2, activation="relu")(layers.MaxPooling2D()(h))
        h = layers.Flatten()(layers.BatchNormalization()(h))
    elif name == "lstm":
        h = layers.LSTM(16, return_sequences=True)(h)
        h = layers.LSTM(12)(h)
    else:
        if hasattr(layers, "MultiHeadAttention"):
            attended = layers.MultiHeadAttention(2, 8)(h, h)
        else:  # TensorFlow 2.2 has none
            q, k, v = (layers.Dense(16)(h) for _ in range(3))
            attended = layers.Attention(use_scale=True)([q, v, k])
        h = layers.LayerNormalization()(layers.Add()([h, attended]))
        fed = layers.Dense(16)(layers.Dense(32, activation="relu")(h))
        h = layers.LayerNormalization()(layers.Add()([h, fed]))
        h = layers.GlobalAveragePooling1D()(h)
    return keras.Model(x, layers.Dense(CLASSES, activation="softmax")(h))
