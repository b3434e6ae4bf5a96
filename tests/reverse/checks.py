"""What is asked of a file in a real Keras: that it opens, with the right weights and predictions; that training goes on
from it as it would have."""
import numpy as np

from corpus_case import archive
from real_keras import plain, told


def flat(value):
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def key(weight):
    return weight.shape, np.ascontiguousarray(weight.astype("float64")).tobytes()


def same_weights(got, expected):
    # Other Kerases list them in another order.
    return len(got) == len(expected) and sorted(map(key, got)) == sorted(map(key, expected))


def called(model, x):
    """Functions of a SavedModel take lists or tuples, as they were traced."""
    try:
        return model(x, training=False)
    except ValueError as e:
        if not isinstance(x, list) or "Could not find matching" not in str(e):
            raise
        return model(tuple(x), training=False)


def opens(real, path, case, weights_file=None):
    """What is wrong with this file in this Keras, or with the weights alone that were saved beside it; empty when nothing
    is."""
    try:
        model = real.open(path, compiled=False)
        weights, made_by = case.weights(), case.made_by()
        if weights and real.producer == "keras-3" and made_by != "keras-3":
            weights = weights[: len(weights) - case.kept_by_lookups()]
        if weights is not None and not same_weights(real.weights(model, made_by), weights):
            return "the weights differ"
        if weights_file and weights is not None:
            for variable in real.variables(model, made_by):
                variable.assign(np.zeros_like(plain(variable)))
            model.load_weights(weights_file)
            if not same_weights(real.weights(model, made_by), weights):
                return "the weights differ when they are loaded from their own file"
        return case.differences(outputs(real, model, case), case.outputs(), "output") if case.has_arrays() else ""
    except Exception as e:
        return told(e)


def outputs(real, model, case):
    x = case.inputs()
    if isinstance(x, dict):
        x = {name: real.input(value) for name, value in x.items()}
    else:
        x = [real.input(value) for value in x] if isinstance(x, list) else real.input(x)
    return [plain(y) for y in flat(called(model, x))]


def error_of(real, path, case, steps=None):
    """The error that this file ends in when it is opened and predicts, or with `steps` trains, whatever it computes; empty
    when there is none."""
    try:
        model = real.open(path, compiled=bool(steps))
        if steps:
            trained(real, model, steps)
            real.optimizer_state(model)
        elif case.has_arrays():
            outputs(real, model, case)
        return ""
    except Exception as e:
        return told(e)


class Steps:
    """Training steps and what they come to: Hornbeam's own of the file, or those of the Keras that made the case."""

    def __init__(self, case, described, from_corpus):
        self.case, self.first = case, described["first"]
        arrays = archive(described["arrays"])
        with np.load(described["arrays"]) as file:
            kinds = [name[0] for name in sorted(file.files)]
        of_kind = lambda kind: [a for k, a in zip(kinds, arrays) if k == kind]
        self.before, self.weights, self.optimizer = of_kind("b"), of_kind("w"), of_kind("o")
        self.logs = described["logs"]
        if from_corpus:
            self.logs = case.continued()["train_on_batch"][self.first :]
            self.weights = archive(case.folder / "continue/weights_after.npz")
            self.optimizer = archive(case.folder / "continue/optimizer_after.npz")

    def order(self, weights):
        """Which of `before` each of these is: the same one where it can be, else one with the same bits."""
        left = list(range(len(self.before)))
        order = []
        for i, weight in enumerate(weights):
            same = [j for j in left if key(self.before[j]) == key(weight)]
            if not same:
                return None
            order.append(i if i in same else same[0])
            left.remove(order[-1])
        return order


def trained(real, model, steps):
    """The results of each step."""
    results = []
    for i in range(len(steps.logs)):
        x, y, keywords = steps.case.training_batch(steps.first + i)
        results.append(real.train(model, x, y, **keywords).astype("float32"))
    return results


def goes_on(real, model, steps):
    """Trains the model on and compares; what is wrong, and the results of the steps."""
    case, results = steps.case, []
    try:
        order = steps.order(real.weights(model))
        if order is None or len(order) != len(steps.before):
            return "the weights differ before the step", results
        results = trained(real, model, steps)
        expected = [np.asarray(logs, dtype="float32") for logs in steps.logs]
        problem = case.differences(results, expected, "step")
        if not problem:
            problem = case.differences(real.weights(model), [steps.weights[j] for j in order], "weight")
        if not problem:
            problem = case.differences(real.optimizer_state(model), steps.optimizer, "optimizer variable")
        return problem, results
    except Exception as e:
        return told(e), results


def next_steps(real, path, steps):
    try:
        model = real.open(path, compiled=True)
    except Exception as e:
        return told(e), []
    return goes_on(real, model, steps)
