"""The weights that come with the program, of a network that has seen synthetic digits only."""

from pathlib import Path

BUNDLED = Path(__file__).parent / "weights" / "synthetic.npz"
NAME = "bundled"  # by which users mean these weights, not a file
