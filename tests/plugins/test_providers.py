"""Providers on the replies that their vendors really sent (../shared/data/api), served over a socket."""

from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from math import isnan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from vendor_replies import KEY, Provider, providers
from werkzeug import Request, Response

from alaris.domain import Timing
from alaris.plugins import PluginManager, Settings
from alaris.plugins.conformance import require
from alaris.plugins.web import Body, Vendor, Web, WebFault
from alaris.plugins.web.service import SystemClock
from alaris.settings import Web as WebSettings
from alaris.settings import load_settings
from alaris_plugins import PROVIDERS, alpha_vantage, cboe, eodhd, fmp, fred, nasdaq, polygon, treasury
from alaris_plugins.vendor_rows import from_coupon_equivalent, from_discount, occ

NEW_YORK = ZoneInfo("America/New_York")
Ask = Callable[[Vendor, datetime], Web]


class Then(SystemClock):
    """A computer at another time; its servers are dated likewise."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = HTTPServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def web(server: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """A vendor's service against the local server, at a given time."""
    monkeypatch.setattr("alaris.plugins.web.service.SKEW", timedelta(days=36_500))  # the server dates its replies today
    made: list[Web] = []

    def make(vendor: Vendor, now: datetime) -> Web:
        settings = Settings(web=WebSettings(folder=str(tmp_path), seconds=5, tries=1))
        address = replace(vendor, addresses=(server.url_for("").rstrip("/"),), per_minute=0)
        made.append(Web(address, settings, environment=dict.fromkeys(vendor.key_variables, KEY), clock=Then(now)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def samples(shared: Path) -> dict[str, Any]:
    replies: dict[str, Any] = json.loads((shared / "data/api/transcribed_samples.json").read_text())
    return replies


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def test_polygon_bars_in_whole_sessions_and_volumes_that_come_as_floats(server: HTTPServer, web: Ask, shared: Path) -> None:
    folder = shared / "data/api/massive_polygon"
    reply = json.loads((folder / "v2__aggs__ticker__AAPL__range__1__day__2005-04-01__2005-04-04.json").read_text())
    server.expect_request("/v2/aggs/ticker/AAPL/range/1/day/2005-02-17/2005-04-04").respond_with_json(reply)
    server.expect_request("/v3/reference/splits").respond_with_json({"status": "OK", "results": []})
    now = new_york("2005-04-04T16:30")
    bars = polygon.Polygon(web(polygon.VENDOR, now)).daily_bars("AAPL", 25, now)
    assert bars is not None
    assert [str(day) for day in bars.value.day] == ["2005-04-01", "2005-04-04"]  # t is midnight New York in UTC milliseconds
    assert list(bars.value.close) == [1.4604, 1.4675]
    assert bars.value.volume[0] == 642646396
    assert (bars.source, bars.available_at) == ("Massive (Polygon)", new_york("2005-04-04T16:00"))


def test_polygon_bars_know_only_the_splits_of_their_time(server: HTTPServer, web: Ask) -> None:
    closes = {date(2014, 6, 5): 647.35, date(2014, 6, 6): 645.57, date(2014, 6, 9): 93.70}  # AAPL 7:1 on 2014-06-09
    rows = [
        {"o": close, "h": close, "l": close, "c": close, "v": 70, "t": datetime(day.year, 6, day.day, 4, tzinfo=UTC).timestamp() * 1e3}
        for day, close in closes.items()
    ]
    server.expect_request(re.compile("/v2/aggs/.*/2014-06-09$")).respond_with_json({"results": rows})
    server.expect_request(re.compile("/v2/aggs/.*/2014-06-06$")).respond_with_json({"results": rows[:2]})
    splits = [{"ticker": "AAPL", "execution_date": "2014-06-09", "split_from": 1, "split_to": 7}]
    server.expect_request("/v3/reference/splits").respond_with_json({"results": splits})
    asked = polygon.Polygon(web(polygon.VENDOR, new_york("2026-03-02T12:00")))
    before, after = (asked.daily_bars("AAPL", 3, new_york(moment)) for moment in ("2014-06-06T16:00", "2014-06-09T16:00"))
    assert before is not None
    assert after is not None
    assert list(before.value.close) == [647.35, 645.57]
    assert np.allclose(after.value.close, [647.35 / 7, 645.57 / 7, 93.70])
    assert list(after.value.volume) == [490, 490, 70]


def test_polygon_contracts_and_dividends_of_the_published_replies(server: HTTPServer, web: Ask, shared: Path) -> None:
    folder = shared / "data/api/massive_polygon"
    first = json.loads((folder / "v3__reference__options__contracts.json").read_text())
    second = json.loads((folder / "v3__reference__options__contracts&cursor=YXA9JTdCJTIySUQlMjIlM0ElMjIy.json").read_text())
    path = "/v3/reference/options/contracts"
    first["next_url"] = server.url_for(path) + "?cursor=YXA9JTdCJTIySUQlMjIlM0ElMjIy"
    second.pop("next_url", None)
    server.expect_request(path, query_string="as_of=2022-04-28&limit=1000&underlying_ticker=A").respond_with_json(first)
    server.expect_request(path, query_string="cursor=YXA9JTdCJTIySUQlMjIlM0ElMjIy").respond_with_json(second)
    dividends = (folder / "v3__reference__dividends.json").read_bytes().replace(b"next_url", b"x")
    server.expect_request("/v3/reference/dividends").respond_with_data(dividends, content_type="application/json")
    asked = polygon.Polygon(web(polygon.VENDOR, new_york("2026-03-02T12:00")))
    contracts = asked.contracts("A", date(2022, 4, 28), new_york("2022-04-28T16:00"))
    assert len(contracts) == len(first["results"]) + len(second["results"])
    assert (contracts[0].root, contracts[0].expiry, contracts[0].strike, contracts[0].is_call) == ("A", date(2022, 5, 20), 65, True)
    paid = asked.dividends("CSSEN", date(2024, 12, 1), date(2025, 12, 31), new_york("2025-01-02T12:00"))
    assert paid is not None
    assert {(dividend.ex_date, dividend.amount) for dividend in paid} >= {(date(2025, 6, 12), 0.59375)}  # declared on 2020-09-09


def test_polygon_rows_of_the_published_chain(shared: Path) -> None:
    """The documentation's own example: an AAPL call of 2023, and a row that no exchange ever listed."""
    content = (shared / "data/api/massive_polygon/v3__snapshot__options__AAPL.json").read_bytes()
    page = polygon.read_quotes(Body("polygon", "/v3/snapshot", "application/json", content))
    row, stood, spot = page.items[0]
    assert (row.expiry, row.strike, row.is_call, row.bid, row.ask) == (date(2023, 6, 16), 150, True, row.bid, 29.25)
    assert 0 < row.bid < row.ask
    assert spot > 0
    assert stood.year == 2022  # nanoseconds


def test_the_chain_of_cboe(server: HTTPServer, web: Ask, shared: Path) -> None:
    content = gzip.decompress((shared / "data/chains/CBOE_delayed_CLX_2026-07-24.json.gz").read_bytes())
    server.expect_request("/api/global/delayed_quotes/options/CLX.json").respond_with_data(content, content_type="application/json")
    now = datetime(2026, 7, 25, 0, 45, tzinfo=UTC)
    chain = cboe.Cboe(web(cboe.VENDOR, now)).option_chain("CLX", now)
    assert chain is not None
    assert (len(chain.value), chain.value.spot) == (306, 95.55)
    assert chain.observed_at == new_york("2026-07-24T16:00")  # the reply is of 20:43, the quotes are the close's
    first = chain.value.where((chain.value.strike == 55) & chain.value.is_call & (chain.value.expiry == np.datetime64("2026-08-21")))
    assert (first.bid[0], first.ask[0], first.days[0]) == (39.0, 42.1, 28.0)
    assert isnan(first.implied_volatility[0])  # the vendor's 0.0
    put = chain.value.where((chain.value.strike == 55) & ~chain.value.is_call & (chain.value.expiry == np.datetime64("2026-08-21")))
    assert isnan(put.bid[0])
    assert put.implied_volatility[0] == 0.9409


def test_earnings_of_fmp_in_both_shapes(server: HTTPServer, web: Ask, samples: dict[str, Any]) -> None:
    now = new_york("2026-05-19T09:31")
    server.expect_request("/stable/earnings").respond_with_json(samples["fmp_stable_earnings"]["body"])
    window = (date(2025, 1, 1), date(2026, 12, 31))
    stable = fmp.Fmp(web(fmp.VENDOR, now)).earnings_events("NVDA", *window, now)
    assert stable is not None
    assert [(event.report_date, event.timing, event.source) for event in stable] == [(date(2026, 5, 20), Timing.UNKNOWN, "fmp")]
    server.clear()
    message = {"Error Message": "Legacy Endpoint : Due to Legacy endpoints being no longer supported"}
    server.expect_request("/stable/earnings").respond_with_json(message, 403)
    server.expect_request("/api/v3/historical/earning_calendar/DVA").respond_with_json(samples["fmp_v3_earning_calendar"]["body"])
    later = now + timedelta(hours=1)
    legacy = fmp.Fmp(web(fmp.VENDOR, later)).earnings_events("DVA", *window, later)
    assert legacy is not None
    assert [(event.report_date, event.timing) for event in legacy] == [(date(2025, 5, 12), Timing.AFTER_CLOSE)]


def test_a_day_of_nasdaq(server: HTTPServer, web: Ask, samples: dict[str, Any]) -> None:
    now = new_york("2026-08-06T05:00")
    day = samples["nasdaq_earnings"]["body"]
    server.expect_request("/api/calendar/earnings", query_string="date=2026-08-06").respond_with_json(day)
    server.expect_request("/api/calendar/earnings").respond_with_json({**day, "data": {**day["data"], "asOf": None, "rows": None}})
    asked = nasdaq.Nasdaq(web(nasdaq.VENDOR, now))
    told = {symbol: asked.earnings_events(symbol, date(2026, 8, 1), date(2026, 8, 31), now) for symbol in ("COP", "ORCL", "PBR.A", "AAPL")}
    assert {symbol: [(event.report_date, event.timing) for event in events or ()] for symbol, events in told.items()} == {
        "COP": [(date(2026, 8, 6), Timing.BEFORE_OPEN)],
        "ORCL": [(date(2026, 8, 6), Timing.AFTER_CLOSE)],
        "PBR.A": [(date(2026, 8, 6), Timing.UNKNOWN)],
        "AAPL": [],
    }
    assert len(server.log) == 7  # sessions of the window, once each for all four symbols
    with pytest.raises(WebFault, match="asked for 2026-08-07, answered for Thu, Aug 6, 2026"):
        nasdaq.read_day(Body("nasdaq", "/", "application/json", json.dumps(day).encode()), date(2026, 8, 7))


def test_the_bill_rate_of_the_treasury(server: HTTPServer, web: Ask, samples: dict[str, Any]) -> None:
    feed = samples["treasury_bill_rates_xml"]["body"].encode()
    server.expect_request(treasury.PATH).respond_with_data(feed, content_type="application/atom+xml")
    evening, morning = (new_york(text) for text in ("2026-09-01T20:00", "2026-09-02T09:31"))
    assert treasury.Treasury(web(treasury.VENDOR, morning)).risk_free_rate(evening) is None
    rate = treasury.Treasury(web(treasury.VENDOR, morning)).risk_free_rate(morning)
    assert rate is not None
    assert rate.value == pytest.approx(from_discount(0.0380))  # the feed's 13 weeks come without a coupon equivalent
    assert rate.available_at == new_york("2026-09-02T00:00")


def test_the_series_of_fred(server: HTTPServer, web: Ask, shared: Path) -> None:
    series = (shared / "data/calendar/dtb3.csv").read_bytes()
    server.expect_request("/graph/fredgraph.csv").respond_with_data(series, content_type="application/csv")
    asked = fred.Fred(web(fred.VENDOR, new_york("2026-03-02T12:00")))
    rate = asked.risk_free_rate(new_york("2017-12-29T16:00"))
    assert rate is not None
    assert rate.available_at == new_york("2017-12-29T00:00")  # the rate of the 28th: 1.37 % discount
    # by hand: price 1 - 0.0137*91/360 = 0.996537; ln(1/price)*365/91 = 0.013914
    assert rate.value == pytest.approx(0.013914, abs=5e-7)
    assert asked.risk_free_rate(new_york("2006-03-27T16:00")) is None


def test_a_coupon_equivalent_by_hand() -> None:
    assert from_coupon_equivalent(0.0389) == pytest.approx(0.0387126, abs=5e-7)  # ln(1 + 0.0389*91/365)*365/91


def test_the_options_of_alpha_vantage(server: HTTPServer, web: Ask, samples: dict[str, Any]) -> None:
    reply = samples["alphavantage_historical_options"]["body"]
    call = reply["data"][0]
    put = {**call, "contractID": call["contractID"].replace("C", "P"), "type": "put", "bid": "1.95", "ask": "2.45"}
    server.expect_request("/query").respond_with_json({**reply, "data": [call, put]})
    asked = alpha_vantage.AlphaVantage(web(alpha_vantage.VENDOR, new_york("2026-10-02T12:00")))
    assert asked.option_chain("IBM", new_york("2026-09-24T15:59")) is None
    chain = asked.option_chain("IBM", new_york("2026-09-24T16:00"))
    assert chain is not None
    assert (len(chain.value), chain.value.bid[0], chain.value.ask[0], chain.value.open_interest[0]) == (2, 10.95, 12.50, 517)
    assert chain.value.spot == pytest.approx(220 + 11.725 - 2.20)  # parity at the one strike, by hand
    assert chain.available_at == new_york("2026-09-24T16:00")


def test_the_calendar_of_eodhd(server: HTTPServer, web: Ask) -> None:
    rows = [
        {"code": "AAPL.US", "report_date": "2026-07-30", "date": "2026-06-30", "before_after_market": "AfterMarket", "estimate": None},
        {"code": "AAPL.MX", "report_date": "2026-07-31", "date": "2026-06-30", "before_after_market": None, "estimate": None},
    ]
    server.expect_request("/api/calendar/earnings").respond_with_json({"type": "Earnings", "earnings": rows})
    now = new_york("2026-07-20T09:31")
    events = eodhd.Eodhd(web(eodhd.VENDOR, now)).earnings_events("AAPL", date(2026, 7, 1), date(2026, 9, 1), now)
    assert events is not None
    assert [(event.report_date, event.timing) for event in events] == [(date(2026, 7, 30), Timing.AFTER_CLOSE)]


@pytest.mark.parametrize("ticker", ["O:AAPL230616C00150000", "AAPL230616C00150000"])
def test_tickers_of_options(ticker: str) -> None:
    named = occ(ticker)
    assert named is not None
    assert (named.root, named.expiry, named.is_call, named.strike, named.adjusted) == ("AAPL", date(2023, 6, 16), True, 150, False)


def test_an_adjusted_ticker_is_told_apart_and_nonsense_is_none() -> None:
    adjusted = occ("TWX1140719P00070500")
    assert adjusted is not None
    assert (adjusted.root, adjusted.adjusted, adjusted.strike) == ("TWX", True, 70.5)
    assert [occ(text) for text in ("", "AAPL", "O:NCLH221014C005000000", "AAPL231316C00150000")] == [None] * 4


PARSERS = {provider.vendor.name: provider for provider in providers(datetime(2026, 3, 2, 15, tzinfo=UTC))}


@pytest.mark.parametrize("name", PARSERS)
@examples(deadline=None)
@given(data=st.data())
def test_no_reply_breaks_a_parser(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject) -> None:
    """A good reply with bytes cut, replaced or put in: an answer or a fault that names the vendor, never another error."""
    provider = PARSERS[name]
    content = _spoiled(provider, data)
    readers: dict[str, Callable[[Body], Any]] = {
        "polygon": polygon.read_quotes,
        "fmp": fmp.read_rows,
        "nasdaq": lambda body: nasdaq.read_day(body, date(2026, 3, 2)),
        "eodhd": lambda body: eodhd.read_reports(body, "ZQAB.US"),
        "alpha_vantage": alpha_vantage.read_reports,
        "treasury": treasury.rates,
        "fred": fred.rates,
        "cboe": cboe.read_chain,
    }
    try:
        readers[name](Body(name, "/", provider.media, content))
    except WebFault as fault:
        assert str(fault).startswith(f"{name}: ")  # noqa: PT017 - most examples fail, each must say where
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError):
        pass  # the service turns these into MALFORMED, with the vendor's name


def _spoiled(provider: Provider, data: st.DataObject) -> bytes:
    good = data.draw(st.sampled_from([provider.good, provider.odd, provider.empty]))
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(good))] * 2)))
    return good[:start] + data.draw(st.sampled_from([b"", b"null", b"NaN", b"1e999", b"[]", b"{}", b'"x"', b"\xff"])) + good[stop:]


