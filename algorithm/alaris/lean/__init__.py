"""The adapter: LEAN's QCAlgorithm on one side, the workflow on the other.

The modules that need an engine import `AlgorithmImports` and are imported by `main.py` only; this package itself imports nothing of it.
"""

from alaris.lean.project import algorithm_file

__all__ = ["algorithm_file"]
