"""Which failures are a real Keras's own limits, on evidence: what it does with the file that it wrote itself of the same
model (or, when it wrote none, with the original), or with any file of its own. An error is evidence for the very same
error, whatever the weights are. That files differ in weights or numbers is none by itself, for the twin often has other
weights than this case, unless it is this case's own."""
import base64
import json
import marshal
import re

import numpy as np

import checks
from real_keras import told

# The corpus's own classes, which no Keras has: a file of such a layer wants custom_objects.
USERS_OWN = {"AddLoss", "ARReg", "ConvNet", "CustomLayer", "CustomModel", "DictIO", "ForLoop", "ListIO", "MhaSub", "MixOps",
             "NamedCustomLayer", "NestedDenseLayer", "Outer", "RnnModel", "Seq2Seq", "SigModel", "TrainBranch", "WhileCond"}
UNKNOWN = re.compile(r"\w+Error: (?:Unknown layer: '?|Could not locate class '|Cannot deserialize object of type `)(\w+)")
# Cases whose layer the Keras cannot compute, and had no case of its own for, with the arguments that make it so.
OWN_LAYERS = {"b_Conv2DTranspose_dilated": ("filters", "kernel_size", "dilation_rate"),  # on a CPU
              # 2.2 crops no image that is smaller, and cannot crop a square one at random to another shape.
              "b_CenterCrop_larger": ("height", "width"), "b_RandomCrop": ("height", "width")}
OPTIMIZER_COUNT = re.compile(r"^([0-9]+) optimizer variables, expected ")
SHAPES = re.compile(r"^output [0-9]+: shape .*, expected ")


def without_configs(text):
    """Without what stands in braces, which may stand in each other."""
    kept, depth = [], 0
    for character in text:
        depth += character == "{"
        if not depth:
            kept.append(character)
        depth -= character == "}" and depth > 0
    return "".join(kept)


def innermost(text):
    """An error's type, and its words where it arose: without those that are told around it (Keras 3 tells of each object
    that it was making), and without the arguments of calls."""
    kind, _, words = text.partition(": ")
    return kind + ": " + re.split("(?:Call a|A)rguments received by", words.rpartition("Exception encountered: ")[2])[0]


def essence(text):
    """What tells one error from another: its innermost words without configs, numbers (which layers' names have too) and
    what stands in <>."""
    words = re.sub(r"_[0-9]+\b", "", without_configs(innermost(text)))
    return re.sub(r"<[^<>]*>|[0-9]+", "#", words).strip()


def is_error(problem):
    """Not a difference of numbers, shapes or weights."""
    return bool(re.match(r"\w*(Error|Exception): ", problem))


def same_error(a, b):
    return bool(a and b and is_error(a) and is_error(b) and essence(a) == essence(b))


def objects_of(case, wanted=lambda name: True):
    """All that has a class in the case's config."""

    def walk(value):
        if isinstance(value, dict):
            if "class_name" in value and "config" in value and wanted(value["class_name"]):
                yield value
            for each in value.values():
                yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    path = case.folder / "config.json"
    return list(walk(json.loads(path.read_text()))) if path.exists() else []


def has_class(case, name):
    """Whether the producer itself wrote it in the case's config or SavedModel."""
    files = [case.folder / each for each in ("config.json", "saved_model/saved_model.pb", "saved_model/keras_metadata.pb")]
    words = ('"class_name": "%s"' % name).encode()
    return any(words in path.read_bytes() for path in files if path.exists())


def error_of_lambda(case):
    """What this Python makes of the case's functions."""
    for made in objects_of(case, lambda name: name == "Lambda"):
        function = made["config"]["function"]
        code = function["config"]["code"] if isinstance(function, dict) else function[0]
        try:
            marshal.loads(base64.b64decode(code))
        except Exception as e:
            return told(e)
    return ""


class Limits:
    def __init__(self, real, producer):
        self.real, self.producer, self.known = real, producer, {}

    def open(self, case, problem, suffix):
        """The evidence; empty when there is none."""
        twin = case.twin(self.producer, suffix)
        if is_error(problem):
            return self.likewise(problem, case, twin, lambda path: checks.error_of(self.real, path, case))
        own = checks.opens(self.real, twin, case)
        if SHAPES.match(problem):  # no weights change those
            return "its own file: " + own if own == problem else ""
        if "largest difference" in problem and own == problem and case.folder in twin.parents:  # of the very same arrays
            return "the file that a Keras wrote of this case: " + own[:100]
        return ""

    def next(self, case, problem, results, steps, suffix):
        twin = case.twin(self.producer, suffix)
        if is_error(problem):
            if suffix == ".h5" and same_error(self.real.own_training_problem(case.optimizer()), problem):
                return "each H5 file of its own"
            return self.likewise(problem, case, twin, lambda path: checks.error_of(self.real, path, case, steps))
        if "largest difference" in problem and self.real.loses_state(case.optimizer(), suffix):
            return "no file of its own holds all that this optimizer goes on with"
        if twin not in self.known:
            self.known[twin] = checks.next_steps(self.real, twin, steps)
        own, own_results = self.known[twin]
        count = OPTIMIZER_COUNT.match(problem)
        if count:  # Keras 3 wraps an optimizer, and hides what is within, by the dtype policy of the process that loads it
            return f"its own file has {count[1]} of them too" if self.has_optimizer_variables(twin, int(count[1])) else ""
        # Numbers that differ from what the training would have been are its own when its own file gives them. (Results are
        # there only when that file began with the very weights of ours: checks.goes_on.)
        same = own and own_results and len(own_results) == len(results) and all(
            a.shape == b.shape and np.allclose(a, b, 1e-5, 1e-5) for a, b in zip(own_results, results))
        return "its own file goes on in the same way" if same else ""

    def likewise(self, problem, case, twin, error_of):
        """An error is this Keras's own when its own file ends in it; or what this Keras does without any file."""
        own = error_of(twin)
        return f"its own file: {essence(own)[:200]}" if same_error(own, problem) else self.without_file(case, problem)

    def without_file(self, case, problem):
        """Evidence of the case alone, for where no Keras wrote a file that could show it."""
        unknown = UNKNOWN.match(innermost(problem))
        if unknown and unknown[1] in USERS_OWN and has_class(case, unknown[1]):
            return "a class of the user's own"
        if same_error(self.error_of_own_layer(case), problem):
            return "a layer of its own, made with the same arguments"
        if same_error(error_of_lambda(case), problem):
            return "a Lambda's function in the case's own config, which is of another Python"
        return ""

    def error_of_own_layer(self, case):
        arguments = OWN_LAYERS.get(case.folder.name)
        if not arguments:
            return ""
        made = objects_of(case, lambda name: name in case.folder.name)[0]
        layers = self.real.keras.layers
        if not hasattr(layers, made["class_name"]):
            layers = layers.experimental.preprocessing
        try:
            layer = getattr(layers, made["class_name"])(**{name: made["config"][name] for name in arguments})
            layer(self.real.input(case.inputs()), training=False)
            return ""
        except Exception as e:
            return told(e)

    def has_optimizer_variables(self, path, count):
        try:
            return len(self.real.optimizer_state(self.real.open(path, compiled=True))) == count
        except Exception:
            return False
