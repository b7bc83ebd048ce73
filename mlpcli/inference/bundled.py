"""The weights that come with the program, of a network that has seen MNIST and drawn digits."""

from pathlib import Path

BUNDLED = Path(__file__).parent / "weights" / "reader.npz"
NAME = "bundled"  # by which users mean these weights, not a file
