"""Utilities for all packages: files, locks, arrays, threads, the cache, random numbers."""
