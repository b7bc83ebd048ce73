"""Handwritten digits that the program draws itself, from strokes to images like MNIST's."""
