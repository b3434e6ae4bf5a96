"""Fourier transforms and complex numbers."""
import numpy as np
import tensorflow as tf

from .table import F32, F64, I32

C64, C128 = np.complex64, np.complex128
LENGTHS = (1, 2, 3, 4, 5, 7, 8, 12, 16, 30, 64, 97, 100)


def complex_numbers(t, shape, dtype):
    real = F32 if dtype == C64 else F64
    return (t.random(shape, real) + 1j * t.random(shape, real)).astype(dtype)


def cases(t):
    parts(t)
    for op in ("FFT", "IFFT"):
        t.op(op)
        for n in LENGTHS:
            for dtype in (C64, C128):
                t(complex_numbers(t, (2, n), dtype))
        t(complex_numbers(t, (5,), C64))
        t(complex_numbers(t, (2, 3, 6), C64))
        t(complex_numbers(t, (0, 4), C64))
    t.op("RFFT")
    for n in LENGTHS:
        for dtype, complex_dtype in ((F32, tf.complex64), (F64, tf.complex128)):
            t(t.random((2, n), dtype), np.array([n], I32), Tcomplex=complex_dtype)
    t(t.random((9,)), np.array([6], I32), Tcomplex=tf.complex64, note="only the first numbers are looked at")
    t(t.random((2, 3, 6)), np.array([6], I32), Tcomplex=tf.complex64)
    t.op("IRFFT")
    for n in LENGTHS:
        for dtype, real in ((C64, tf.float32), (C128, tf.float64)):
            t(complex_numbers(t, (2, n // 2 + 1), dtype), np.array([n], I32), Treal=real)
    t(complex_numbers(t, (9,), C64), np.array([6], I32), Treal=tf.float32, note="only the first numbers are looked at")


def parts(t):
    for op in ("Real", "Imag", "ComplexAbs"):
        t.op(op)
        for dtype, real in ((C64, tf.float32), (C128, tf.float64)):
            for shape in ((), (5,), (3, 4), (0, 2)):
                t(complex_numbers(t, shape, dtype), Tout=real)
    t.op("Conj")
    for dtype in (C64, C128):
        t(complex_numbers(t, (3, 4), dtype))
    t.op("Complex")
    for dtype, joined in ((F32, tf.complex64), (F64, tf.complex128)):
        for shape in ((), (5,), (3, 4), (0, 2)):
            t(t.random(shape, dtype), t.random(shape, dtype), Tout=joined)
        t(t.random((3,), dtype), t.random((), dtype), Tout=joined)
