"""Multiplier, tick and lot of securities, from LEAN's symbol-properties file."""

from __future__ import annotations

from pathlib import Path

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.securities import SymbolProperties
from alaris_runner.data.text_files import read_text
from alaris_runner.errors import DataFileError

_KINDS = {
    SecurityType.EQUITY: "equity",
    SecurityType.OPTION: "option",
    SecurityType.INDEX: "index",
    SecurityType.INDEX_OPTION: "indexoption",
}


class SymbolPropertiesDatabase:
    """Rows of `symbol-properties-database.csv`, looked up by market, ticker and kind."""

    def __init__(self, data_folder: Path) -> None:
        self._path = data_folder / "symbol-properties" / "symbol-properties-database.csv"
        self._text: str | None = None
        self._found: dict[tuple[str, str, SecurityType], SymbolProperties] = {}

    def get(self, market: str, ticker: str, security_type: SecurityType) -> SymbolProperties:
        """Properties of a security; the market's common row where it has none of its own."""
        if security_type == SecurityType.BASE:
            return SymbolProperties(1.0, 0.01, 1.0)
        key = (market, ticker, security_type)
        if key not in self._found:
            self._found[key] = self._search(market, ticker, _KINDS.get(security_type, "equity"))
        return self._found[key]

    def _search(self, market: str, ticker: str, kind: str) -> SymbolProperties:
        if self._text is None:
            try:
                self._text = "\n" + read_text(self._path)
            except OSError as error:
                raise DataFileError(self._path, None, "the symbol-properties database is missing; a LEAN data folder holds it") from error
        for name in (ticker, "[*]"):
            at = self._text.find(f"\n{market},{name},{kind},")
            if at >= 0:
                return self._properties(at + 1)
        raise DataFileError(self._path, None, f"no row '{market},[*],{kind}'")

    def _properties(self, at: int) -> SymbolProperties:
        text = self._text or ""
        line = text[at : (text + "\n").index("\n", at)]
        fields = line.split(",")
        try:
            return SymbolProperties(float(fields[5]), float(fields[6]), float(fields[7]), fields[4], fields[3])
        except (ValueError, IndexError) as error:
            raise DataFileError(
                self._path, text.count("\n", 0, at), f"expected market,symbol,type,description,currency,multiplier,tick,lot; got '{line}'"
            ) from error
