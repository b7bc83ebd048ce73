"""What `benchmarks.pictures` measures: digits, pages and drawings that are no digits."""
