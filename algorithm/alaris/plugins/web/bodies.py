"""A vendor's reply as data: what it complains of, and its fields as numbers, dates and text, or a fault that names the field."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from alaris.plugins.web.faults import Fault, WebFault

COMPLAINTS = ("Error Message", "Information", "Note", "error", "errors", "fault")
FAILED = frozenset({"ERROR", "NOT_AUTHORIZED", "NOT_FOUND"})
NOTHING = frozenset({"", "n/a", "na", "none", "null", "nan", "-", "--", "."})  # how vendors write that they have no number
LIMITS = ("per day", "per minute", "rate limit", "too many", "maximum requests", "limit reach", "call frequency")
KEYS = ("api key", "apikey", "api_key", "token", "unauthorized", "unauthenticated", "unknown key")
PLANS = ("entitled", "plan", "premium", "subscription", "upgrade", "legacy endpoint", "payment", "exclusive")


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a reply; `place` says where it stood."""

    vendor: str
    place: str
    values: Mapping[str, Any]

    def number(self, name: str) -> float:
        """A finite number, written as one or as text; raises WebFault where there is none."""
        value = self.number_or_nan(name)
        if math.isnan(value):
            raise self.fault(name, f"no number, {self.values.get(name)!r}")
        return value

    def number_or_nan(self, name: str) -> float:
        """A finite number; NaN where the vendor says that it has none. Text that is no number is a fault."""
        value = self.values.get(name)
        if value is None or (isinstance(value, str) and value.strip().lower() in NOTHING):
            return math.nan
        try:
            if isinstance(value, bool):
                raise ValueError(value)
            number = float(_bare(value) if isinstance(value, str) else value)
        except (TypeError, ValueError):
            raise self.fault(name, f"no number, {value!r}") from None
        return number if math.isfinite(number) else math.nan

    def text(self, name: str) -> str:
        """Text that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(name, f"no text, {value!r}")
        return value.strip()

    def text_or_empty(self, name: str) -> str:
        """Text, or nothing where it is missing."""
        value = self.values.get(name)
        return value.strip() if isinstance(value, str) else ""

    def moment(self, name: str, units: float) -> datetime:
        """A Unix time that is counted in so many parts of a second, 1,000 for milliseconds (aware, UTC)."""
        number = self.number(name)
        try:
            return datetime.fromtimestamp(number / units, UTC)
        except (ValueError, OverflowError, OSError):  # which of them depends on the system
            raise self.fault(name, f"no time, {number:g}") from None

    def day(self, name: str) -> date:
        """A date like 2017-02-09, of which a time behind it is not read."""
        text = self.text(name)
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise self.fault(name, f"no date, {text!r}") from None

    def day_or_none(self, name: str) -> date | None:
        """A date, or None where it is missing or empty."""
        return self.day(name) if self.text_or_empty(name) else None

    def inner(self, name: str) -> Fields:
        """An object inside; an empty one where it is missing."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise self.fault(name, "not an object")
        return Fields(self.vendor, f"{self.place}.{name}", value)

    def list(self, name: str) -> Iterator[Fields]:
        """The objects of a list; none where it is missing or null."""
        value = self.values.get(name)
        if value is None:
            return iter(())
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self.fault(name, "not a list")
        return objects(self.vendor, f"{self.place}.{name}", value)

    def fault(self, name: str, what: str) -> WebFault:
        """A fault of one field."""
        return WebFault(self.vendor, Fault.MALFORMED, f"{self.place}.{name}: {what}"[:200])


@dataclass(frozen=True, slots=True)
class Body:
    """Content of one reply."""

    vendor: str
    place: str
    media: str
    content: bytes

    def object(self) -> Fields:
        """The reply as one JSON object."""
        value = self._json()
        if not isinstance(value, Mapping):
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: a JSON {type(value).__name__} where an object was expected")
        return Fields(self.vendor, self.place, value)

    def list(self) -> Iterator[Fields]:
        """The reply as a JSON list of objects."""
        value = self._json()
        if not isinstance(value, list):
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: a JSON {type(value).__name__} where a list was expected")
        return objects(self.vendor, self.place, value)

    def rows(self, *required: str) -> Iterator[Fields]:
        """The reply as CSV with a header; raises WebFault where a column is missing or a row has another length."""
        self._complain_if_json()
        if not self.text().endswith("\n"):
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: the last line is not whole")
        reader = csv.reader(io.StringIO(self.text(), newline=""))
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in required if name not in header]:
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: no column {', '.join(missing)}")
        return self._rows(reader, header)

    def text(self) -> str:
        """The reply as text; a page where data was expected is a fault."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: not UTF-8") from None
        start = text.lstrip()[:200].lower()
        if start.startswith(("<!doctype html", "<html")) or "html" in self.media:
            raise WebFault(self.vendor, Fault.WRONG_CONTENT, f"{self.place}: an HTML page")
        return text

    def _json(self) -> Any:
        if self.media and not any(kind in self.media for kind in ("json", "text/plain", "octet-stream")):
            self.text()
            raise WebFault(self.vendor, Fault.WRONG_CONTENT, f"{self.place}: {self.media} where JSON was expected")
        return self._parsed()

    def _parsed(self) -> Any:
        try:
            value = json.loads(self.text())
        except (ValueError, RecursionError):
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: not JSON") from None
        if (said := complaint(value)) is not None:
            raise WebFault(self.vendor, meaning(said), f"{self.place}: {said}")
        return value

    def _complain_if_json(self) -> None:
        if self.text().lstrip()[:1] in {"{", "["}:
            self._parsed()
            raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place}: JSON where CSV was expected")

    def _rows(self, reader: Iterator[Sequence[str]], header: Sequence[str]) -> Iterator[Fields]:
        for number, row in enumerate(reader, start=2):
            if row and len(row) != len(header):
                raise WebFault(self.vendor, Fault.MALFORMED, f"{self.place} line {number}: {len(row)} cells, the header has {len(header)}")
            if row:
                yield Fields(self.vendor, f"{self.place} line {number}", dict(zip(header, row, strict=True)))


def objects(vendor: str, place: str, values: Sequence[Any]) -> Iterator[Fields]:
    """Each item of a list, which must be an object."""
    for number, value in enumerate(values):
        if not isinstance(value, Mapping):
            raise WebFault(vendor, Fault.MALFORMED, f"{place}[{number}]: not an object")
        yield Fields(vendor, f"{place}[{number}]", value)


def complaint(value: Any) -> str | None:
    """What a reply complains of, in the shapes the vendors use; None where it does not."""
    if not isinstance(value, Mapping):
        return None
    said = next((value[name] for name in COMPLAINTS if value.get(name)), None)
    if said is None and isinstance(value.get("status"), str) and value["status"] in FAILED:
        said = value.get("message") or value["status"]
    return None if said is None else _short(said)


def meaning(said: str) -> Fault:
    """Which fault a vendor's words mean."""
    text = said.lower()
    for words, fault in ((LIMITS, Fault.RATE_LIMITED), (PLANS, Fault.NOT_ENTITLED), (KEYS, Fault.KEY_REFUSED)):
        if any(word in text for word in words):
            return fault
    return Fault.REFUSED


def _short(said: Any) -> str:
    text = said if isinstance(said, str) else json.dumps(said, default=str)
    return " ".join(text.split())[:160]


def _bare(text: str) -> str:
    """A number without dollar sign, thousands separators and per cent sign; brackets are a minus, as accountants write it."""
    bare = text.strip().replace("$", "").replace(",", "").removesuffix("%")
    return f"-{bare[1:-1]}" if bare.startswith("(") and bare.endswith(")") else bare
