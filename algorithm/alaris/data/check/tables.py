"""The forms of LEAN's CSV lines: a fast test of a whole file, and the exact fault of a line that fails it."""

from __future__ import annotations

import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from alaris.data.check.findings import Findings
from alaris.data.lean_folder import UNREADABLE
from alaris.data.lean_rows import entry_content

NUMBER = r"\d+(?:\.\d+)?"
SIGNED = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
REWRITE = "fetch or convert the file again"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of line: its columns, and the patterns of a good one and of a file of them."""

    columns: tuple[str, ...]
    pattern: re.Pattern[str]
    whole: re.Pattern[str]
    may_be_empty: frozenset[str] = frozenset()
    may_be_negative: frozenset[str] = frozenset()

    @classmethod
    def of(cls, columns: tuple[str, ...], line: str, *, empty: tuple[str, ...] = (), negative: tuple[str, ...] = ()) -> Form:
        """Form of lines that match `line`; the columns `empty` and `negative` may be so."""
        return cls(columns, re.compile(line), re.compile(f"\n*(?:{line}\n)*+"), frozenset(empty), frozenset(negative))

    def fault(self, line: str) -> tuple[str, str] | None:
        """Kind and description of what is wrong with a line; None where it is good."""
        if self.pattern.fullmatch(line):
            return None
        fields = line.split(",")
        if len(fields) != len(self.columns):
            return "columns", f"{len(fields)} columns, expected {len(self.columns)}: {','.join(self.columns)}"
        for name, text in zip(self.columns, fields, strict=True):
            fault = self._field_fault(name, text)
            if fault:
                return fault
        return "form", f"not a line of {','.join(self.columns)}: {line[:60]!r}"

    def _field_fault(self, name: str, text: str) -> tuple[str, str] | None:
        if name in {"time", "expiry", "right"}:
            return None if text else ("empty", f"column {name}: empty")
        if not text:
            return None if name in self.may_be_empty else ("empty", f"column {name}: empty")
        if not re.fullmatch(SIGNED, text):
            return "number", f"column {name}: {text!r} is not a number"
        if text.startswith("-") and name not in self.may_be_negative:
            return "negative", f"column {name}: {text} is negative"
        return None


STAMP = r"\d{8} \d\d:\d\d"
SIDE = f"(?:{NUMBER},{NUMBER},{NUMBER},{NUMBER}|,,,),(?:{NUMBER})?"
PRICES = ("open", "high", "low", "close")
QUOTE_COLUMNS = tuple(f"{side} {part}" for side in ("bid", "ask") for part in (*PRICES, "size"))
GREEKS = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")
FORMS = {
    "bars": Form.of(("time", *PRICES, "volume"), f"{STAMP}(?:,{NUMBER}){{5}}"),
    "trade": Form.of(("time", *PRICES, "volume"), f"{STAMP}(?:,{NUMBER}){{5}}"),
    "quote": Form.of(("time", *QUOTE_COLUMNS), f"{STAMP},{SIDE},{SIDE}", empty=QUOTE_COLUMNS),
    "openinterest": Form.of(("time", "open interest"), f"{STAMP},{NUMBER}"),
    "universe": Form.of(
        ("expiry", "strike", "right", *PRICES, "volume", "open_interest", *GREEKS),
        rf"\d{{8}},{NUMBER},[CP](?:,(?:{NUMBER})?){{6}}(?:,(?:{SIGNED})?){{6}}",
        empty=(*PRICES, "volume", "open_interest", *GREEKS),
        negative=GREEKS,
    ),
}


def open_zip(path: Path, findings: Findings) -> zipfile.ZipFile | None:
    """Open an archive, or say why it cannot be."""
    try:
        return zipfile.ZipFile(path)
    except UNREADABLE as error:
        findings.error(path, "zip", f"not a readable zip: {error}", REWRITE)
        return None


def read_text(archive: zipfile.ZipFile, name: str, path: Path, findings: Findings, whole: bytes = b"") -> str | None:
    """Text of one entry, or say why it cannot be read; `whole` is the archive's content where many entries are read."""
    try:
        content = entry_content(archive, archive.getinfo(name), whole) if whole else archive.read(name)
        return content.decode("ascii")
    except (*UNREADABLE, struct.error) as error:
        findings.error(path, "entry", f"{name} cannot be read: {error}", REWRITE)
        return None


def good_lines(path: Path, name: str, text: str, form: Form, findings: Findings) -> list[str]:
    """Lines of the right form; the others become findings."""
    if form.whole.fullmatch(text):
        return text.strip("\n").splitlines()
    good = []
    for number, line in enumerate(text.splitlines(), start=1):
        if form.pattern.fullmatch(line):
            good.append(line)
        elif line:
            kind, message = form.fault(line) or ("form", "not readable")
            findings.error(path, kind, f"{name}: {message}", "mend or remove the line, or convert the file again", line=number)
    return good


def check_order(path: Path, name: str, lines: list[str], findings: Findings) -> None:
    """Times must rise: LEAN stops reading, or reads late, where they do not."""
    stamps = [line[:14] for line in lines]
    if stamps != sorted(set(stamps)):
        place = next(i for i in range(1, len(stamps)) if stamps[i] <= stamps[i - 1])
        what = "repeats the time of" if stamps[place] == stamps[place - 1] else "is earlier than"
        message = f"{name}: {stamps[place]} {what} the line before"
        findings.error(path, "order", message, "sort the lines by time and drop repeats", line=place + 1)
