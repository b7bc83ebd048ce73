"""The inner loops of training compiled for this processor, where Numba is installed.

The NumPy code is the reference, and computes the same. Nothing here is needed to train.
"""
