"""How many changed copies of an image are averaged, known without loading NumPy."""

USUAL = 7
"""Copies of test-time augmentation unless another number is given."""

MOST = 100  # copies


def copy_count(tta: bool | int) -> int:  # as users give it
    """Return how many copies are averaged: a number, as many as usual, or only the image itself."""
    return USUAL if tta is True else max(1, int(tta))
