"""Reads data sets: one module for each format or source, and one function that opens any."""

from mlpcli.datasets.catalogue import SOURCES
from mlpcli.datasets.dataset import ALL, Dataset, Selection, Split, SplitName
from mlpcli.datasets.disk_cache import CachePolicy
from mlpcli.datasets.named import KNOWN, find, find_or_fetch
from mlpcli.datasets.opening import open_dataset
from mlpcli.datasets.synthetic.drawing import DRAWN, SYNTHETIC, Drawing

__all__ = [
    "ALL",
    "DRAWN",
    "KNOWN",
    "SOURCES",
    "SYNTHETIC",
    "CachePolicy",
    "Dataset",
    "Drawing",
    "Selection",
    "Split",
    "SplitName",
    "find",
    "find_or_fetch",
    "open_dataset",
]
