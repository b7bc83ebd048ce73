"""Loops for which NumPy needs several passes, compiled by Numba.

Each does the arithmetic of the NumPy code that it replaces, in the same order, so that the results
are the same bit for bit. There are two exceptions: products skip what is 0 and add in another
order, and `cross_entropy` has another exponential function. Floats are float32.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, float64, int64, njit, types, uint8, uint16, void
from numpy.typing import NDArray

from mlpcli.utils.arrays import Float32

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Columns = NDArray[np.uint16]
Rows = tuple[Integers, Columns, Float32]
"""Sparse rows: where each begins in the other two arrays, and the columns and values there."""
ByteRows = tuple[Integers, Columns, Bytes]

_VECTOR, _MATRIX = float32[::1], float32[:, ::1]
_ROWS = types.Tuple((int64[::1], uint16[::1], _VECTOR))
_BYTE_ROWS = types.Tuple((int64[::1], uint16[::1], uint8[::1]))
_IMAGES = types.Array(uint8, 2, "C", readonly=True)


def compiled(
    result: object, *arguments: object, reorder: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function for these types, or load it from the cache; it runs without Python's lock.

    Args:
        result: its type.
        arguments: their types.
        reorder: whether sums may be added in any order, which is faster.
    """
    signature = result(*arguments)  # type: ignore[operator]  # a type of Numba's
    options = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": reorder}
    decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(signature, **options)
    return decorator


@compiled(void, _IMAGES, _BYTE_ROWS)
def find_nonzeros(images: Bytes, rows: ByteRows) -> None:
    """Fill sparse rows, which have room for one more value, with the pixels that are not 0."""
    starts, columns, values = rows
    count = 0
    for n in range(len(images)):
        starts[n] = count
        image = images[n]
        for column in range(len(image)):
            columns[count], values[count] = column, image[column]
            count += image[column] != 0
    starts[len(images)] = count


@compiled(void, _BYTE_ROWS, int64[::1], _ROWS)
def take_rows(images: ByteRows, numbers: Integers, rows: Rows) -> None:
    """Fill sparse rows with the images of these numbers, their pixels scaled to [0, 1]."""
    all_starts, all_columns, all_values = images
    starts, columns, values = rows
    scale = np.float32(1 / 255)
    end = 0
    for n in range(len(numbers)):
        first, last = all_starts[numbers[n]], all_starts[numbers[n] + 1]
        start, end = end, end + last - first
        starts[n], starts[n + 1] = start, end
        from_columns, to_columns = all_columns[first:last], columns[start:end]
        for k in range(last - first):
            to_columns[k] = from_columns[k]
        from_values, to_values = all_values[first:last], values[start:end]
        for k in range(last - first):
            to_values[k] = np.float32(from_values[k]) * scale


@compiled(void, _ROWS, _MATRIX, _MATRIX, int64, int64, reorder=True)
def multiply(rows: Rows, b: Float32, out: Float32, left: int, right: int) -> None:
    """Fill columns left to right of out = a b, where a has sparse rows.

    A row of the result is a sum of rows of b, of which eight are added at a time.
    """
    starts, columns, values = rows
    for n in range(len(out)):
        y = out[n, left:right]
        y[:] = 0
        k, end = starts[n], starts[n + 1]
        while k + 8 <= end:
            a0, a1, a2, a3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            a4, a5, a6, a7 = values[k + 4], values[k + 5], values[k + 6], values[k + 7]
            b0, b1 = b[columns[k], left:right], b[columns[k + 1], left:right]
            b2, b3 = b[columns[k + 2], left:right], b[columns[k + 3], left:right]
            b4, b5 = b[columns[k + 4], left:right], b[columns[k + 5], left:right]
            b6, b7 = b[columns[k + 6], left:right], b[columns[k + 7], left:right]
            for j in range(len(y)):
                y[j] += (
                    (a0 * b0[j] + a1 * b1[j])
                    + (a2 * b2[j] + a3 * b3[j])
                    + (a4 * b4[j] + a5 * b5[j])
                    + (a6 * b6[j] + a7 * b7[j])
                )
            k += 8
        while k < end:
            a, row = values[k], b[columns[k], left:right]
            for j in range(len(y)):
                y[j] += a * row[j]
            k += 1


@compiled(void, _ROWS, _MATRIX, _MATRIX, int64, int64, reorder=True)
def multiply_transposed(rows: Rows, b: Float32, out: Float32, left: int, right: int) -> None:
    """Fill columns left to right of out = aᵀ b, where a has sparse rows.

    Each row of b is added to the rows of the result where a is not 0, to two of them at a time.
    """
    starts, columns, values = rows
    out[:, left:right] = 0
    for n in range(len(b)):
        row = b[n, left:right]
        k, end = starts[n], starts[n + 1]
        while k + 2 <= end:
            a0, y0 = values[k], out[columns[k], left:right]
            a1, y1 = values[k + 1], out[columns[k + 1], left:right]
            for j in range(len(row)):
                y0[j] += a0 * row[j]
                y1[j] += a1 * row[j]
            k += 2
        if k < end:
            a, y = values[k], out[columns[k], left:right]
            for j in range(len(row)):
                y[j] += a * row[j]


