"""Multi-layer perceptrons on MNIST from the command line, in pure NumPy."""

__version__ = "0.1.0"
