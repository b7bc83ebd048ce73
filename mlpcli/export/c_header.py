"""A network as one header in C99, for whatever a C compiler makes programs for."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from mlpcli.errors import CheckpointError
from mlpcli.export.c.comment import comment
from mlpcli.export.c.literals import floating, string
from mlpcli.export.c.networks import Code, activation_functions, float_network, int8_network
from mlpcli.export.c.quantization import quantize
from mlpcli.export.c.views import shared, view_calls, view_functions
from mlpcli.export.exported import Exported
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View

MOST_PARAMETERS = 20_000_000
"""A compiler takes about 250 bytes of memory for each."""

_HEAD = """\
#ifndef {guard}
#define {guard}

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MLP_HEIGHT {height}
#define MLP_WIDTH {width}
#define MLP_INPUTS {inputs}
#define MLP_CLASSES {classes}

static const char *const mlp_class_names[MLP_CLASSES] = {{
{names}
}};
"""
_PREDICT = """\
/* Read an image: set the probabilities of the classes, and return the most probable one. */
static inline int mlp_predict(const uint8_t image[MLP_INPUTS], float probabilities[MLP_CLASSES])
{{
{body}
    return mlp_largest(probabilities);
}}
"""


def header_text(exported: Exported, calibration: Pixels | None) -> str:
    """Return a header, in ASCII, that defines `mlp_predict`.

    Args:
        exported: the networks.
        calibration: (count, height, width) uint8, training images by which the ranges of weights
            and activations of 8 bits are told; None for weights and activations of type float.

    Raises:
        CheckpointError: the networks are too large for compilers, or use what has no form in C.
    """
    networks, views = exported.networks, [each.view for each in exported.networks]
    if exported.parameters > MOST_PARAMETERS:
        raise CheckpointError(
            f".h: compilers take at most {MOST_PARAMETERS:,} weights and biases, got "
            f"{exported.parameters:,}; choose another format"
        )
    functions = activation_functions([each.activation for each in networks if len(each.biases) > 1])
    if calibration is None:
        codes = [float_network(number, each) for number, each in enumerate(networks, 1)]
    else:
        codes = [
            int8_network(number, each.activation, quantize(each, each.view.apply(calibration)))
            for number, each in enumerate(networks, 1)
        ]
    parts = [
        *(code.arrays for code in codes),
        shared("functions.c"),
        *([functions] if functions else []),
        shared("float_layers.c" if calibration is None else "int8_layers.c"),
        *(code.function for code in codes),
        *view_functions(views),
        *([] if exported.temperature == 1 else [shared("temperature.c")]),
        _predict(codes, "float" if calibration is None else "uint8_t", views, exported.temperature),
    ]
    buffer = max(code.buffer for code in codes) * (4 if calibration is None else 1)
    stack = _own_arrays(exported) + buffer
    flash = sum(code.flash for code in codes)
    top = comment(exported, flash, stack, eight_bits=calibration is not None)
    return f"{top}{_guarded(exported, parts)}"


def _own_arrays(exported: Exported) -> int:
    """Return the bytes of the arrays of `mlp_predict` besides the buffer."""
    inputs = exported.inputs
    seen = inputs.height * inputs.width if exported.has_views else 0
    return seen + (4 * len(inputs.classes) if len(exported.networks) > 1 else 0)


def _guarded(exported: Exported, parts: list[str]) -> str:
    """Put a header together.

    The guard is its own, lest a second network that is included in the same file be passed over in
    silence.
    """
    inputs = exported.inputs
    names = ",\n".join(f"    {string(name)}" for name in inputs.classes)
    digest = sha256("".join([*parts, names]).encode()).hexdigest()
    guard = f"MLP_{digest[:8].upper()}_H"
    head = _HEAD.format(
        guard=guard,
        height=inputs.height,
        width=inputs.width,
        inputs=inputs.height * inputs.width,
        classes=len(inputs.classes),
        names=names,
    )
    return "\n".join([head, *parts, f"#endif /* {guard} */\n"])


def _predict(codes: Sequence[Code], kind: str, views: Sequence[View], temperature: float) -> str:
    """Return the function `mlp_predict`, which has the buffer that the networks need, of a type."""
    size = max(code.buffer for code in codes)
    declared = [f"{kind} buffer[{size}];"] if size else []
    if any(view.changes for view in views):
        declared.append("uint8_t seen[MLP_INPUTS];")
    pairs = [*enumerate(zip(codes, views, strict=True), 1)]
    if len(codes) == 1:
        lines = [line for n, pair in pairs for line in _calls(n, *pair, "probabilities")]
    else:
        declared.append("float each[MLP_CLASSES];")
        lines = ["memset(probabilities, 0, sizeof each);"]
        for n, pair in pairs:
            lines += _calls(n, *pair, "each")
            lines += [f"mlp_add(1.0f / {len(codes)}.0f, each, probabilities, MLP_CLASSES);"]
    if temperature != 1:
        lines.append(f"mlp_temper({floating(1 / temperature)}, probabilities);")
    lines = [*declared, "", *lines] if declared else lines
    return _PREDICT.format(body="\n".join(f"    {line}".rstrip() for line in lines))


def _calls(number: int, code: Code, view: View, target: str) -> list[str]:
    """Return the statements that set a target to the probabilities of one network."""
    image = "seen" if view.changes else "image"
    buffer = ", buffer" if code.buffer else ""
    call = f"mlp_network_{number}({image}{buffer}, {target});"
    return [*view_calls(view), call, f"mlp_softmax({target});"]
