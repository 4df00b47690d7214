"""The ten phases, the exits, and the decision that runs them in order."""

from alaris.workflow.decision import Workflow
from alaris.workflow.exits import ExitReason, Health

__all__ = ["ExitReason", "Health", "Workflow"]
