"""Which failures are a real Keras's own limits, on evidence: what it does with the file that it wrote itself of the same
model (or, when it wrote none, with the original), or with any file of its own. That files differ in weights or numbers is
no evidence by itself, for the twin often has other weights than this case, unless it is this case's own."""
import re

import numpy as np

import checks

# What this TensorFlow cannot compute on a CPU, and functions that are not in any file.
NO_FILE_COULD = ("only supports NHWC", "only supports the NHWC", "format: NCHW", "NHWC tensor format", "NHWC format",
                 # 2.2 crops no image that is smaller, and cannot crop a square one at random to another shape.
                 "should not be greater than input height", "Expected size[2] in [0, 5], but got 6",
                 "do not yet support dilation rates larger than 1",
                 "Unknown function in Lambda layer", "bad marshal data", "Requested the deserialization of a `Lambda` layer")

# The corpus's own classes, which no Keras has: a file of such a layer wants custom_objects.
USERS_OWN = re.compile(r"\b(AddLoss|ARReg|ConvNet|CustomLayer|CustomModel|DictIO|ForLoop|ListIO|MhaSub|MixOps|NamedCustomLayer|"
                       r"NestedDenseLayer|Outer|RnnModel|Seq2Seq|SigModel|TrainBranch|WhileCond)\b")
# Random crops: at inference each Keras does something else.
OPTIMIZER_COUNT = re.compile(r"^([0-9]+) optimizer variables, expected ")
SHAPES = re.compile(r"^output [0-9]+: shape .*, expected ")
UNKNOWN = ("Unknown layer", "Could not locate class", "is a custom class", "could not be deserialized properly")


def same_words(a, b):
    """But for numbers and what stands in <>, as far as it tells one error from another."""
    a, b = (re.sub(r"[0-9]+|<[^>]*>", "#", text) for text in (a, b))
    return a[:60] == b[:60]


class Limits:
    def __init__(self, real, producer):
        self.real, self.producer, self.known = real, producer, {}

    def open(self, case, problem, suffix):
        """The evidence; empty when there is none."""
        words = self.words_of(problem)
        if words:
            return words
        twin = case.twin(self.producer, suffix)
        own = checks.opens(self.real, twin, case)
        if "largest difference" in problem and own == problem and case.folder in twin.parents:  # of the very same arrays
            return "the file that a Keras wrote of this case: " + own[:100]
        return self.compared(own, problem)

    def next(self, case, problem, results, steps, suffix):
        words = self.words_of(problem)
        if words:
            return words
        if suffix == ".h5" and self.compared(self.real.own_training_problem(case.optimizer()), problem):
            return "each H5 file of its own"
        if "largest difference" in problem and self.real.loses_state(case.optimizer(), suffix):
            return "no file of its own holds all that this optimizer goes on with"
        path = str(case.twin(self.producer, suffix))
        if path not in self.known:
            self.known[path] = checks.next_steps(self.real, path, steps)
        own, own_results = self.known[path]
        if "Error: " in problem:
            return self.compared(own, problem)
        count = OPTIMIZER_COUNT.match(problem)
        if count:  # Keras 3 wraps an optimizer, and hides what is within, by the dtype policy of the process that loads it
            return f"its own file has {count[1]} of them too" if self.has_optimizer_variables(path, int(count[1])) else ""
        # Numbers that differ from what the training would have been are its own when its own file gives them. (Results are
        # there only when that file began with the very weights of ours: checks.goes_on.)
        same = own and own_results and len(own_results) == len(results) and all(
            a.shape == b.shape and np.allclose(a, b, 1e-5, 1e-5) for a, b in zip(own_results, results))
        return "its own file goes on in the same way" if same else ""

    def has_optimizer_variables(self, path, count):
        try:
            return len(self.real.optimizer_state(self.real.open(path, compiled=True))) == count
        except Exception:
            return False

    @staticmethod
    def words_of(problem):
        if any(words in problem for words in NO_FILE_COULD):
            return "no file could"
        unknown = USERS_OWN.search(problem) and any(words in problem for words in UNKNOWN)
        return "a class of the user's own" if unknown else ""

    @staticmethod
    def compared(own, problem):
        if SHAPES.search(problem):  # no weights change those
            return "its own file: " + own[:100] if own and SHAPES.search(own) else ""
        if "Error: " not in problem:  # "the weights differ" are words too
            return ""
        return f"its own file: {own[:100]}" if own and same_words(own, problem) else ""
