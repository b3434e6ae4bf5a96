"""The interop matrix, from what interop and interop.py left in a folder, as text of docs/interop.md.

    python interop_table.py FOLDER DAY COMMIT > docs/interop.md

Ends with a line "interop: N passed, N failed" on standard error. What fails: a cell of Hornbeam's row or column that is
not equal in everything, but for what the same reader cannot do with the file that TensorFlow wrote for it either.
"""
import json
import pathlib
import sys

from interop_models import MODELS

TOLERANCE = 1e-5
WRITERS = {
    "hornbeam-tf2.2": "Hornbeam, target tf2.2", "hornbeam-tf2.15": "Hornbeam, target tf2.15",
    "tf-2.2.3": "TensorFlow 2.2.3", "tf-2.15.1": "TensorFlow 2.15.1", "tf_keras": "tf-keras",
}
READERS = {"hornbeam": "Hornbeam", "tf-2.2.3": "TensorFlow 2.2.3", "tf-2.15.1": "TensorFlow 2.15.1", "tf_keras": "tf-keras"}
FORMATS = {"saved_model": "SavedModel", "checkpoint": "Checkpoint", "h5": "H5"}
# Of the readers, the targets whose files they are to read. Hornbeam reads all.
TARGETS = {"tf-2.2.3": ["hornbeam-tf2.2"], "tf-2.15.1": ["hornbeam-tf2.2", "hornbeam-tf2.15"],
           "tf_keras": ["hornbeam-tf2.2", "hornbeam-tf2.15"]}


def short(text, length=150):
    text = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return text if len(text) <= length else text[:length].rstrip() + " ..."


class Cell:
    """What came of one model, in words; models with the same words share them. Notes are numbered below the table."""

    def __init__(self, result):
        self.equal = ("error" not in result and result["weights"] and result["predictions"] <= TOLERANCE
                      and result["next"] <= TOLERANCE)
        self.numbers = (result.get("predictions"), result.get("next"))
        words, self.note = [], ""
        if "error" in result and "weights" not in result:
            words.append("does not open")
            self.note = result["error"]
        else:
            words.append("weights" if result["weights"] else "other weights")
            words.append("predictions" if result["predictions"] <= TOLERANCE else "other predictions")
            if "error" in result:
                words.append("no next step")
                self.note = result["error"]
            elif result["next"] > TOLERANCE:
                words.append("another next step")
            elif result.get("iterations") == 0:
                words.append("next step (a)")
            else:
                words.append("next step")
            self.note = self.note or result.get("note", "")
        self.words = ", ".join(words)

    def is_as(self, other):
        """Does it say the same, and differ by as much? A reader that loses a state goes on to the same other numbers."""
        alike = all(a == b or (a is not None and b is not None and (max(a, b) <= TOLERANCE or abs(a - b) <= 0.05 * max(a, b)))
                    for a, b in zip(self.numbers, other.numbers))
        return alike and other.words == self.words and other.note[:60] == self.note[:60]


class Table:
    def __init__(self, folder):
        self.results = {r: json.loads((folder / (r + ".json")).read_text()) for r in READERS}
        self.written = {w: {m: json.loads((folder / w / m / "written.json").read_text()) for m in MODELS} for w in WRITERS}
        self.notes, self.passed, self.failures = [], 0, []

    def noted(self, note):
        if note not in self.notes:
            self.notes.append(note)
        return "[%d]" % (self.notes.index(note) + 1)

    def cell(self, form, writer, reader):
        groups = {}
        for model in MODELS:
            result = self.results[reader][writer][form].get(model)
            if result is None:
                continue
            cell = Cell(result)
            groups.setdefault((cell.words, cell.note), []).append((model, cell))
            self.judge(form, writer, reader, model, cell)
        texts = []
        for (words, note), members in groups.items():
            text = words + (" " + self.noted(short(note)) if note else "")
            largest = [max((c.numbers[i] for _, c in members if c.numbers[i] is not None), default=None) for i in (0, 1)]
            if largest[0] is not None:
                text += " (%.0e" % largest[0] + (", %.0e)" % largest[1] if largest[1] is not None else ")")
            texts.append(text if len(groups) == 1 else ", ".join(m for m, _ in members) + ": " + text)
        return "; ".join(texts)

    def judge(self, form, writer, reader, model, cell):
        if reader != "hornbeam" and writer not in TARGETS[reader]:
            return
        if cell.equal:
            self.passed += 1
        elif not self.its_own(form, writer, reader, model, cell):
            self.failures.append("%s of %s by %s, %s: %s %s" % (form, writer, reader, model, cell.words, cell.note))

    def its_own(self, form, writer, reader, model, cell):
        """Does this reader say the same of the file of the TensorFlow that the target is of?"""
        if reader == "hornbeam":
            return False
        twin = {"hornbeam-tf2.2": "tf-2.2.3", "hornbeam-tf2.15": "tf-2.15.1"}[writer]
        result = self.results[reader][twin][form].get(model)
        return result is not None and Cell(result).is_as(cell)

    def of(self, form):
        lines = ["| written by | " + " | ".join(READERS.values()) + " |", "| --- |" + " --- |" * len(READERS)]
        for writer, name in WRITERS.items():
            lines.append("| " + name + " | " + " | ".join(self.cell(form, writer, r) for r in READERS) + " |")
        left = sorted({(m, short(e["error"])) for w in WRITERS for m, f in self.written[w].items()
                       for k, e in f.items() if k == form and "error" in e})
        for model, error in left:
            lines += ["", "Not saved so: %s (%s)." % (model, error)]
        return "\n".join(lines)


def main():
    folder, day, commit = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    table = Table(folder)
    version = lambda name: (folder / (name + ".version")).read_text()
    print("""# Who reads what whom wrote

Made by `scripts/interop.sh` on %s, commit %s; not by hand. TensorFlow %s, %s, and tf-keras on %s.

Each writer builds the models below in its own code, with the same weights, trains one step and saves. Each reader opens the
file (a checkpoint: builds the model, compiles it and loads), and is asked for the weights ("weights": the same bits, else
"other weights"), for predictions, and for the training step that the writer made next ("next step": losses, metrics and
weights after it), which must be the writer's within %.0e. In brackets the largest differences of predictions and of the next step.
"(a)": load_model of a SavedModel begins the optimizer afresh (iterations 0), as it does with each SavedModel of its own; the next step is the writer's
after `model.load_weights(folder + "/variables/variables")`. Hornbeam takes the optimizer's state with load_model.
What a Keras says when it cannot is under the number in square brackets.
""" % (day, commit, version("tf-2.2.3"), version("tf-2.15.1"), version("tf_keras"), TOLERANCE))
    for name, text in MODELS.items():
        print("- %s: %s." % (name, text))
    for form, title in FORMATS.items():
        print("\n## %s\n\n%s" % (title, table.of(form)))
    print("\n## What they say\n")
    for i, note in enumerate(table.notes):
        print("%d. `%s`" % (i + 1, note))
    for failure in table.failures:
        print("failed: " + failure, file=sys.stderr)
    print("interop: %d passed, %d failed" % (table.passed, len(table.failures)), file=sys.stderr)
    sys.exit(1 if table.failures or not table.passed else 0)


main()
