"""Measurements behind the figures in the README; see README.md here."""
