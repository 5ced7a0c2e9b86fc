"""Months of shop events turned into answers."""

__version__ = "0.1.0"
