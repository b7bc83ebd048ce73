"""Any picture of a digit → the image that MNIST's makers would have made of it.

Pictures of other things are only resized. Training on pictures and predicting have this in common.

`decoding` makes grey levels of a file, within what `bounded` and `limits` allow. `recipe` names the
steps that follow and their settings, `preparing` takes them: `lighting` and `shadows` turn
lightness into ink on paper, `cleaning` and `parts` keep the digit's ink alone, `shaping` makes an
image of it.
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
