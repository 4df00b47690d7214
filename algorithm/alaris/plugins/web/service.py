"""Asking a vendor, written once for all plugins: budgets, retries, other addresses, conditional requests, replay, faults with names."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from alaris.domain import ProviderError
from alaris.plugins.web.bodies import Body, complaint, meaning
from alaris.plugins.web.faults import PASSING, Fault, WebFault
from alaris.plugins.web.ledger import Ledger, Reply
from alaris.plugins.web.vendor import Vendor
from alaris.settings import Settings

if TYPE_CHECKING:
    from alaris.plugins.web.sending import Response, Sender

T = TypeVar("T")
LIVE = timedelta(minutes=15)  # a question this old is one about now; older ones are answered by what was received then
SKEW = timedelta(minutes=5)
MOST_PAGES = 200


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The computer's."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """What a reply said, the address that said it, and when it was known (never after the question's `as_of`)."""

    value: T
    source: str
    available_at: datetime


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page's items, and the address of the next one as the vendor wrote it; empty after the last."""

    items: Sequence[T]
    following: str = ""


@dataclass(frozen=True, slots=True)
class _Found(Generic[T]):
    """A reply that was read, and the one that had been kept of the same request."""

    request: str
    reply: Reply
    kept: Reply | None
    fetched: Fetched[T]


class Web:
    """Questions to one vendor.

    Parameters
    ----------
    vendor : Vendor
    settings : Settings
        `settings.web`: folder, deadline, tries.
    environment : mapping, optional
        Where the key is looked up; the process's own by default.

    Notes
    -----
    A question about the past (`as_of` more than 15 minutes ago) is answered by the newest reply that had been received by then, and never
    over the network, unless it is about facts that were public at the time (`settled`).
    """

    def __init__(
        self,
        vendor: Vendor,
        settings: Settings,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        sender: Sender | None = None,
    ) -> None:
        limits = settings.web
        addresses = tuple(f"{limits.gateway.rstrip('/')}/{vendor.name}" for _ in "1" if limits.gateway) or vendor.addresses
        self.vendor = replace(vendor, addresses=addresses)
        self._limits, self._environment = limits, environment
        self._clock = clock or SystemClock()
        self._sender = sender
        self._connecting = Lock()
        folder = Path(limits.folder).expanduser() if limits.folder else Path.home() / ".cache" / "alaris" / "web"
        self.ledger = Ledger(folder / "ledger.sqlite")
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def fetch(
        self, path: str, query: Mapping[str, str], read: Callable[[Body], T], *, as_of: datetime, settled: datetime | None = None
    ) -> Fetched[T] | None:
        """Ask, read, and keep the reply if it could be read; None where the question is about the past and nothing was received then.

        Parameters
        ----------
        settled : datetime, optional
            For facts that were public at the time, as old bars are: the moment from which the answer no longer changes. Such a question
            may be asked at any time later, and a reply received after this moment is not asked for again.

        Raises
        ------
        WebFault
            Naming the vendor, what happened and what to do; nothing of a reply that could not be read is kept.
        """
        found = self._find(path, query, read, as_of, settled)
        if found is None:
            return None
        self._keep(found)
        return found.fetched

    def fetch_pages(
        self, path: str, query: Mapping[str, str], read: Callable[[Body], Page[T]], *, as_of: datetime, settled: datetime | None = None
    ) -> Fetched[list[T]] | None:
        """All pages, or a fault: a part is never passed for the whole. The key is added to each, and no other host is followed to."""
        pages: list[_Found[Page[T]]] = []
        seen: set[tuple[str, str]] = set()
        while True:
            found = self._find(path, query, read, as_of, settled)
            if found is None:
                return None
            pages.append(found)
            seen.add((path, urlencode(sorted(query.items()))))
            if not found.fetched.value.following:
                break
            path, query = self._next(found.fetched.value.following, path)
            if (path, urlencode(sorted(query.items()))) in seen or len(seen) >= MOST_PAGES:
                raise WebFault(self.vendor.name, Fault.ENDLESS_PAGES, f"{path}: page {len(seen) + 1} leads back or on for ever")
        for found in pages:
            self._keep(found)
        last = pages[-1].fetched
        return Fetched([item for page in pages for item in page.fetched.value.items], last.source, last.available_at)

    def close(self) -> None:
        """Close the connections."""
        if self._sender is not None:
            self._sender.close()

    def _find(
        self, path: str, query: Mapping[str, str], read: Callable[[Body], T], as_of: datetime, settled: datetime | None
    ) -> _Found[T] | None:
        request = f"{path}?{urlencode(sorted(query.items()))}"
        now = self._clock.now()
        past = settled is None and as_of < now - LIVE
        kept = self.ledger.newest(self.vendor, request, as_of if past else now)
        stands = settled is not None and kept is not None and kept.received >= settled
        if past or stands:
            return None if kept is None else _Found(request, kept, kept, self._read(kept, path, read, as_of))
        reply = self._ask(request, kept)
        return _Found(request, reply, kept, self._read(reply, path, read, as_of))

    def _keep(self, found: _Found[T]) -> None:
        """Store what was read, once all that belongs to it was."""
        if found.kept is None or found.reply.received != found.kept.received:
            self.ledger.keep(self.vendor, found.request, found.reply)
        elif found.reply.confirmed != found.kept.confirmed:
            self.ledger.confirm(self.vendor, found.request, found.kept, found.reply.confirmed)

    def _next(self, following: str, path: str) -> tuple[str, dict[str, str]]:
        parts = urlsplit(following)
        hosts = {urlsplit(address).hostname for address in self.vendor.addresses}
        if parts.hostname and parts.hostname not in hosts and not self._limits.gateway:
            raise WebFault(self.vendor.name, Fault.MALFORMED, f"{path}: the next page is at {parts.hostname}, where the key must not go")
        secret = self.vendor.key_name.lower()
        return parts.path or path, {name: value for name, value in parse_qsl(parts.query) if name.lower() != secret}

    def _read(self, reply: Reply, path: str, read: Callable[[Body], T], as_of: datetime) -> Fetched[T]:
        body = Body(self.vendor.name, path, reply.media, reply.content)
        try:
            value = read(body)
        except WebFault as fault:
            raise self._without_key(fault) from None
        except ProviderError:
            raise
        except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as error:
            raise WebFault(self.vendor.name, Fault.MALFORMED, f"{path}: {type(error).__name__} {error}"[:200]) from error
        return Fetched(value, f"{self.vendor.title} ({urlsplit(reply.address).hostname})", min(reply.confirmed, as_of))

    def _ask(self, request: str, kept: Reply | None) -> Reply:
        key = self.vendor.key(self._environment)
        end = self._clock.now() + timedelta(seconds=self._limits.seconds)
        faults: list[WebFault] = []
        for attempt in range(self._limits.tries):
            for address in self.vendor.addresses:
                try:
                    return self._once(address, request, kept, key, (end - self._clock.now()).total_seconds())
                except WebFault as fault:
                    faults.append(self._without_key(fault, key))
                    if fault.fault not in PASSING:
                        raise faults[-1] from None
                    if fault.fault is Fault.RATE_LIMITED:
                        break  # the same vendor's other address counts the same calls
            wait = self._pause(attempt, faults[-1])
            if self._clock.now() + timedelta(seconds=wait) >= end:
                break
            self._clock.sleep(wait)
        raise faults[-1]

    def _pause(self, attempt: int, fault: WebFault) -> float:
        """Seconds until the next try: what the vendor asks for, else full jitter (Brooker, AWS Architecture Blog, 2015)."""
        if fault.retry_after is not None and attempt + 1 < self._limits.tries:
            return fault.retry_after
        return self._jitter.uniform(0, self._limits.backoff * 2**attempt)

    def _once(self, address: str, request: str, kept: Reply | None, key: str, seconds: float) -> Reply:
        wait = self.ledger.reserve(self.vendor, self._clock.now())
        while 0 < wait < seconds:
            self._clock.sleep(wait)
            seconds -= wait
            wait = self.ledger.reserve(self.vendor, self._clock.now())
        if wait or seconds <= 0:
            what = f"{self.vendor.per_minute} calls a minute are spent" if wait else "no time is left"
            raise WebFault(self.vendor.name, Fault.RATE_LIMITED if wait else Fault.TIMED_OUT, what, retry_after=wait or None)
        response = self._connected().get(address + request.removesuffix("?"), _conditions(kept), key, seconds)
        now = self._clock.now()
        self._require_clock(response, now)
        if response.status == 304 and kept is not None:
            return replace(kept, confirmed=now)
        self._require_success(response, request.partition("?")[0], now)
        headers = response.headers
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(response.content, media, address, now, now, headers.get("etag", ""), headers.get("last-modified", ""))

    def _connected(self) -> Sender:
        with self._connecting:
            if self._sender is None:
                from alaris.plugins.web.sending import Sender  # noqa: PLC0415 - httpx takes 0.2 s to import, and most runs ask no vendor

                self._sender = Sender(self.vendor)
            return self._sender

    def _require_clock(self, response: Response, now: datetime) -> None:
        stated = _http_date(response.headers.get("date", ""))
        if stated is not None and abs(stated - now) > SKEW:
            minutes = (now - stated).total_seconds() / 60
            raise WebFault(self.vendor.name, Fault.CLOCK_SKEWED, f"this clock is {minutes:+.0f} minutes off the vendor's")

    def _require_success(self, response: Response, path: str, now: datetime) -> None:
        if response.status == 200:
            return
        said = self._said(response)
        retry_after = _retry_after(response.headers.get("retry-after", ""), now)
        raise WebFault(self.vendor.name, _status_fault(response.status, said), f"{path}: {response.status} {said}", retry_after=retry_after)

    def _said(self, response: Response) -> str:
        import json  # noqa: PLC0415 - only where something failed

        try:
            value = json.loads(response.content)
        except (ValueError, RecursionError):
            return ""
        return complaint(value) or (str(value.get("message") or "")[:160] if isinstance(value, dict) else "")

    def _without_key(self, fault: WebFault, key: str | None = None) -> WebFault:
        """Vendors repeat the key in what they say: it is taken out of the message."""
        secret = key if key is not None else _silent_key(self.vendor, self._environment)
        if secret:
            fault.args = tuple(str(part).replace(secret, "***") for part in fault.args)
        return fault


def _silent_key(vendor: Vendor, environment: Mapping[str, str] | None) -> str:
    try:
        return vendor.key(environment)
    except WebFault:
        return ""


def _status_fault(status: int, said: str) -> Fault:
    exact = {401: Fault.KEY_REFUSED, 402: Fault.NOT_ENTITLED, 403: Fault.NOT_ENTITLED, 404: Fault.NOT_FOUND, 429: Fault.RATE_LIMITED}
    if status == 403 and meaning(said) is Fault.KEY_REFUSED:
        return Fault.KEY_REFUSED
    if status in exact:
        return exact[status]
    if status in {408, 425}:
        return Fault.TIMED_OUT
    if 300 <= status < 400:
        return Fault.WRONG_CONTENT
    return Fault.SERVER_FAILED if status >= 500 else meaning(said)


def _conditions(kept: Reply | None) -> dict[str, str]:
    if kept is None:
        return {}
    stated = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified}
    return {name: value for name, value in stated.items() if value}


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _retry_after(text: str, now: datetime) -> float | None:
    if text.strip().isdecimal():
        return float(text)
    moment = _http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())
