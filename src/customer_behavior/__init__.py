"""Months of shop events turned into answers."""

import os

__version__ = "0.1.0"

# Away from the project's folder, with its .telemetry, Kedro would report every run to its makers.
os.environ.setdefault("DO_NOT_TRACK", "1")
