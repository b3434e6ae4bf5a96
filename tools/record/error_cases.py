"""The wrong calls whose errors are recorded: (name, the call in words, function that makes it). Runs under tf.keras 2.2.3, 2.15.1 and Keras 3."""
import json

import numpy as np

import error_cases_attention
import error_cases_configs
import error_cases_conv
import error_cases_image
import error_cases_optimizers
import error_cases_preprocessing
import error_cases_recurrent

CASES = []


def cases(keras):
    L, Input, Model, Sequential = keras.layers, keras.Input, keras.Model, keras.Sequential
    del CASES[:]

    def case(name, words):
        return lambda f: CASES.append((name, words, f))

    def dense_model(units=(4, 3), inputs=2, names=True):
        layers = [L.Dense(u, name="dense_%d" % i if names else None) for i, u in enumerate(units)]
        return Sequential([Input((inputs,))] + layers, name="m")

    foo = {"class_name": "Foo", "config": {"name": "foo"}}
    # Names that are not known
    case("unknown_layer_json", "model_from_json of a Sequential with a layer of class Foo")(
        lambda: keras.models.model_from_json(json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": [foo]}})))
    case("unknown_model_json", "model_from_json with class_name Foo")(lambda: keras.models.model_from_json(json.dumps(foo)))
    case("unknown_layer_from_config", "Sequential.from_config with a layer of class Foo")(lambda: Sequential.from_config({"name": "s", "layers": [foo]}))
    case("unknown_layer_deserialize", 'layers.deserialize({"class_name": "Foo", "config": {"name": "foo"}})')(lambda: L.deserialize(dict(foo)))
    newer = {"module": "pack", "class_name": "Foo", "config": {"name": "foo"}, "registered_name": "pack>Foo"}
    case("unknown_layer_deserialize_module", "layers.deserialize of class Foo with module 'pack' and registered_name 'pack>Foo'")(lambda: L.deserialize(dict(newer)))
    case("unknown_layer_json_module", "model_from_json of a Sequential (module 'keras') with a layer of class Foo, module 'pack', registered_name 'pack>Foo'")(
        lambda: keras.models.model_from_json(json.dumps({"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"name": "s", "layers": [newer]}})))
    case("improper_config", 'layers.deserialize({"name": "foo"})')(lambda: L.deserialize({"name": "foo"}))
    case("json_not_json", 'model_from_json("not json")')(lambda: keras.models.model_from_json("not json"))
    for kind, word in (("activations", "activation"), ("initializers", "kernel_initializer"), ("regularizers", "kernel_regularizer"), ("constraints", "kernel_constraint")):
        module = getattr(keras, kind)
        case("unknown_%s_get" % kind, '%s.get("foo")' % kind)(lambda module=module: module.get("foo"))
        case("unknown_%s_deserialize" % kind, '%s.deserialize({"class_name": "Foo", "config": {}})' % kind)(
            lambda module=module: module.deserialize({"class_name": "Foo", "config": {}}))
        case("wrong_type_%s_get" % kind, "%s.get(3)" % kind)(lambda module=module: module.get(3))
        case("unknown_%s_in_dense" % kind, 'Dense(3, %s="foo")' % word)(lambda word=word: L.Dense(3, **{word: "foo"}))
    # Shapes that a layer refuses
    for name, words, shape, make in (
            ("dense_rank", "Dense(3, name='d') on Input(())", (), lambda: L.Dense(3, name="d")), ("dense_unknown_last", "Dense(3, name='d') on Input((None,))", (None,), lambda: L.Dense(3, name="d")),
            ("conv2d_rank", "Conv2D(2, 3, name='c') on Input((5, 5))", (5, 5), lambda: L.Conv2D(2, 3, name="c")),
            ("conv1d_rank", "Conv1D(2, 3, name='c') on Input((5, 5, 5))", (5, 5, 5), lambda: L.Conv1D(2, 3, name="c")),
            ("conv2d_unknown_channels", "Conv2D(2, 3, name='c') on Input((5, 5, None))", (5, 5, None), lambda: L.Conv2D(2, 3, name="c")),
            ("conv2d_too_small", "Conv2D(2, 3, name='c') on Input((2, 2, 1))", (2, 2, 1), lambda: L.Conv2D(2, 3, name="c")),
            ("conv2d_groups_channels", "Conv2D(4, 3, groups=2, name='c') on Input((5, 5, 3))", (5, 5, 3), lambda: L.Conv2D(4, 3, groups=2, name="c")),
            ("depthwise_rank", "DepthwiseConv2D(3, name='c') on Input((5, 5))", (5, 5), lambda: L.DepthwiseConv2D(3, name="c")),
            ("separable_rank", "SeparableConv2D(2, 3, name='c') on Input((5, 5))", (5, 5), lambda: L.SeparableConv2D(2, 3, name="c")),
            ("max_pooling2d_rank", "MaxPooling2D(name='p') on Input((5, 5))", (5, 5), lambda: L.MaxPooling2D(name="p")),
            ("average_pooling1d_rank", "AveragePooling1D(name='p') on Input((5,))", (5,), lambda: L.AveragePooling1D(name="p")),
            ("max_pooling2d_too_small", "MaxPooling2D(3, name='p') on Input((2, 2, 1))", (2, 2, 1), lambda: L.MaxPooling2D(3, name="p")),
            ("global_pooling_rank", "GlobalAveragePooling2D(name='p') on Input((5, 5))", (5, 5), lambda: L.GlobalAveragePooling2D(name="p")),
            ("padding2d_rank", "ZeroPadding2D(name='z') on Input((5, 5))", (5, 5), lambda: L.ZeroPadding2D(name="z")),
            ("repeat_vector_rank", "RepeatVector(2, name='r') on Input((5, 5))", (5, 5), lambda: L.RepeatVector(2, name="r")),
            ("permute_rank", "Permute((2, 1), name='p') on Input((5, 5, 5))", (5, 5, 5), lambda: L.Permute((2, 1), name="p")),
            ("reshape_impossible", "Reshape((4, 2), name='r') on Input((3, 3))", (3, 3), lambda: L.Reshape((4, 2), name="r")),
            ("reshape_impossible_minus_one", "Reshape((-1, 2), name='r') on Input((3, 3))", (3, 3), lambda: L.Reshape((-1, 2), name="r")),
            ("reshape_two_unknown", "Reshape((-1, -1), name='r') on Input((3, 3))", (3, 3), lambda: L.Reshape((-1, -1), name="r")),
            ("batch_norm_axis", "BatchNormalization(axis=4, name='b') on Input((3,))", (3,), lambda: L.BatchNormalization(axis=4, name="b")),
            ("batch_norm_unknown_axis", "BatchNormalization(name='b') on Input((None,))", (None,), lambda: L.BatchNormalization(name="b")),
            ("layer_norm_axis", "LayerNormalization(axis=4, name='n') on Input((3,))", (3,), lambda: L.LayerNormalization(axis=4, name="n")),
            ("concatenate_one", "Concatenate(name='c') on one Input((3,))", (3,), lambda: L.Concatenate(name="c")), ("add_one", "Add(name='a') on one Input((3,))", (3,), lambda: L.Add(name="a"))):
        case(name, words)(lambda shape=shape, make=make: make()(Input(shape, name="i")))

    def built(layer, shape):
        layer(Input(shape, name="i"))
        return layer

    case("dense_other_last_axis", "Dense(3, name='d') built on Input((4,)), then called on zeros (2, 5)")(lambda: built(L.Dense(3, name="d"), (4,))(np.zeros((2, 5), "float32")))
    case("dense_other_last_axis_symbolic", "Dense(3, name='d') built on Input((4,)), then called on Input((5,))")(lambda: built(L.Dense(3, name="d"), (4,))(Input((5,), name="j")))
    case("conv2d_other_channels", "Conv2D(2, 3, name='c') built on Input((5, 5, 3)), then called on zeros (1, 5, 5, 4)")(
        lambda: built(L.Conv2D(2, 3, name="c"), (5, 5, 3))(np.zeros((1, 5, 5, 4), "float32")))
    case("batch_norm_other_axis", "BatchNormalization(name='b') built on Input((4,)), then called on zeros (2, 5)")(
        lambda: built(L.BatchNormalization(name="b"), (4,))(np.zeros((2, 5), "float32")))

    def two(a, b):
        return [Input(a, name="a"), Input(b, name="b")]

    case("concatenate_mismatch", "Concatenate(name='c') on Input((2, 3)) and Input((4, 3))")(lambda: L.Concatenate(name="c")(two((2, 3), (4, 3))))
    case("concatenate_ranks", "Concatenate(name='c') on Input((2, 3)) and Input((3,))")(lambda: L.Concatenate(name="c")(two((2, 3), (3,))))
    case("concatenate_axis", "Concatenate(axis=5, name='c') on two Input((2, 3))")(lambda: L.Concatenate(axis=5, name="c")(two((2, 3), (2, 3))))
    case("add_mismatch", "Add(name='a') on Input((3,)) and Input((4,))")(lambda: L.Add(name="a")(two((3,), (4,))))
    case("add_batch_mismatch", "Add(name='a') on Input(batch_shape (2, 3)) and Input(batch_shape (4, 3))")(
        lambda: L.Add(name="a")([Input(batch_shape=(2, 3), name="a"), Input(batch_shape=(4, 3), name="b")]))
    case("subtract_three", "Subtract(name='s') on three Input((3,))")(lambda: L.Subtract(name="s")(two((3,), (3,)) + [Input((3,), name="c")]))
    case("layer_on_text", "Dense(3, name='d')('hello')")(lambda: L.Dense(3, name="d")("hello"))
    case("layer_two_inputs", "Dense(3, name='d') on a list of two Input((3,))")(lambda: L.Dense(3, name="d")(two((3,), (3,))))

    # Graphs
    def duplicate():
        i = Input((3,), name="i")
        return Model(i, L.Dense(2, name="d")(L.Dense(3, name="d")(i)), name="m")

    def disconnected():
        a, b = two((3,), (3,))
        return Model(a, L.Dense(2, name="d")(L.Concatenate(name="c")([a, b])), name="m")

    def middle_input():
        i = Input((3,), name="i")
        h = L.Dense(3, name="h")(i)
        return Model(i, [L.Dense(2, name="d")(h), Input((3,), name="j")], name="m")

    def output_is_array():
        return Model(Input((3,), name="i"), np.zeros((2, 2)), name="m")

    def redundant():
        i = Input((3,), name="i")
        return Model([i, i], L.Dense(2, name="d")(i), name="m")

    def sequential_duplicate():
        return Sequential([Input((3,)), L.Dense(3, name="d"), L.Dense(2, name="d")], name="m")

    def same_instance_twice():
        d = L.Dense(3, name="d")
        return Sequential([Input((3,)), d, d], name="m")

    case("duplicate_names", "functional Model 'm' with two Dense named 'd'")(duplicate)
    case("sequential_duplicate_names", "Sequential of two Dense named 'd'")(sequential_duplicate)
    case("sequential_same_layer_twice", "Sequential with one Dense 'd' twice")(same_instance_twice)
    case("disconnected", "Model(a, Dense 'd' of Concatenate 'c' of inputs a and b)")(disconnected)
    case("disconnected_second_output", "Model(i, [Dense of i, another Input 'j'])")(middle_input)
    case("output_not_symbolic", "Model(Input, a NumPy array)")(output_is_array)
    case("redundant_inputs", "Model([i, i], ...)")(redundant)
    case("add_not_a_layer", "Sequential(name='m').add('hello')")(lambda: Sequential(name="m").add("hello"))
    case("sequential_of_text", "Sequential(['hello'])")(lambda: Sequential(["hello"]))
    case("pop_empty", "Sequential().pop()")(lambda: Sequential().pop())
    case("add_two_outputs", "Sequential.add of a Model with two outputs")(
        lambda: (lambda i: Sequential([Input((3,)), Model(i, [L.Dense(1, name="p")(i), L.Dense(1, name="q")(i)], name="two")], name="m"))(Input((3,), name="i")))
    case("get_layer_name", "get_layer('nope') of a Sequential of dense_0, dense_1")(lambda: dense_model().get_layer("nope"))
    case("get_layer_index", "get_layer(index=7) of a Sequential of dense_0, dense_1")(lambda: dense_model().get_layer(index=7))
    case("get_layer_nothing", "get_layer() of a Sequential")(lambda: dense_model().get_layer())
    case("get_layer_both", "get_layer('dense_0', index=0) of a Sequential")(lambda: dense_model().get_layer("dense_0", 0))

    # Weights
    def layer_set(weights):
        return lambda: built(L.Dense(3, name="d"), (2,)).set_weights(weights)

    case("layer_set_weights_count", "Dense(3, name='d') on 2 features: set_weights of one (2, 3) array")(layer_set([np.zeros((2, 3))]))
    case("layer_set_weights_many", "Dense(3, name='d') on 2 features: set_weights of three arrays")(layer_set([np.zeros((2, 3)), np.zeros(3), np.zeros(3)]))
    case("layer_set_weights_shape", "Dense(3, name='d') on 2 features: set_weights of (3, 2) and (3,)")(layer_set([np.zeros((3, 2)), np.zeros(3)]))
    case("layer_set_weights_none", "Dense(3, name='d'), not built: set_weights of two arrays")(lambda: L.Dense(3, name="d").set_weights([np.zeros((2, 3)), np.zeros(3)]))
    case("model_set_weights_count", "Sequential 'm' of Dense 4 and 3 on 2 features: set_weights of one (2, 4) array")(lambda: dense_model().set_weights([np.zeros((2, 4))]))
    case("model_set_weights_shape", "Sequential 'm' of Dense 4 and 3 on 2 features: set_weights with a transposed first kernel")(
        lambda: dense_model().set_weights([np.zeros((4, 2)), np.zeros(4), np.zeros((4, 3)), np.zeros(3)]))
    lazy = lambda: Sequential([L.Dense(3, name="d")], name="m")
    case("weights_unbuilt", "weights of an unbuilt Sequential 'm'")(lambda: lazy().weights)
    case("get_weights_unbuilt", "get_weights() of an unbuilt Sequential 'm'")(lambda: lazy().get_weights())
    case("summary_unbuilt", "summary() of an unbuilt Sequential 'm'")(lambda: lazy().summary())
    case("count_params_unbuilt", "count_params() of an unbuilt Sequential 'm'")(lambda: lazy().count_params())
    case("layer_count_params_unbuilt", "count_params() of an unbuilt Dense 'd'")(lambda: L.Dense(3, name="d").count_params())
    case("layer_input_uncalled", "input of a Dense 'd' never called")(lambda: L.Dense(3, name="d").input)
    case("layer_output_uncalled", "output of a Dense 'd' never called")(lambda: L.Dense(3, name="d").output)
    case("layer_output_shape_uncalled", "output_shape of a Dense 'd' never called")(lambda: L.Dense(3, name="d").output_shape)

    def called_twice():
        d = L.Dense(3, name="d")
        d(Input((3,), name="a")), d(Input((3,), name="b"))
        return d

    case("layer_output_many_nodes", "output of a Dense 'd' called twice")(lambda: called_twice().output)
    case("layer_input_many_nodes", "input of a Dense 'd' called twice")(lambda: called_twice().input)
    case("layer_get_output_at", "get_output_at(5) of a Dense 'd' called twice")(lambda: called_twice().get_output_at(5))
    case("unbuilt_save_h5", "save('u.h5') of an unbuilt Sequential 'm'")(lambda: lazy().save("u.h5"))
    case("unbuilt_save_weights", "save_weights('u.weights.h5') of an unbuilt Sequential 'm'")(lambda: lazy().save_weights("u.weights.h5"))

    class Own(Model):
        def call(self, x):
            return x

    class OwnLayer(L.Layer):
        def __init__(self, size, **kw):
            super().__init__(**kw)
            self.size = size

    case("subclassed_summary", "summary() of a subclassed Model never called")(lambda: Own(name="own").summary())
    case("subclassed_to_json", "to_json() of a subclassed Model")(lambda: Own(name="own").to_json())
    case("subclassed_get_config", "get_config() of a subclassed Model")(lambda: Own(name="own").get_config())
    case("subclassed_save_h5", "save('own.h5') of a subclassed Model never called")(lambda: Own(name="own").save("own.h5"))
    case("subclassed_load_unbuilt", "load_weights(an h5 file) into a subclassed Model never called")(lambda: Own(name="own").load_weights(whole("x.h5", dense_model())))
    case("custom_layer_no_get_config", "get_config() of a Layer subclass with a constructor argument and no get_config")(lambda: OwnLayer(3, name="o").get_config())

    # predict
    def two_inputs():
        a, b = two((2,), (2,))
        return Model([a, b], L.Dense(1, name="d")(L.Concatenate(name="c")([a, b])), name="m")

    z = np.zeros((3, 2), "float32")
    case("predict_too_few", "predict of one (3, 2) array, model 'm' has inputs a and b of 2 features")(lambda: two_inputs().predict(z, verbose=0))
    case("predict_too_few_list", "predict of a list of one (3, 2) array, model has two inputs")(lambda: two_inputs().predict([z], verbose=0))
    case("predict_too_many", "predict of three arrays, model has two inputs")(lambda: two_inputs().predict([z, z, z], verbose=0))
    case("predict_missing_key", "predict of {'a': array}, model has inputs a and b")(lambda: two_inputs().predict({"a": z}, verbose=0))
    case("predict_cardinality", "predict of arrays of 3 and 4 rows")(lambda: two_inputs().predict([z, np.zeros((4, 2), "float32")], verbose=0))
    case("predict_wrong_features", "predict of a (3, 5) array; Sequential 'm' with Input((2,))")(lambda: dense_model().predict(np.zeros((3, 5), "float32"), verbose=0))
    case("predict_wrong_rank", "predict of a (3,) array; Sequential 'm' with Input((4, 2)) and Conv1D 'c'")(
        lambda: Sequential([Input((4, 2)), L.Conv1D(2, 2, name="c")], name="m").predict(np.zeros((3,), "float32"), verbose=0))
    case("call_wrong_features", "functional model 'm' with Input((2,)) called on zeros (3, 5)")(
        lambda: (lambda i: Model(i, L.Dense(1, name="d")(i), name="m"))(Input((2,), name="i"))(np.zeros((3, 5), "float32")))
    case("predict_empty", "predict of a (0, 2) array")(lambda: dense_model().predict(np.zeros((0, 2), "float32"), verbose=0))
    case("predict_none", "predict(None)")(lambda: dense_model().predict(None, verbose=0))

    # Files
    def whole(path, model):
        model.save(path)
        return path

    case("load_weights_layer_count", "load_weights of an h5 of 2 layers into a Sequential of 3")(lambda: dense_model((4, 3, 2)).load_weights(whole("a.h5", dense_model())))
    case("load_weights_shape", "load_weights of an h5 with Dense 4, 3 into Dense 5, 3")(lambda: dense_model((5, 3)).load_weights(whole("a.h5", dense_model())))
    case("load_weights_count_in_layer", "load_weights of an h5 whose dense_0 has no bias")(
        lambda: dense_model((4,)).load_weights(whole("a.h5", Sequential([Input((2,)), L.Dense(4, use_bias=False, name="dense_0")]))))
    case("by_name_shape", "load_weights(by_name=True) of an h5 with Dense 4, 3 into Dense 5, 3")(lambda: dense_model((5, 3)).load_weights(whole("a.h5", dense_model()), by_name=True))
    case("by_name_count", "load_weights(by_name=True) of an h5 whose dense_0 has no bias")(
        lambda: dense_model((4,)).load_weights(whole("a.h5", Sequential([Input((2,)), L.Dense(4, use_bias=False, name="dense_0")])), by_name=True))
    case("skip_mismatch_alone", "load_weights(skip_mismatch=True) of an h5, without by_name")(lambda: dense_model().load_weights(whole("a.h5", dense_model()), skip_mismatch=True))
    case("load_weights_missing", "load_weights('missing.h5')")(lambda: dense_model().load_weights("missing.h5"))
    case("load_weights_missing_weights_h5", "load_weights('missing.weights.h5')")(lambda: dense_model().load_weights("missing.weights.h5"))
    case("load_weights_unbuilt", "load_weights of an h5 into an unbuilt Sequential 'm'")(lambda: lazy().load_weights(whole("a.h5", dense_model((3,)))))
    case("load_weights_text_file", "load_weights of a file of text named t.h5")(lambda: (open("t.h5", "w").write("hello"), dense_model().load_weights("t.h5")))
    case("load_model_missing", "load_model('missing.h5')")(lambda: keras.models.load_model("missing.h5"))
    case("load_model_missing_folder", "load_model('missing')")(lambda: keras.models.load_model("missing"))
    case("load_model_text_file", "load_model of a file of text named t.h5")(lambda: (open("t.h5", "w").write("hello"), keras.models.load_model("t.h5")))

    def no_config():
        import h5py

        with h5py.File("n.h5", "w") as f:
            f.attrs["layer_names"] = [b"a"]
        return keras.models.load_model("n.h5")

    case("load_model_no_config", "load_model of an h5 that holds weights and no model_config")(no_config)

    def unknown_in_file():
        class Foo(L.Layer):
            pass

        Sequential([Input((2,)), Foo(name="foo")], name="m").save("foo.h5")
        return keras.models.load_model("foo.h5")

    case("load_model_unknown_layer", "load_model of an h5 with a custom layer Foo")(unknown_in_file)
    case("save_unknown_format", "save('m.foo') of a built Sequential")(lambda: dense_model().save("m.foo"))
    case("save_missing_folder", "save('new/folder/m.h5')")(lambda: dense_model().save("new/folder/m.h5"))
    case("save_weights_missing_folder", "save_weights('newer/folder/m.weights.h5')")(lambda: dense_model().save_weights("newer/folder/m.weights.h5"))

    # Labels that are not given
    class AddsLoss(L.Layer):
        def call(self, x):
            self.add_loss(keras.backend.mean(x) if hasattr(keras.backend, "mean") else keras.ops.mean(x))
            return x

    def compiled(kind, loss="mse"):
        regularizer = "l2" if kind == "regularized" else None
        layers = [Input((2,)), L.Dense(3, name="d", kernel_regularizer=regularizer)] + ([AddsLoss(name="a")] if kind == "added" else [])
        model = Sequential(layers, name="m")
        model.compile("sgd", loss)
        return model

    def loss_is_zero(results):
        return bool(np.ravel(results)[0] == 0)

    ones = np.ones((4, 2), "float32")
    for kind, words in (("plain", ""), ("regularized", " with a kernel_regularizer"), ("added", " with a layer that adds a loss")):
        of = " of a model%s, compiled with loss='mse'" % words
        case("fit_no_y_" + kind, "fit(x)" + of)(lambda kind=kind: sorted(compiled(kind).fit(ones, verbose=0).history))
        case("evaluate_no_y_" + kind, "evaluate(x)" + of)(lambda kind=kind: loss_is_zero(compiled(kind).evaluate(ones, verbose=0)))
        case("train_on_batch_no_y_" + kind, "train_on_batch(x)" + of)(lambda kind=kind: loss_is_zero(compiled(kind).train_on_batch(ones)))
        case("test_on_batch_no_y_" + kind, "test_on_batch(x)" + of)(lambda kind=kind: loss_is_zero(compiled(kind).test_on_batch(ones)))
    for kind in ("plain", "regularized", "added"):
        case("fit_no_loss_" + kind, "fit(x) of a model (%s as above), compiled with loss=None" % kind)(lambda kind=kind: sorted(compiled(kind, None).fit(ones, verbose=0).history))

    # Arguments
    for name, words, make in (
            ("dense_units_zero", "Dense(0)", lambda: L.Dense(0)), ("dense_units_negative", "Dense(-1)", lambda: L.Dense(-1)), ("dense_units_text", "Dense('a')", lambda: L.Dense("a")),
            ("dense_units_float", "Dense(2.5)", lambda: L.Dense(2.5)), ("unknown_argument", "Dense(3, foo=1)", lambda: L.Dense(3, foo=1)),
            ("dropout_rate", "Dropout(2)", lambda: L.Dropout(2)), ("dropout_rate_negative", "Dropout(-0.5)", lambda: L.Dropout(-0.5)), ("conv_filters_zero", "Conv2D(0, 3)", lambda: L.Conv2D(0, 3)),
            ("conv_filters_negative", "Conv2D(-2, 3)", lambda: L.Conv2D(-2, 3)), ("conv_kernel_zero", "Conv2D(2, 0)", lambda: L.Conv2D(2, 0)),
            ("conv_kernel_length", "Conv2D(2, (3, 3, 3))", lambda: L.Conv2D(2, (3, 3, 3))), ("conv_kernel_text", "Conv2D(2, 'a')", lambda: L.Conv2D(2, "a")),
            ("conv_strides_zero", "Conv2D(2, 3, strides=0)", lambda: L.Conv2D(2, 3, strides=0)), ("conv_padding", "Conv2D(2, 3, padding='foo')", lambda: L.Conv2D(2, 3, padding="foo")),
            ("conv_causal_2d", "Conv2D(2, 3, padding='causal')", lambda: L.Conv2D(2, 3, padding="causal")),
            ("conv_strides_and_dilation", "Conv2D(2, 3, strides=2, dilation_rate=2)", lambda: L.Conv2D(2, 3, strides=2, dilation_rate=2)),
            ("conv_data_format", "Conv2D(2, 3, data_format='foo')", lambda: L.Conv2D(2, 3, data_format="foo")), ("conv_groups", "Conv2D(3, 3, groups=2)", lambda: L.Conv2D(3, 3, groups=2)),
            ("pool_padding", "MaxPooling2D(padding='foo')", lambda: L.MaxPooling2D(padding="foo")), ("pool_size_length", "MaxPooling2D((2, 2, 2))", lambda: L.MaxPooling2D((2, 2, 2))),
            ("embedding_zero", "Embedding(0, 3)", lambda: L.Embedding(0, 3)), ("embedding_output_zero", "Embedding(3, 0)", lambda: L.Embedding(3, 0)),
            ("relu_negative_max", "ReLU(max_value=-1)", lambda: L.ReLU(max_value=-1)), ("relu_negative_slope", "ReLU(negative_slope=-1)", lambda: L.ReLU(negative_slope=-1)),
            ("thresholded_relu_negative", "ThresholdedReLU(-0.5)", lambda: L.ThresholdedReLU(-0.5)), ("leaky_relu_negative", "LeakyReLU(-0.5)", lambda: L.LeakyReLU(-0.5)),
            ("relu_threshold_none", "ReLU(threshold=None)", lambda: L.ReLU(threshold=None)), ("repeat_vector_text", "RepeatVector('a')", lambda: L.RepeatVector("a")),
            ("permute_dims", "Permute((1, 3))", lambda: L.Permute((1, 3))), ("zero_padding_length", "ZeroPadding2D((1, 2, 3))", lambda: L.ZeroPadding2D((1, 2, 3))),
            ("zero_padding_text", "ZeroPadding2D('a')", lambda: L.ZeroPadding2D("a")), ("batch_norm_axis_text", "BatchNormalization(axis='a')", lambda: L.BatchNormalization(axis="a")),
            ("layer_norm_axis_text", "LayerNormalization(axis='a')", lambda: L.LayerNormalization(axis="a")), ("flatten_data_format", "Flatten(data_format='foo')", lambda: L.Flatten(data_format="foo")),
            ("input_two_shapes", "Input((3,), batch_shape=(2, 3))", lambda: Input((3,), batch_shape=(2, 3))), ("input_no_shape", "Input()", lambda: Input()),
            ("variance_scaling_mode", "VarianceScaling(mode='foo')", lambda: keras.initializers.VarianceScaling(mode="foo")),
            ("variance_scaling_distribution", "VarianceScaling(distribution='foo')", lambda: keras.initializers.VarianceScaling(distribution="foo")),
            ("variance_scaling_scale", "VarianceScaling(scale=-1)", lambda: keras.initializers.VarianceScaling(scale=-1)),
            ("orthogonal_rank", "Orthogonal()((3,))", lambda: keras.initializers.Orthogonal()((3,))), ("identity_rank", "Identity()((3, 3, 3))", lambda: keras.initializers.Identity()((3, 3, 3))),
            ("initializer_dtype", "Zeros()((2,), dtype='string')", lambda: keras.initializers.Zeros()((2,), dtype="string")),
            ("initializer_int_dtype", "RandomNormal()((2,), dtype='int32')", lambda: keras.initializers.RandomNormal()((2,), dtype="int32")),
            ("compile_optimizer", "compile('foo', 'mse')", lambda: dense_model().compile("foo", "mse")),
            ("floatx", "backend.set_floatx('foo')", lambda: keras.backend.set_floatx("foo")), ("image_data_format", "backend.set_image_data_format('foo')", lambda: keras.backend.set_image_data_format("foo")),
            ("softmax_activation_rank", "activations.softmax of a rank 1 tensor", lambda: keras.activations.softmax(keras.backend.constant([1.0, 2.0]) if hasattr(keras.backend, "constant")
                                                                                                                   else keras.ops.convert_to_tensor([1.0, 2.0])))):
        case(name, words)(make)

    def register_twice():
        register = getattr(keras, "utils", None).register_keras_serializable if hasattr(keras.utils, "register_keras_serializable") else keras.saving.register_keras_serializable
        for _ in range(2):
            @register("pack", "Twice")
            class Twice(L.Layer):
                pass

    case("register_twice", "register_keras_serializable('pack', 'Twice') on two classes")(register_twice)
    error_cases_conv.add(case, keras)
    error_cases_recurrent.add(case, keras)
    error_cases_image.add(case, keras)
    error_cases_attention.add(case, keras)
    error_cases_preprocessing.add(case, keras)
    error_cases_configs.add(case, keras)
    error_cases_optimizers.add(case, keras)
    return CASES
