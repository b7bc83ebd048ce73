"""The plots of the pages: a module for each page, a function for each plot.

Text and axes have the colours that `docs/hooks/site.py` sets.
"""
