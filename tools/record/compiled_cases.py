"""What record_compiled.py compiles models with.

A case has the model ("two": outputs "reg" of 2 columns and "cls" of 3 classes; "one": one output), what compile takes,
and, under "keras3", what to say instead to a Keras 3 that does not take a flat list for several outputs (None: it has no
such thing). What a case means is the same in all.
"""


def cases(keras):
    m, l = keras.metrics, keras.losses
    # Keras 3 does not load its own files with losses by short names (docs/limits.md): "words" has them.
    one, list_ = "mean_squared_error", ["mean_squared_error", "categorical_crossentropy"]
    dict_ = dict(zip(("reg", "cls"), list_))
    two = lambda keras3=None, **options: dict(model="two", options=dict(dict(loss=list_), **options), keras3=keras3)
    single = lambda keras3=None, **options: dict(model="one", options=dict(dict(loss=one), **options), keras3=keras3)
    return {
        "plain": two(metrics=["mae"], keras3=dict(metrics=[["mae"], ["mae"]])),
        "plain_two": two(metrics=["mae", "mse"], keras3=dict(metrics=[["mae", "mse"], ["mae", "mse"]])),
        "plain_accuracy": two(metrics=["accuracy"], keras3=dict(metrics=[["accuracy"], ["accuracy"]])),
        "plain_one_loss": two(loss=one, metrics=["mae", "acc"], keras3=dict(loss=[one, one], metrics=[["mae", "acc"], ["mae", "acc"]])),
        "plain_weighted": two(weighted_metrics=["mae", "accuracy"],
                              keras3=dict(weighted_metrics=[["mae", "accuracy"], ["mae", "accuracy"]])),
        "plain_object": two(metrics=[m.MeanAbsoluteError()], keras3=dict(metrics=[[m.MeanAbsoluteError()], [m.MeanAbsoluteError()]])),
        "plain_named": two(metrics=[m.MeanAbsoluteError(name="far")],
                           keras3=dict(metrics=[[m.MeanAbsoluteError(name="far")], [m.MeanAbsoluteError(name="far")]])),
        "nested": two(metrics=[["mae"], ["accuracy"]]),
        "nested_objects": two(metrics=[[m.MeanAbsoluteError(name="far"), "mse"], [m.CategoricalAccuracy(), m.TopKCategoricalAccuracy(k=2)]]),
        "nested_none": two(metrics=[None, ["accuracy"]]),
        "nested_empty": two(metrics=[["mae"], []], weighted_metrics=[[], ["accuracy"]]),
        "nested_strings": two(metrics=["mae", ["accuracy"]]),
        "dict": two(loss=dict_, metrics={"reg": "mae", "cls": "accuracy"}),
        "dict_lists": two(loss=dict_, metrics={"reg": ["mae", "mse"], "cls": ["accuracy", "categorical_crossentropy"]}),
        "dict_one": two(loss=dict_, metrics={"cls": ["accuracy"]}),
        "dict_first": two(metrics={"reg": "mae"}),
        "dict_object": two(loss=dict_, metrics={"reg": m.MeanSquaredError(name="off"), "cls": [m.CategoricalAccuracy()]}),
        "dict_both": two(loss=dict_, metrics={"reg": ["mae"]}, weighted_metrics={"reg": ["mse"], "cls": ["accuracy"]}),
        "prefixed": two(metrics=[[m.MeanAbsoluteError(name="reg_mae")], [m.CategoricalAccuracy(name="cls_")]]),
        "prefixed_dict": two(metrics={"reg": [m.MeanAbsoluteError(name="reg_mae"), "mse"]}),
        "no_metrics": two(),
        "words": two(loss=["mse", "mae"], metrics=[["mse"], ["mae", "acc"]]),
        "crossentropies": two(metrics=[["mse"], ["crossentropy", "ce"]],
                              keras3=dict(metrics=[["mse"], [m.CategoricalCrossentropy(name="crossentropy"), m.CategoricalCrossentropy(name="ce")]])),
        "loss_of_one": two(loss={"cls": "categorical_crossentropy"}, metrics={"cls": ["accuracy"]},
                           keras3=dict(loss={"reg": None, "cls": "categorical_crossentropy"})),
        "loss_of_first": two(loss=[one, None], metrics=[["mae"], ["mae"]]),
        "loss_weights": two(loss=dict_, loss_weights={"reg": 0.25, "cls": 2.0}, metrics={"reg": ["mae"], "cls": ["acc"]}),
        "loss_weight_of_one": two(loss=dict_, loss_weights={"cls": 2.0}, metrics={"reg": ["mae"]}),
        "loss_weights_mixed": two(loss_weights={"reg": 0.25, "cls": 2.0}, metrics=[["mae"], ["acc"]],
                                  keras3=dict(loss_weights=[0.25, 2.0])),
        "loss_weights_list": two(loss_weights=[0.25, 2.0], metrics=[["mae"], ["acc"]]),
        "loss_objects": two(loss=[l.MeanSquaredError(), l.CategoricalCrossentropy(label_smoothing=0.1)], metrics=[["mae"], ["accuracy"]]),
        "loss_object_dict": two(loss={"reg": l.MeanAbsoluteError(), "cls": l.CategoricalCrossentropy(label_smoothing=0.1)},
                                metrics={"reg": ["mse"], "cls": ["categorical_crossentropy"]}),
        "loss_sparse": two(loss=[one, "sparse_categorical_crossentropy"], metrics=[["mae"], ["accuracy"]]),
        "loss_sparse_dict": two(loss={"reg": one, "cls": l.SparseCategoricalCrossentropy()},
                                metrics={"cls": ["acc", "sparse_categorical_crossentropy"]}, weighted_metrics={"cls": ["accuracy"]}),
        "one_plain": single(metrics=["mae", "mse"]),
        "one_accuracy": single(loss="categorical_crossentropy", metrics=["accuracy"]),
        "one_sparse": single(loss="sparse_categorical_crossentropy", metrics=["acc"], weighted_metrics=["accuracy"]),
        "one_objects": single(metrics=[m.MeanAbsoluteError(), m.MeanSquaredError(name="off")]),
        "one_prefixed": single(metrics=[m.MeanAbsoluteError(name="cls_mae"), "mse"]),
        "one_dict": single(metrics={"cls": ["mae"]}),
        "one_dict_word": single(loss={"cls": one}, metrics={"cls": "mae"}),
        "one_nested": single(metrics=[["mae", "mse"]]),
        "one_weighted": single(loss=l.MeanSquaredError(), metrics=["mae"], weighted_metrics=["mse"]),
        "one_no_metrics": single(),
    }
