"""The emergency stop in the journal: while it stands no trading process starts on the account; a person ends it after review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alaris.domain import ConfigurationError

if TYPE_CHECKING:
    from alaris.journal.store import Journal

KIND = "emergency"


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """Who stopped the account, when and why."""

    who: str
    why: str
    at: datetime


def standing_stop(journal: Journal) -> EmergencyStop | None:
    """The emergency stop that stands, if one does."""
    newest = journal.latest(KIND)
    if newest is None or newest.entry["action"] != "stopped":
        return None
    entry = newest.entry
    return EmergencyStop(entry["who"], entry["why"], datetime.fromisoformat(entry["at"]))


def stop(journal: Journal, who: str, why: str, at: datetime, arguments: Mapping[str, Any]) -> None:
    """Record an emergency stop with its command and its alert; a second one is a second record and changes nothing."""
    said = {"who": who, "why": why, "at": at}
    command = {"command": "emergency-stop", "arguments": dict(arguments), **said}
    alert = {"title": "emergency stop", "text": f"{who}: {why}", "at": at}
    journal.append_all([("command", command), (KIND, {"action": "stopped", **said}), ("alert", alert)])


def lift(journal: Journal, who: str, why: str, at: datetime) -> bool:
    """End the stop that stands; whether there was one."""
    if standing_stop(journal) is None:
        return False
    journal.append_all(
        [("approval", {"of": KIND, "who": who, "why": why, "at": at}), (KIND, {"action": "lifted", "who": who, "why": why, "at": at})]
    )
    return True


def refuse_after_emergency(journal: Journal) -> None:
    """Refuse to start trading while an emergency stop stands.

    Raises
    ------
    ConfigurationError
        It stands; the message says who, when, why, and how it ends.
    """
    found = standing_stop(journal)
    if found is not None:
        by = f"{found.who} stopped this account at {found.at:%Y-%m-%d %H:%M} UTC: {found.why}"
        raise ConfigurationError("emergency stop", f"{by}. Review it, then `alaris resume --approve --reason TEXT`")
