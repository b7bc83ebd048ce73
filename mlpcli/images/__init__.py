"""Turns any picture of a digit into an image like MNIST's.

Pictures of other things are only resized. Training on pictures and predicting share these steps.

`decoding`, `heic` and `colours` turn a file into grey levels, within the limits of `bounded` and
`limits`. `unread` tells which files of a folder are pictures.
`recipe` names the steps that follow and their settings, and `preprocessing` runs them: `polarity`,
`lighting` and `shadows` turn lightness into ink on paper, `cleaning` and `parts` keep only the ink
of the digit, and `shaping` makes an image of it.
"""

from typing import TYPE_CHECKING

from mlpcli.utils.lazy import lazy_names

if TYPE_CHECKING:
    from mlpcli.images.decoding import SUFFIXES, read_picture
    from mlpcli.images.preprocessing import Preprocessed, preprocess, preprocess_picture
    from mlpcli.images.recipe import (
        RECIPE_VERSION,
        Recipe,
        default_recipe,
        earlier_recipe,
        output_size,
        parse_recipe,
    )

__all__ = [
    "RECIPE_VERSION",
    "SUFFIXES",
    "Preprocessed",
    "Recipe",
    "default_recipe",
    "earlier_recipe",
    "output_size",
    "parse_recipe",
    "preprocess",
    "preprocess_picture",
    "read_picture",
]

if not TYPE_CHECKING:
    _RECIPE = "RECIPE_VERSION Recipe default_recipe earlier_recipe output_size parse_recipe"
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "mlpcli.images.decoding": "SUFFIXES read_picture",
            "mlpcli.images.preprocessing": "Preprocessed preprocess preprocess_picture",
            "mlpcli.images.recipe": _RECIPE,
        },
    )
