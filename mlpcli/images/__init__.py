"""Any picture of a digit → an image such as MNIST's makers would have made of it.

Pictures of other things are only resized. Training on pictures and predicting share these steps.

`decoding` and `colours` turn a file into grey levels, within the limits of `bounded` and `limits`.
`recipe` names the steps that follow and their settings, and `preprocessing` runs them: `polarity`,
`lighting` and `shadows` turn lightness into ink on paper, `cleaning` and `parts` keep only the ink
of the digit, and `shaping` makes an image of it.
"""

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
