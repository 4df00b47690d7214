"""Whether what a trading process stands on is sound: journal, disk, process, broker, clock; no check stops another."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from alaris.broker import BrokerUnavailable
from alaris.domain import AlarisError
from alaris.journal.address import journal_file, journal_url
from alaris.journal.verification import verify
from alaris.operations.situation import Situation, situation

if TYPE_CHECKING:
    from alaris.journal.store import Journal

FREE_BYTES = 1_000_000_000  # a month of records is under a tenth of it
SKEW_SECONDS, HANG_SECONDS, SLOW_SECONDS = 2.0, 30.0, 1.0


class Health(StrEnum):
    """What a check found."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to do where it is not well."""

    name: str
    health: Health
    text: str


class Asked(Protocol):
    """What is asked of a gateway here."""

    @property
    def account_id(self) -> str:
        """The account, as the gateway names it."""
        ...

    def server_time(self, seconds: float) -> datetime:
        """The broker's clock."""
        ...


def journal_checks(journal: Journal, address: str) -> Iterator[Check]:
    """The journal's chain, its file, its disk; then the process and the halts of the account."""
    yield _tried("journal", lambda: _verified(journal))
    file = journal_file(journal_url(address))
    if file is not None:
        yield _private(file)
        yield _disk(file)
    yield from _process_checks(situation(journal, address))


def broker_checks(broker: Asked, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Check]:
    """Whether the gateway answers, how fast, and how far its clock is from ours."""
    began, asked_at = perf_counter(), now()
    try:
        theirs = broker.server_time(5.0)
    except BrokerUnavailable as error:
        yield Check("gateway", Health.FAILED, f"{error}; see docs/operations/disconnect.md")
        return
    seconds = perf_counter() - began
    yield Check(
        "gateway",
        Health.OK if seconds < SLOW_SECONDS else Health.WARNING,
        f"account {broker.account_id} answered in {seconds * 1000:.0f} ms",
    )
    skew = abs((theirs - asked_at).total_seconds() - seconds / 2)
    health = Health.OK if skew <= SKEW_SECONDS else Health.WARNING  # the broker tells whole seconds
    yield Check(
        "clock", health, f"{skew:.1f} s from the broker's" + ("" if health is Health.OK else "; set this computer's clock (chrony, ntpd)")
    )


def _tried(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except AlarisError as error:
        return Check(name, Health.FAILED, str(error))


def _verified(journal: Journal) -> Check:
    found = verify(journal)
    return Check("journal", Health.OK, f"{found.records:,} records, every one whole; head {found.head[:12]}")


def _private(file: Path) -> Check:
    others = stat.S_IMODE(file.stat().st_mode) & 0o077
    text = f"{file} is its owner's alone" if not others else f"others may read {file}; chmod 600 it"
    return Check("permissions", Health.WARNING if others else Health.OK, text)


def _disk(file: Path) -> Check:
    free = shutil.disk_usage(file.parent).free
    return Check("disk", Health.OK if free >= FREE_BYTES else Health.FAILED, f"{free / 1e9:,.1f} GB free for {file.parent}")


def _process_checks(found: Situation) -> Iterator[Check]:
    hangs = found.process is not None and (found.engine_seconds is None or found.engine_seconds > HANG_SECONDS or found.answered is None)
    yield Check("process", Health.FAILED if hangs else Health.OK, found.process_text)
    halt = found.breakers.entry_halt()
    said = f"emergency stop: {found.stopped.why}" if found.stopped else f"{halt.breaker.value}: {halt.why}" if halt else "none"
    yield Check("halts", Health.OK if found.entries_allowed else Health.WARNING, said)
    unknown = [key for key, state in found.orders.items() if state == "UNKNOWN"]
    text = (
        f"{', '.join(unknown)} UNKNOWN: start, or `alaris cancel-all`, asks the broker"
        if unknown
        else f"{len(found.orders)} open, none unknown"
    )
    yield Check("orders", Health.WARNING if unknown else Health.OK, text)