@compiled(float64, _MATRIX, int64[::1], float64, _VECTOR, _MATRIX)
def cross_entropy(
    logits: Float32, labels: Integers, smoothing: float, weights: Float32, d_logits: Float32
) -> float:
    """Fill `d_logits` with the gradient of the mean loss, and return the loss.

    Each image counts the weight of its label; if `weights` is empty, all count 1.
    """
    batch, classes = logits.shape
    others, at_label = np.float32(smoothing / classes), np.float32(1 - smoothing)
    share = np.float32(1 / batch)
    total = 0.0
    for n in range(batch):
        z, d, label = logits[n], d_logits[n], labels[n]
        weight = weights[label] if len(weights) else np.float32(1)
        scale = weight * share
        largest = z.max()
        normalizer = sum_of_z = np.float32(0)
        for i in range(classes):
            sum_of_z += z[i] - largest
            d[i] = np.exp(z[i] - largest)
            normalizer += d[i]
        loss = np.log(normalizer) - at_label * (z[label] - largest) - others * sum_of_z
        total += loss * weight
        for i in range(classes):
            d[i] = (d[i] / normalizer - others) * scale
        d[label] -= at_label * scale
    mean: float = total / batch
    return mean


@compiled(void, _VECTOR, float32, _VECTOR)
def add_decay(w: Float32, decay: float, g: Float32) -> None:
    """Add the gradient of the weight decay to the gradient g."""
    for i in range(len(w)):
        g[i] += w[i] * decay


@compiled(void, _VECTOR, _VECTOR, _VECTOR, float32, float32)
def step_momentum(w: Float32, v: Float32, g: Float32, rate: float, momentum: float) -> None:
    """Update weights w and velocity v by the gradient g, as `Sgd` without Nesterov's momentum."""
    for i in range(len(w)):
        v[i] = v[i] * momentum + g[i]
        w[i] -= v[i] * rate


@compiled(void, _VECTOR, _VECTOR, _VECTOR, float32, float32)
def step_nesterov(w: Float32, v: Float32, g: Float32, rate: float, momentum: float) -> None:
    """Update weights w and velocity v by the gradient g, as `Sgd` with Nesterov's momentum."""
    for i in range(len(w)):
        v[i] = (v[i] + g[i]) * momentum
        w[i] -= (g[i] + v[i]) * rate


@compiled(void, _VECTOR, types.UniTuple(_VECTOR, 2), _VECTOR, types.UniTuple(float32, 4))
def step_adam(
    w: Float32,
    moments: tuple[Float32, Float32],
    g: Float32,
    constants: tuple[float, float, float, float],
) -> None:
    """Update weights w and weighted sums of moments by the gradient g, as `Adam`.

    The constants are β₁, β₂, and ε and η with the bias of the first steps corrected.
    """
    (m, v), (beta1, beta2, epsilon, rate) = moments, constants
    for i in range(len(w)):
        m[i] = m[i] * beta1 + g[i]
        v[i] = v[i] * beta2 + g[i] * g[i]
        w[i] -= m[i] / (np.sqrt(v[i]) + epsilon) * rate


@compiled(void, _VECTOR, _VECTOR, float32)
def move_average(average: Float32, vector: Float32, share: float) -> None:
    """Move an average towards a vector."""
    for i in range(len(vector)):
        average[i] += (vector[i] - average[i]) * share


@compiled(
    void,
    uint8[:, ::1],
    types.UniTuple(_MATRIX, 2),
    types.UniTuple(int64, 4),
    types.Tuple((_VECTOR, int64[::1], _MATRIX)),
    _MATRIX,
)
def warp(
    images: Bytes,
    sources: tuple[Float32, Float32],
    sizes: tuple[int, int, int, int],
    work: tuple[Float32, Integers, Float32],
    out: Float32,
) -> None:
    """Fill `out` with warped images, scaled to [0, 1], as `Augmentation` with `bilinear`.

    Args:
        images: (batch, pixels) uint8.
        sources: rows and columns in the old image, (groups, pixels) each.
        sizes: height and width of an image, how many images share a warp, and how many of the
            first of these groups are left out.
        work: a framed image of zeros, (pixels,) places and (4, pixels) weights.
        out: (batch, pixels).
    """
    height, width, group, skipped = sizes
    framed, places, weights = work
    scale, one, zero = np.float32(1 / 255), np.float32(1), np.float32(0)
    lowest, rightmost = np.float32(height + 1), np.float32(width + 1)
    stride = width + 2
    for n in range(len(images)):
        if n == 0 or (n + skipped) % group == 0:
            number = (n + skipped) // group
            rows, columns = sources[0][number], sources[1][number]
            for p in range(height * width):
                y = min(max(rows[p] + one, zero), lowest)
                x = min(max(columns[p] + one, zero), rightmost)
                top, left = min(int(y), height), min(int(x), width)
                below, beside = y - np.float32(top), x - np.float32(left)
                places[p] = top * stride + left
                weights[0, p] = (one - below) * (one - beside) * scale
                weights[1, p] = (one - below) * beside * scale
                weights[2, p] = below * (one - beside) * scale
                weights[3, p] = below * beside * scale
        for row in range(height):
            old, inside = images[n, row * width :], framed[(row + 1) * stride + 1 :]
            for column in range(width):
                inside[column] = np.float32(old[column])
        new = out[n]
        for p in range(height * width):
            k = places[p]
            new[p] = (
                framed[k] * weights[0, p]
                + framed[k + 1] * weights[1, p]
                + framed[k + stride] * weights[2, p]
                + framed[k + stride + 1] * weights[3, p]
            )
