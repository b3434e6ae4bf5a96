"""Losses of sequences."""
import numpy as np

from .table import F32, F64, I32, I64


def ctc(t):
    t.op("CTCLoss")
    # Repeated labels, rows shorter than the time, a label as long as its row.
    rows = ([1, 2], [0, 0, 2], [0], [3])
    index = np.array([(row, at) for row, labels in enumerate(rows) for at in range(len(labels))], I64)
    values = np.array([label for labels in rows for label in labels], I32)
    for dtype in (F32, F64):
        for attrs in ({}, {"ctc_merge_repeated": False}, {"preprocess_collapse_repeated": True}):
            t(t.random((7, 4, 5), dtype, -3, 3), index, values, np.array([7, 6, 3, 5], I32), **attrs)
    t(t.random((3, 1, 4)), np.array([(0, 0), (0, 1), (0, 2)], I64), np.array([0, 1, 2], I32), np.array([3], I32))
    t(t.random((2, 2, 4)), np.array([(0, 0), (0, 1), (0, 2), (1, 0)], I64), np.array([0, 1, 2, 0], I32), np.array([2, 2], I32),
      ignore_longer_outputs_than_inputs=True)


def cases(t):
    ctc(t)
