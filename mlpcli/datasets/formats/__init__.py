"""Readers of data set formats, one module for each."""
