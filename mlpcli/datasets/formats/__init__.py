"""The formats that data sets come in, a module for each."""
