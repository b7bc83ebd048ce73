"""Draws synthetic handwritten digits, from strokes to images like MNIST's."""