@pytest.mark.parametrize("name", PARSERS)  # ibkr, which is no web vendor, conforms in tests/broker
def test_providers_conform(name: str, server: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit's cards, with the vendor's good reply behind whatever the plugin asks."""
    provider = PARSERS[name]
    for variable in provider.vendor.key_variables:
        monkeypatch.setenv(variable, KEY)

    def reply(request: Request) -> Response:
        if "HISTORICAL_OPTIONS" in request.args.values():
            return Response('{"data": []}', content_type="application/json")
        return Response(provider.empty, content_type=provider.media)

    server.expect_request(re.compile(".*")).respond_with_handler(reply)
    module, _, attribute = PROVIDERS[name].partition(":")
    gateway = server.url_for("").rstrip("/")
    require(getattr(import_module(module), attribute), Settings(web=WebSettings(folder=str(tmp_path), gateway=gateway)))


def test_providers_are_loaded_where_they_are_named_and_in_that_order(tmp_path: Path) -> None:
    host = PluginManager(load_settings({"web.providers": "fred, treasury", "web.folder": str(tmp_path)}))
    host.load_entry_points([])
    assert [row.name for row in host.report()][-2:] == ["fred", "treasury"]
    assert host.implements("risk_free_rate") == ("fred", "treasury")
    none = PluginManager(Settings())
    none.load_entry_points([])
    assert not {row.name for row in none.report()} & set(PROVIDERS)


def test_the_next_provider_answers_where_the_first_cannot(server: HTTPServer, tmp_path: Path) -> None:
    series = b"observation_date,DTB3\n2026-03-02,3.79\n"
    server.expect_request("/treasury" + treasury.PATH).respond_with_data("", 500)
    server.expect_request("/fred/graph/fredgraph.csv").respond_with_data(series, content_type="application/csv")
    gateway = {"web.gateway": server.url_for("").rstrip("/"), "web.folder": str(tmp_path), "web.seconds": "2", "web.backoff": "0.01"}
    host = PluginManager(load_settings({"web.providers": "treasury, fred", **gateway}))
    host.load_entry_points([])
    rate = host.risk_free_rate(30, datetime(2026, 3, 4, 15, tzinfo=UTC))
    assert rate is not None
    assert rate.source == "FRED (localhost)"
    failed = next(row for row in host.report() if row.name == "treasury")
    assert failed.last_error.startswith("WebFault: treasury: ")
    assert "SERVER_FAILED" in failed.last_error
