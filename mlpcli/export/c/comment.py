"""What stands at the top of a C header: what it is, how to use it, and what it needs."""

from collections.abc import Iterator
from textwrap import wrap

from mlpcli.export.c.literals import remark
from mlpcli.export.exported import Exported
from mlpcli.inference.networks import InputFormat

WIDTH = 94  # columns of its text
EXAMPLE = """\
    #include <stdio.h>
    #include "mlp.h" // the name of this file

    int main(void)
    {
        static uint8_t image[MLP_INPUTS]; // to be filled, row after row
        float probabilities[MLP_CLASSES];
        int label = mlp_predict(image, probabilities);

        printf("%s %.3f\\n", mlp_class_names[label], (double)probabilities[label]);
        return 0;
    }
"""


def comment(exported: Exported, flash: int, stack: int, *, eight_bits: bool) -> str:
    """Return the comment, in ASCII.

    Args:
        exported: the networks.
        flash: bytes of all arrays of numbers.
        stack: bytes of the arrays of `mlp_predict` and of what it calls.
        eight_bits: whether weights and activations are of 8 bits.
    """
    inputs = exported.inputs
    paragraphs = [
        f"A neural network that reads images of {inputs.height} x {inputs.width} pixels as one of "
        f"{len(inputs.classes)} classes, in C99, written by {exported.describe()['made_by']}.",
        "It needs the mathematics library (cc main.c -lm) and nothing else. It allocates nothing "
        "and changes nothing but its arguments, so that several threads may call it at once, and "
        "several files may include it. It compiles as C++ as well.",
        EXAMPLE,
        "mlp_predict returns the label of the most probable class, counted from 0, the first of "
        "several. It does so for any image, also for one that belongs to none of the classes.",
        _images(inputs),
        *_views(exported),
        *_memory(exported, flash, stack, eight_bits=eight_bits),
        "\n".join(_origin(exported)),
    ]
    lines = [line for each in paragraphs for line in (*_lines(each), "")][:-1]
    return "/*\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _lines(paragraph: str) -> list[str]:
    """Wrap a paragraph, unless it has lines of its own."""
    return paragraph.splitlines() if "\n" in paragraph else wrap(paragraph, WIDTH)


def _images(inputs: InputFormat) -> str:
    """Return how an image must look."""
    settings = {step.name: step.settings for step in inputs.recipe}
    grey = f"An image is {inputs.height} rows of {inputs.width} grey levels from 0 to 255"
    if inputs.preprocessing == "digit":
        side = settings["fit_box"]["side"]
        return (
            f"{grey}, light on dark: 0 where there is no ink, 255 where there is full ink. It must "
            "look like an image of MNIST, or it will be misread: the digit is scaled, in its "
            f"proportions, to fit into a box of {side} x {side} pixels, and the box is placed so "
            "that the centre of mass of the ink is in the middle of the image."
        )
    shown = "light on dark" if "polarity" in settings else "as light or dark as for training"
    return (
        f"{grey}, {shown}: the whole picture, resized by averaging the area of each new pixel. "
        "What it shows is neither cut out nor centred, since that was not done for training."
    )


def _views(exported: Exported) -> Iterator[str]:
    """Yield how networks see images, if not as they are."""
    if exported.has_views:
        yield (
            "mlp_predict itself makes of the image what each network has learnt to see, with "
            "integers and numbers of type double, which must have 64 bits."
        )


def _memory(exported: Exported, flash: int, stack: int, *, eight_bits: bool) -> Iterator[str]:
    """Yield what the arrays take in memory."""
    own = len(exported.inputs.classes) * 4
    image = exported.inputs.height * exported.inputs.width
    if eight_bits:
        yield (
            "Weights and activations have 8 bits, and are multiplied and added as integers. The "
            "activation functions are computed with float, once for each unit."
        )
    seen = " and of the image as it is seen" if exported.has_views else ""
    instead = f", {4 * exported.parameters:,} with float" if eight_bits else ""
    yield (
        f"Flash: {flash:,} bytes of weights{instead}, besides the names of the classes and about "
        f"{2 if exported.has_views else 1},000 bytes of code."
    )
    yield (
        f"RAM: {stack:,} bytes of activations{seen} on the stack, besides a few variables; image "
        f"and probabilities, {image + own:,} bytes, are the caller's."
    )


def _origin(exported: Exported) -> Iterator[str]:
    """Yield where the networks come from, in lines."""
    networks = exported.describe()["networks"]
    if len(networks) > 1:
        power = ""
        if exported.temperature != 1:
            power = (
                f", taken to the power of 1 / {exported.temperature:.6g}, and scaled to a sum of 1"
            )
        yield f"The probabilities of {len(networks)} networks are averaged{power}:"
    views = [each.view for each in exported.networks]
    for number, (network, view) in enumerate(zip(networks, views, strict=True), 1):
        sizes = ", ".join(map(str, network["layers"]))
        yield from wrap(
            f"Network {number}: layers of {sizes}; {network['activation']}; "
            f"the last layer divided by the temperature {network['divided_by_temperature']:.6g}; "
            f"{network['epochs']} epochs of training",
            WIDTH,
        )
        if view.changes:
            yield f"    images seen {view}"
        yield f"    data {remark(str(network['data']))}"
        yield f"    weights {remark(str(network['weights_sha256']))} (SHA-256)"
