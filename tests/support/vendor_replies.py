"""Every provider with one question, and replies in its vendor's shape: good, empty, lacking a field, with odd and with broken numbers.

The shapes are the vendors' own (providers.md 1), the symbol and all numbers are invented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alaris.plugins.web import Vendor, Web
from alaris_plugins import alpha_vantage, cboe, eodhd, fmp, fred, nasdaq, polygon, treasury

SYMBOL = "ZQAB"
KEY = "k-5ecret-9"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider and how its vendor replies to one question."""

    vendor: Vendor
    make: Callable[[Web], object]
    hook: str
    media: str
    good: bytes
    empty: bytes
    lacking: bytes
    odd: bytes  # numbers as text, "N/A" and null where the field may be missing: to be understood
    broken: bytes  # NaN or no number in a field that must be one: to be refused
    refusals: Mapping[int, bytes]

    @property
    def keyed(self) -> bool:
        """Whether the vendor needs a key."""
        return bool(self.vendor.key_variables)

    @property
    def environment(self) -> Mapping[str, str]:
        """An environment with the vendor's key."""
        return dict.fromkeys(self.vendor.key_variables, KEY)


def providers(now: datetime) -> tuple[Provider, ...]:
    """All of them, with replies dated around `now`."""
    return (_polygon(now), _fmp(now), _nasdaq(now), _eodhd(now), _alpha_vantage(now), _treasury(now), _fred(now), _cboe(now))


def _polygon(now: datetime) -> Provider:
    expiry = now.date() + timedelta(days=30)
    option = {
        "day": {"volume": 8},
        "details": {
            "contract_type": "call",
            "expiration_date": f"{expiry}",
            "shares_per_contract": 100,
            "strike_price": 150,
            "ticker": f"O:{SYMBOL}{expiry:%y%m%d}C00150000",
        },
        "implied_volatility": 0.35,
        "last_quote": {"ask": 4.5, "bid": 4.3, "last_updated": int((now - timedelta(minutes=1)).timestamp() * 1e9)},
        "open_interest": 1543,
        "underlying_asset": {"price": 151.2, "ticker": SYMBOL},
    }
    return Provider(
        polygon.VENDOR,
        polygon.Polygon,
        "option_chain",
        "application/json",
        good=_json({"status": "OK", "results": [option]}),
        empty=_json({"status": "OK", "results": []}),
        lacking=_json({"status": "OK", "results": [{**option, "details": {"strike_price": 150}}]}),
        odd=_json({"status": "DELAYED", "results": [{**option, "open_interest": "1,543", "implied_volatility": "N/A"}]}),
        broken=_json({"status": "OK", "results": [{**option, "open_interest": "many"}]}),
        refusals={
            401: _json({"status": "ERROR", "request_id": "x", "error": "Unknown API Key"}),
            402: b"",
            403: _json({"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data. Please upgrade your plan"}),
            200: _json({"status": "ERROR", "error": "You've exceeded the maximum requests per minute"}),
        },
    )


def _fmp(now: datetime) -> Provider:
    row = {
        "symbol": SYMBOL,
        "date": f"{now.date() + timedelta(days=5)}",
        "epsActual": None,
        "epsEstimated": 1.76,
        "lastUpdated": "2026-05-18",
    }
    return Provider(
        fmp.VENDOR,
        fmp.Fmp,
        "earnings_events",
        "application/json",
        good=_json([row]),
        empty=_json([]),
        lacking=_json([{"symbol": SYMBOL}]),
        odd=_json([{**row, "epsEstimated": "1.76", "epsActual": "N/A"}]),
        broken=_json([{**row, "epsEstimated": "more"}]),
        refusals={
            401: _json({"Error Message": f"Invalid API KEY {KEY}. Please retry or visit our documentation"}),
            402: _json("Premium Query Parameter"),
            403: _json({"Error Message": "Legacy Endpoint : Due to Legacy endpoints being no longer supported"}),
            200: _json({"Error Message": "Limit Reach . Please upgrade your plan"}),
        },
    )


def _nasdaq(now: datetime) -> Provider:
    row = {"time": "time-pre-market", "symbol": SYMBOL, "name": "Made up", "marketCap": "$1,435", "epsForecast": "($0.05)", "noOfEsts": "6"}

    def reply(*rows: Any) -> bytes:
        return _json({"data": {"asOf": None, "rows": list(rows) or None}, "message": None, "status": {"rCode": 200}})

    return Provider(
        nasdaq.VENDOR,
        nasdaq.Nasdaq,
        "earnings_events",
        "application/json",
        good=reply(row),
        empty=reply(),
        lacking=reply({"time": "time-pre-market"}),
        odd=reply({**row, "epsForecast": "N/A", "marketCap": ""}),
        broken=reply({**row, "epsForecast": "about 2"}),
        refusals={
            401: b"",
            402: b"",
            403: b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD></HTML>",
            200: _json({"data": None, "status": {"rCode": 400, "bCodeMessage": [{"errorMessage": "bad date"}]}}),
        },
    )


def _eodhd(now: datetime) -> Provider:
    row = {
        "code": f"{SYMBOL}.US",
        "report_date": f"{now.date() + timedelta(days=5)}",
        "before_after_market": "AfterMarket",
        "estimate": None,
    }
    return Provider(
        eodhd.VENDOR,
        eodhd.Eodhd,
        "earnings_events",
        "application/json",
        good=_json({"type": "Earnings", "earnings": [row]}),
        empty=_json({"type": "Earnings", "earnings": []}),
        lacking=_json({"type": "Earnings", "earnings": [{"code": f"{SYMBOL}.US"}]}),
        odd=_json({"type": "Earnings", "earnings": [{**row, "before_after_market": None, "estimate": "N/A"}]}),
        broken=_json({"type": "Earnings", "earnings": [{**row, "report_date": "soon"}]}),
        refusals={
            401: b"Unauthenticated",
            402: b"You exceeded your daily API requests limit",
            403: b"Forbidden",
            200: _json({"errors": {"api_token": ["The api token is invalid"]}}),
        },
    )


