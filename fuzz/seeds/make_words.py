"""make_words.py OUT.keras: an archive with vocabularies, saved by the Keras of this interpreter (tf.keras 2.15, Keras 3)."""
import sys

import numpy as np

try:
    import tensorflow as tf

    keras = tf.keras
except ImportError:
    import keras

layers = keras.layers
x = keras.Input((1,), dtype="string")
text, words = layers.TextVectorization(name="a"), layers.StringLookup(name="b")
text.adapt(np.array(["a b c", "d"]))
words.adapt(np.array(["p", "q"]))
keras.Model(x, [text(x), words(x)]).save(sys.argv[1])
