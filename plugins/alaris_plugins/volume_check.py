"""DTqc003A: do volume and open interest look like a market in which a position can be left again."""

from __future__ import annotations

import numpy as np

from alaris.domain import MarketSnapshot, OptionChain, Reason, Verdict
from alaris.plugins import Settings, hookimpl
from alaris_plugins.judging import at_most, contract, day_in_new_york, near_money, warned

CHECK = "DTqc003A"


class VolumeCheck:
    """Warn of quiet contracts and of an odd share volume; refuse numbers that cannot be volumes.

    A snapshot carries the open interest of one day, so its change is not judged here: `alaris data validate` does, over the sessions of a
    folder. Quiet legs raise the expected cost in STCS006A.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.data_validation

    @hookimpl
    def validate_snapshot(self, snapshot: MarketSnapshot) -> list[Verdict]:
        chain = snapshot.chain.value
        with np.errstate(all="ignore"):  # a zero, an infinity or a NaN is judged below, not warned of
            return [self._possible(chain), self._quiet(chain), self._shares(snapshot)]

    def _possible(self, chain: OptionChain) -> Verdict:
        negative = (chain.volume < 0) | (chain.open_interest < 0)
        note = f"first {contract(chain, int(negative.argmax()))}" if negative.any() else "none"
        return at_most(CHECK, int(negative.sum()), 0, Reason.VOLUME_IMPLAUSIBLE, f"negative volume or open interest: {note}")

    def _quiet(self, chain: OptionChain) -> Verdict:
        held = near_money(chain, self._settings) & (chain.open_interest >= self._limits.quiet_open_interest)
        quiet = held & (chain.volume == 0)
        largest = int(np.argmax(np.where(quiet, chain.open_interest, -1.0))) if quiet.any() else -1
        note = f"{quiet.sum()} of {held.sum()} contracts near the money with open interest did not trade"
        note += f", largest {contract(chain, largest)}" if largest >= 0 else ""
        return warned(at_most(CHECK, int(quiet.sum()), 0, Reason.VOLUME_IMPLAUSIBLE, note))

    def _shares(self, snapshot: MarketSnapshot) -> Verdict:
        """The last finished session's share volume against the mean of those before it, as a factor either way."""
        bars = snapshot.bars.value
        finished = bars.volume[bars.day < np.datetime64(day_in_new_york(snapshot.as_of), "D")]
        window = finished[-self._settings.universe.volume_sessions - 1 : -1]
        mean = float(window.mean()) if len(window) else 0.0
        if mean <= 0 or finished[-1] <= 0:
            note = "the last session or the mean before it shows no share volume"
            return Verdict(CHECK, True, None, self._limits.volume_factor, Reason.VOLUME_IMPLAUSIBLE, note)
        ratio = float(finished[-1]) / mean
        note = f"share volume was {ratio:.2f} times its mean of {len(window)} sessions"
        return warned(at_most(CHECK, max(ratio, 1 / ratio), self._limits.volume_factor, Reason.VOLUME_IMPLAUSIBLE, note))


def plugin(settings: Settings) -> VolumeCheck:
    """Entry point."""
    return VolumeCheck(settings)
