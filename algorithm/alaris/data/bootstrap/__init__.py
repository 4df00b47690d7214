"""A window of real data through the declared providers: planned first, then fetched piece by piece, each once, whatever dies on the way."""

from alaris.data.bootstrap.planning import Plan, Share, plan
from alaris.data.bootstrap.running import Outcome, run
from alaris.data.bootstrap.sources import Source, collectors

__all__ = ["Outcome", "Plan", "Share", "Source", "collectors", "plan", "run"]
