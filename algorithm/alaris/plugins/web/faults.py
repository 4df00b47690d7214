"""What can go wrong between us and a vendor, each with a name of its own and what to do about it."""

from __future__ import annotations

from enum import Enum

from alaris.domain import ProviderError


class Fault(Enum):
    """Kind of a fault, and its remedy."""

    KEY_ABSENT = "KEY_ABSENT", "set the key in the environment"
    KEY_REFUSED = "KEY_REFUSED", "check the key: the vendor does not know it"
    NOT_ENTITLED = "NOT_ENTITLED", "the plan does not include this; upgrade it or leave the source out"
    RATE_LIMITED = "RATE_LIMITED", "wait, or ask less often"
    BUDGET_SPENT = "BUDGET_SPENT", "wait until the budget renews, or raise it with the vendor"
    SERVER_FAILED = "SERVER_FAILED", "the vendor is in trouble; try again later"
    TIMED_OUT = "TIMED_OUT", "the vendor is too slow; try again later or raise web.seconds"
    UNREACHABLE = "UNREACHABLE", "check the network and the name server"
    NOT_TRUSTED = "NOT_TRUSTED", "the certificate does not verify; check the clock and any proxy in between"
    TRUNCATED = "TRUNCATED", "the reply broke off; try again"
    TOO_LARGE = "TOO_LARGE", "ask for less at a time"
    WRONG_CONTENT = "WRONG_CONTENT", "a page instead of data: a login, a block or maintenance; open the vendor's site"
    REFUSED = "REFUSED", "read the vendor's words"
    NOT_FOUND = "NOT_FOUND", "check the symbol"
    MALFORMED = "MALFORMED", "the vendor's format changed or its data is broken; report it"
    ENDLESS_PAGES = "ENDLESS_PAGES", "the vendor's pages repeat; report it"
    CLOCK_SKEWED = "CLOCK_SKEWED", "set this computer's clock"

    def __init__(self, code: str, remedy: str) -> None:
        self.code, self.remedy = code, remedy


PASSING = frozenset({Fault.SERVER_FAILED, Fault.TIMED_OUT, Fault.UNREACHABLE, Fault.TRUNCATED, Fault.RATE_LIMITED})  # worth another try


class WebFault(ProviderError):
    """A vendor could not be asked, or its answer not be used; `fault` says how, `retry_after` in how many seconds it may pass."""

    def __init__(self, vendor: str, fault: Fault, what: str, *, retry_after: float | None = None) -> None:
        super().__init__(vendor, f"{what}; {fault.remedy} ({fault.code})")
        self.fault = fault
        self.retry_after = retry_after
