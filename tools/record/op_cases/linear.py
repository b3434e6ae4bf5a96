"""Matrix products and einsum."""
import numpy as np
import tensorflow as tf

from .table import F16, F32, F64, I32, I64

EINSUMS = (
    ("ij,jk->ik", (3, 4), (4, 5)), ("ij,kj->ik", (3, 4), (5, 4)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij,bkj->bik", (2, 3, 4), (2, 5, 4)),
    ("abc,cd->abd", (2, 3, 4), (4, 5)), ("abc,cde->abde", (2, 3, 4), (4, 2, 5)), ("abcd,cde->abe", (2, 3, 2, 5), (2, 5, 4)), ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)),
    ("aecd,abcd->acbe", (2, 6, 3, 5), (2, 4, 3, 5)), ("acbe,aecd->abcd", (2, 3, 4, 6), (2, 6, 3, 5)), ("ij->ji", (3, 4)), ("ij->i", (3, 4)), ("ij->", (3, 4)),
    ("ii->i", (4, 4)), ("ii->", (4, 4)), ("iij->ij", (3, 3, 4)), ("i,i->", (5,), (5,)), ("i,j->ij", (3,), (4,)), ("ij,ij->ij", (3, 4), (3, 4)), ("ij,ij->", (3, 4), (3, 4)),
    ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("...ij,jk->...ik", (2, 6, 3, 4), (4, 5)), ("...ij,...jk->...ik", (2, 1, 3, 4), (6, 4, 5)), ("b...d,d->b...", (2, 3, 4, 5), (5,)),
    ("...->...", (2, 3)), ("ij...->j...i", (2, 3, 4)), ("abc->cba", (2, 3, 4)), ("ijk,jil->kl", (3, 4, 5), (4, 3, 2)), ("ab,b->a", (3, 4), (4,)), ("ab,ab->a", (3, 4), (3, 4)),
    ("btd,dnh->btnh", (2, 3, 4), (4, 2, 3)), ("btnh,nhd->btd", (2, 3, 2, 3), (2, 3, 4)), ("bmd,bnd->bmn", (2, 3, 4), (2, 5, 4)), ("ij,jk->ki", (3, 4), (4, 5)),
    ("ik,jk->ijk", (3, 4), (5, 4)), ("ab,cd->abcd", (2, 3), (4, 5)), ("ab,bc->c", (2, 3), (3, 4)), ("xy,y->xy", (2, 3), (3,)), ("bs,bsh->bh", (2, 3), (2, 3, 5)),
)


def cases(t):
    solves(t)
    t.op("MatMul")
    for n, k, m in ((2, 3, 4), (1, 7, 5), (5, 7, 1), (1, 1, 1), (33, 65, 17), (16, 64, 64), (1, 128, 100), (7, 1, 9)):
        for ta in (False, True):
            for tb in (False, True):
                t(t.random((k, n) if ta else (n, k)), t.random((m, k) if tb else (k, m)), transpose_a=ta, transpose_b=tb)
    for n, k, m in ((0, 3, 4), (2, 0, 4), (2, 3, 0)):
        t(t.random((n, k)), t.random((k, m)), transpose_a=False, transpose_b=False)
    for dtype in (F64, F16, I32, I64):
        for ta, tb in ((False, False), (True, False), (False, True)):
            t(t.random((4, 3) if ta else (3, 4), dtype), t.random((5, 4) if tb else (4, 5), dtype), transpose_a=ta, transpose_b=tb)
    t(np.array([[1, np.inf], [np.nan, 0]], F32), np.array([[1, 2], [0, 3]], F32), transpose_a=False, transpose_b=False)
    for op in ("BatchMatMulV2", "BatchMatMul"):
        t.op(op)
        pairs = [((2,), (2,)), ((2, 3), (2, 3)), ((), ())]
        if op == "BatchMatMulV2":
            pairs += [((2,), ()), ((), (3,)), ((2, 1), (3,)), ((1, 3), (2, 1)), ((4, 1, 2), (3, 1)), ((0,), (0,))]
        for a, b in pairs:
            for ax in (False, True):
                for ay in (False, True):
                    t(t.random(a + ((4, 3) if ax else (3, 4))), t.random(b + ((5, 4) if ay else (4, 5))), adj_x=ax, adj_y=ay)
        for dtype in (F64, F16, I32, I64):
            t(t.random((2, 3, 4), dtype), t.random((2, 4, 2), dtype), adj_x=False, adj_y=False)
        t(t.random((2, 17, 33)), t.random((2, 33, 19)), adj_x=False, adj_y=False)
        t(t.random((2, 3, 0)), t.random((2, 0, 4)), adj_x=False, adj_y=False)
    t.op("BatchMatMulV3")
    t(t.random((2, 3, 4)), t.random((4, 5)), Tout=tf.float32, adj_x=False, adj_y=False)
    t.op("Einsum")
    for equation, *shapes in EINSUMS:
        t([t.random(s) for s in shapes], equation=equation)
    for dtype in (F64, F16, I32, I64):
        t([t.random((2, 3, 4), dtype), t.random((2, 4, 5), dtype)], equation="bij,bjk->bik")
    t([t.random((0, 3)), t.random((3, 4))], equation="ij,jk->ik")

def solves(t):
    def regular(shape, dtype):
        return t.random(shape, dtype) + 4 * np.eye(shape[-1], dtype=dtype)

    for dtype in (F32, F64):
        for adjoint in (False, True):
            for shape, columns in (((4, 4), 3), ((2, 5, 5), 1), ((1, 1), 2), ((2, 1, 3, 3), 4), ((8, 8), 1)):
                t.op("MatrixSolve")
                t(regular(shape, dtype), t.random((*shape[:-1], columns), dtype), adjoint=adjoint)
                t.op("MatrixInverse")
                t(regular(shape, dtype), adjoint=adjoint)
        t.op("MatrixSolve")
        t(np.array([[0, 1, 2], [1, 0, 3], [4, -3, 8]], dtype), t.random((3, 2), dtype), adjoint=False, note="rows must be exchanged")
