"""A workspace for the LEAN CLI: written once, checked without a network, its results compared. Needs no engine."""

from alaris.lean.workspace.comparison import Comparison, Difference, compare_runs
from alaris.lean.workspace.doctor import Check, State, examine
from alaris.lean.workspace.writing import ENGINE_IMAGE, Piece, Standing, lean_file, write_workspace

__all__ = [
    "ENGINE_IMAGE",
    "Check",
    "Comparison",
    "Difference",
    "Piece",
    "Standing",
    "State",
    "compare_runs",
    "examine",
    "lean_file",
    "write_workspace",
]
