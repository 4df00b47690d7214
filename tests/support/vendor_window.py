"""Vendors that serve a window of made-up data over real sockets, count what is asked of them, and can kill who asks."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from alaris_plugins import treasury

REPORTS = {"ZQAB": date(2017, 2, 9), "ZQCE": date(2017, 2, 15)}


class Vendors:
    """All of them behind one gateway; `asked` counts each request, `last` is the newest one of each vendor."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: Counter[str] = Counter()
        self.last: dict[str, str] = {}
        self.seconds = 0.0
        self.broken: set[str] = set()
        self._kill: tuple[int, int, float] | None = None
        self._lock = threading.Lock()
        server.expect_request(re.compile("/.+/.+"), method="GET").respond_with_handler(self._reply)
        self.gateway = server.url_for("").rstrip("/")

    def kill(self, process: int, after: int, delay: float) -> None:
        """Kill a process `delay` seconds after its `after`-th request from now has arrived."""
        with self._lock:
            self._kill = (process, sum(self.asked.values()) + after, delay)

    def _reply(self, request: Request) -> Response:
        _, vendor, path = request.path.split("/", 2)
        query = {name: value for name, value in sorted(request.args.items()) if name not in {"apikey", "api_token"}}
        name = f"{vendor} /{path} {json.dumps(query)}"
        with self._lock:
            self.asked[name] += 1
            self.last[vendor] = name
            if self._kill is not None and sum(self.asked.values()) >= self._kill[1]:
                threading.Timer(self._kill[2], os.kill, (self._kill[0], signal.SIGKILL)).start()
                self._kill = None
        time.sleep(self.seconds * random.uniform(0.5, 1.5))  # noqa: S311 - spreads replies, guards nothing
        if vendor in self.broken:
            return Response("", 500)
        content, media = getattr(self, f"_{vendor}")("/" + path, query, request)
        return Response(content, content_type=media)

    def _nasdaq(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        rows = [
            {"time": "time-pre-market", "symbol": symbol, "epsForecast": "$1.00"}
            for symbol, day in REPORTS.items()
            if f"{day}" == query["date"]
        ]
        return _json({"data": {"asOf": None, "rows": rows or None}, "status": {"rCode": 200}})

    def _fmp(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        symbol = query["symbol"]
        return _json([{"symbol": symbol, "date": f"{REPORTS[symbol]}", "epsActual": None, "epsEstimated": 1.5}])

    def _treasury(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        month = query["field_tdr_date_value_month"]
        days = [date(int(month[:4]), int(month[4:]), day) for day in (1, 2, 3)]
        rows = "".join(
            f"<m:properties><d:INDEX_DATE>{day}T00:00:00</d:INDEX_DATE><d:{treasury.YIELD}>0.53</d:{treasury.YIELD}></m:properties>"
            for day in days
        )
        spaces = " ".join(f'xmlns:{short}="{name[1:-1]}"' for short, name in (("d", treasury.DATA), ("m", treasury.META)))
        return f"<feed {spaces}>{rows}</feed>", "application/atom+xml"

    def _fred(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        return "observation_date,DTB3\n2017-02-01,0.51\n2017-02-02,.\n2017-02-03,0.52\n", "application/csv"

    def _polygon(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        if path.startswith("/v2/aggs"):
            symbol, first, last = (path.split("/")[place] for place in (4, 8, 9))
            return _json({"ticker": symbol, "status": "OK", "results": [_bar(day) for day in _weekdays(first, last)]})
        symbol = query.get("ticker", "ZQAB")
        if path.endswith("dividends"):
            rows = [{"ticker": symbol, "ex_dividend_date": "2017-02-08", "cash_amount": 0.3, "declaration_date": "2017-01-20"}]
            return _json({"status": "OK", "results": rows})
        if path.endswith("splits"):
            return _json({"status": "OK", "results": [{"ticker": symbol, "execution_date": "2017-02-07", "split_from": 1, "split_to": 2}]})
        strike = 60 if "cursor" in query else 50
        named = {"ticker": f"O:ZQAB170317C000{strike}000", "shares_per_contract": 100}
        following = {} if "cursor" in query else {"next_url": f"{request.host_url}polygon{path}?cursor=b"}
        return _json({"status": "OK", "results": [named], **following})

    def _alpha_vantage(self, path: str, query: dict[str, str], request: Request) -> tuple[str, str]:
        return _json({"data": [_option(query["symbol"], query["date"], side) for side in ("call", "put")]})


def _json(content: object) -> tuple[str, str]:
    return json.dumps(content), "application/json"


def _bar(day: date) -> dict[str, float]:
    start = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)  # midnight in New York, winter
    price = 100.0 + day.day if day < date(2017, 2, 7) else 50.0 + day.day
    return {"t": start.timestamp() * 1e3, "o": price, "h": price + 1, "l": price - 1, "c": price + 0.5, "v": 2e6}


def _option(symbol: str, day: str, side: str) -> dict[str, str]:
    named = {"contractID": "x", "symbol": symbol, "expiration": "2017-03-17", "strike": "50.00", "type": side, "date": day}
    return {**named, "bid": "2.10", "ask": "2.30", "volume": "5", "open_interest": "10", "implied_volatility": "0.24"}


def _weekdays(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [start + timedelta(days=ahead) for ahead in range((end - start).days + 1)]
    return [day for day in days if day.weekday() < 5]
