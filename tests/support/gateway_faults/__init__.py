"""Faults of a quote, played over a real socket, with what came of each: `make faults` prints the table."""

from gateway_faults.playing import Outcome, Played, play
from gateway_faults.quotes import QUOTE_FAULTS

__all__ = ["QUOTE_FAULTS", "Outcome", "Played", "play"]