def _alpha_vantage(now: datetime) -> Provider:
    header = "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay"
    row = f"{SYMBOL},Made up,{now.date() + timedelta(days=5)},2026-09-30,1.2,USD,pre-market"
    spent = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."
    return Provider(
        alpha_vantage.VENDOR,
        alpha_vantage.AlphaVantage,
        "earnings_events",
        "application/x-download",
        good=f"{header}\r\n{row}\r\n".encode(),
        empty=f"{header}\r\n".encode(),
        lacking=b"symbol,name\r\nZQAB,Made up\r\n",
        odd=f"{header.rpartition(',')[0]}\r\n{row.rpartition(',')[0].replace('1.2', 'N/A')}\r\n".encode(),
        broken=f"{header}\r\n{row.replace(str(now.year), 'year')}\r\n".encode(),
        refusals={401: b"", 402: b"", 403: b"", 200: _json({"Information": spent})},
    )


def _treasury(now: datetime) -> Provider:
    days = [now.date() - timedelta(days=back) for back in (4, 3)]
    cells = "<d:ROUND_B1_CLOSE_13WK_2>3.80</d:ROUND_B1_CLOSE_13WK_2><d:ROUND_B1_YIELD_13WK_2>3.89</d:ROUND_B1_YIELD_13WK_2>"

    def feed(*entries: tuple[date, str]) -> bytes:
        rows = "".join(
            f"<entry><content><m:properties><d:INDEX_DATE>{day}T00:00:00</d:INDEX_DATE>{text}</m:properties></content></entry>"
            for day, text in entries
        )
        spaces = " ".join(f'xmlns:{short}="{name[1:-1]}"' for short, name in (("d", treasury.DATA), ("m", treasury.META)))
        return f'<?xml version="1.0"?><feed {spaces} xmlns="http://www.w3.org/2005/Atom">{rows}</feed>'.encode()

    nothing = '<d:ROUND_B1_CLOSE_13WK_2 m:null="true"/><d:ROUND_B1_YIELD_13WK_2 m:null="true"/>'
    return Provider(
        treasury.VENDOR,
        treasury.Treasury,
        "risk_free_rate",
        "application/atom+xml",
        good=feed(*((day, cells) for day in days)),
        empty=feed(),
        lacking=feed((days[0], cells)).replace(b"INDEX_DATE", b"DATE"),
        odd=feed((days[0], cells), (days[1], nothing)),
        broken=feed((days[0], cells.replace("3.89", "high"))),
        refusals={401: b"", 402: b"", 403: b"<html>blocked</html>", 200: b"<html>maintenance</html>"},
    )


def _fred(now: datetime) -> Provider:
    days = [now.date() - timedelta(days=back) for back in (4, 3)]
    return Provider(
        fred.VENDOR,
        fred.Fred,
        "risk_free_rate",
        "application/csv",
        good=f"observation_date,DTB3\n{days[0]},3.79\n{days[1]},3.80\n".encode(),
        empty=b"observation_date,DTB3\n",
        lacking=f"observation_date,DFF\n{days[0]},3.79\n".encode(),
        odd=f"observation_date,DTB3\n{days[0]},3.79\n{days[1]},.\n".encode(),
        broken=f"observation_date,DTB3\n{days[0]},high\n".encode(),
        refusals={401: b"", 402: b"", 403: b"<html>blocked</html>", 200: b"<!DOCTYPE html><html>maintenance</html>"},
    )


def _cboe(now: datetime) -> Provider:
    expiry = now.date() + timedelta(days=30)
    option = {"option": f"{SYMBOL}{expiry:%y%m%d}C00150000", "bid": 4.3, "ask": 4.5, "iv": 0.35, "open_interest": 10.0, "volume": 2.0}
    share = {
        "symbol": SYMBOL,
        "current_price": 151.2,
        "last_trade_time": f"{now - timedelta(days=1):%Y-%m-%dT15:59:59}",
        "options": [option],
    }

    def reply(**changed: Any) -> bytes:
        return _json({"timestamp": f"{now:%Y-%m-%d %H:%M:%S}", "symbol": SYMBOL, "data": {**share, **changed}})

    return Provider(
        cboe.VENDOR,
        cboe.Cboe,
        "option_chain",
        "application/json",
        good=reply(),
        empty=reply(options=[]),
        lacking=_json({"timestamp": f"{now:%Y-%m-%d %H:%M:%S}", "data": {"symbol": SYMBOL}}),
        odd=reply(options=[{**option, "iv": "N/A", "volume": "1,002"}]),
        broken=reply(current_price=float("nan")),
        refusals={401: b"", 402: b"", 403: b"<Error><Code>AccessDenied</Code></Error>", 200: b"<html>maintenance</html>"},
    )


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def question(hook: str, as_of: datetime) -> Mapping[str, Any]:
    """Arguments of a hook, asked about the invented symbol."""
    day = as_of.astimezone(UTC).date()
    window = {"symbol": SYMBOL, "first": day - timedelta(days=400), "last": day + timedelta(days=90)}
    asked: Mapping[str, Mapping[str, Any]] = {
        "risk_free_rate": {"maturity_days": 30},
        "option_chain": {"symbol": SYMBOL},
        "earnings_events": window,
    }
    return {**asked[hook], "as_of": as_of}
