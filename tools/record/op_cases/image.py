"""Images resampled: resizing by every rule, projective transforms."""
import numpy as np

from .table import F16, F32, F64, I32, I64, U8

SIZES = (((1, 4, 5, 2), (7, 9)), ((2, 9, 8, 3), (4, 3)), ((1, 5, 6, 1), (5, 6)), ((1, 1, 3, 2), (4, 1)), ((1, 7, 3, 2), (2, 8)))


def cases(t):
    resize(t)
    nearest(t)
    scale(t)
    gradients(t)
    transform(t)
    colors(t)


def resize(t):
    for op in ("ResizeBilinear", "ResizeBicubic"):
        t.op(op)
        for shape, size in SIZES:
            for flags in ((False, False), (True, False), (False, True)):
                t(t.random(shape), np.array(size, I32), align_corners=flags[0], half_pixel_centers=flags[1])
        for dtype in (F64, F16, U8, I32, I64):
            t(t.random((1, 4, 5, 2), dtype), np.array((7, 3), I32), align_corners=False, half_pixel_centers=True)
    t.op("ResizeArea")
    for shape, size in SIZES:
        for corners in (False, True):
            t(t.random(shape), np.array(size, I32), align_corners=corners)
    for dtype in (F64, U8, I32):
        t(t.random((1, 4, 5, 3), dtype), np.array((7, 3), I32), align_corners=False)


def nearest(t):
    t.op("ResizeNearestNeighbor")
    for shape, size in SIZES:
        for flags in ((False, False), (True, False), (False, True)):
            t(t.random(shape), np.array(size, I32), align_corners=flags[0], half_pixel_centers=flags[1])
    for dtype in (F64, F16, U8, I32, I64):
        t(t.random((1, 4, 5, 2), dtype), np.array((7, 3), I32), align_corners=False, half_pixel_centers=True)
    t.op("ResizeNearestNeighborGrad")
    for shape, size in SIZES:
        for flags in ((False, False), (True, False), (False, True)):
            t(t.random(shape), np.array(size, I32), align_corners=flags[0], half_pixel_centers=flags[1])


def scale(t):
    t.op("ScaleAndTranslate")
    for kernel in ("lanczos1", "lanczos3", "lanczos5", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic"):
        for antialias in (False, True):
            for shape, size in SIZES[:2]:
                by = np.array([size[0] / shape[1], size[1] / shape[2]], F32)
                t(t.random(shape), np.array(size, I32), by, np.zeros(2, F32), kernel_type=kernel, antialias=antialias)
        t(t.random((1, 6, 7, 2)), np.array((5, 9), I32), np.array([1.3, 0.7], F32), np.array([-1.5, 2.25], F32), kernel_type=kernel, antialias=True)
    t(t.random((1, 6, 7, 2), U8), np.array((5, 9), I32), np.array([1.3, 0.7], F32), np.array([20, -30], F32), kernel_type="lanczos3", antialias=True)


def gradients(t):
    for op in ("ResizeBilinearGrad", "ResizeBicubicGrad"):
        t.op(op)
        for shape, size in SIZES:
            for flags in ((False, False), (True, False), (False, True)):
                for dtype in (F32, F64):
                    t(t.random((shape[0], *size, shape[3])), t.random(shape, dtype), align_corners=flags[0], half_pixel_centers=flags[1])
    t.op("ScaleAndTranslateGrad")
    for kernel in ("lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
        for shape, size in SIZES[:2]:
            by = np.array([size[0] / shape[1], size[1] / shape[2]], F32)
            t(t.random((shape[0], *size, shape[3])), t.random(shape), by, np.zeros(2, F32), kernel_type=kernel, antialias=False)


def transform(t):
    matrices = ([[1, 0, 0, 0, 1, 0, 0, 0]], [[1, 0, 1.5, 0, 1, -2.25, 0, 0]], [[0.8, -0.6, 2, 0.6, 0.8, -1, 0, 0]], [[1.5, 0, -1, 0, 0.6, 1, 0, 0]], [[1, 0.1, 0, 0.05, 1, 0, 0.02, 0.03]])
    t.op("ImageProjectiveTransformV2")
    for mode in ("CONSTANT", "REFLECT", "WRAP"):
        for interpolation in ("BILINEAR", "NEAREST"):
            for matrix in matrices[1:4]:
                t(t.random((2, 5, 6, 3)), np.array(matrix, F32), np.array((5, 6), I32), interpolation=interpolation, fill_mode=mode)
    t.op("ImageProjectiveTransformV3")
    for mode in ("CONSTANT", "REFLECT", "WRAP", "NEAREST"):
        for interpolation in ("BILINEAR", "NEAREST"):
            for matrix in matrices:
                t(t.random((2, 5, 6, 3)), np.array(matrix, F32), np.array((5, 6), I32), np.array(0.75, F32), interpolation=interpolation, fill_mode=mode)
            t(t.random((2, 4, 7, 1)), np.array([matrices[1][0], matrices[2][0]], F32), np.array((6, 3), I32), np.array(0, F32), interpolation=interpolation, fill_mode=mode)
    for dtype in (F64, U8, I32):
        t(t.random((1, 5, 4, 2), dtype), np.array(matrices[2], F32), np.array((5, 4), I32), np.array(3, F32), interpolation="BILINEAR", fill_mode="REFLECT")


def colors(t):
    gray = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [1, 1, 1], [0.2, 0.2, 0.7], [0.7, 0.2, 0.2], [0.2, 0.7, 0.2], [0.7, 0.7, 0.1], [0.1, 0.7, 0.7], [0.7, 0.1, 0.7], [-1, 2, 3]])
    for op in ("RGBToHSV", "HSVToRGB"):
        t.op(op)
        for dtype in (F32, F64, F16):
            t(t.random((2, 4, 5, 3), dtype, 0, 1))
        t(t.random((6, 3), F32, 0, 255))
        t(t.random((3,), F32, 0, 1))
        t(t.random((0, 3)))
        for dtype in (F32, F64) if op == "HSVToRGB" else ():
            t(gray.astype(dtype))
    t.op("RGBToHSV")
    t(gray[3:6].astype(F64))
