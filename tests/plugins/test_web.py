"""Asking vendors: budgets that outlive the process, waits, addresses, conditions, replay, and keys that are never told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from alaris.plugins import Settings
from alaris.plugins.web import Body, Fault, KeyPlace, Page, Vendor, Web, WebFault
from alaris.plugins.web.ledger import Ledger
from alaris.settings import Web as WebSettings

KEY = "k-5ecret-9"
VENDOR = Vendor("toy", "Toy", (), ("risk_free_rate",), "free", "https://toy.test", key_variables=("TOY_KEY",), key_place=KeyPlace.BEARER)


@dataclass
class Stepped:
    """A clock that stands still but for its sleeps; it counts from the real time, since servers date their replies."""

    moment: datetime
    slept: list[float]

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Stepped:
    return Stepped(datetime.now(UTC), [])


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = HTTPServer()
    server.start()
    yield server
    server.stop()


def asked(server: HTTPServer, folder: Path, clock: Stepped, vendor: Vendor = VENDOR, seconds: float = 5, tries: int = 3) -> Web:
    limits = Settings(web=WebSettings(folder=str(folder), seconds=seconds, tries=tries, backoff=0.001))
    return Web(replace(vendor, addresses=vendor.addresses or (address(server),)), limits, environment={"TOY_KEY": KEY}, clock=clock)


def address(server: HTTPServer) -> str:
    return server.url_for("").rstrip("/")


def number(body: Body) -> float:
    return body.object().number("n")


def test_a_daily_budget_is_exact_and_outlives_the_process(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_request("/n").respond_with_json({"n": 1})
    vendor = replace(VENDOR, per_day=3)
    for _ in range(3):
        web = asked(server, tmp_path, clock, vendor)  # each time a new process would make it
        web.fetch("/n", {}, number, as_of=clock.now())
        web.close()
    web = asked(server, tmp_path, clock, vendor)
    with pytest.raises(WebFault, match="all 3 calls of the day are spent, renewed at") as caught:
        web.fetch("/n", {}, number, as_of=clock.now())
    assert caught.value.fault is Fault.BUDGET_SPENT
    assert (len(server.log), web.ledger.used_today(vendor, clock.now())) == (3, 3)
    clock.moment += timedelta(days=1)
    assert web.ledger.reserve(vendor, clock.now()) == 0
    web.close()


def test_a_minutes_budget_waits_where_the_deadline_allows_and_gives_up_where_not(tmp_path: Path) -> None:
    ledger, vendor, now = Ledger(tmp_path / "l.sqlite"), replace(VENDOR, per_minute=2), datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert [ledger.reserve(vendor, now + timedelta(seconds=second)) for second in (0, 10)] == [0, 0]
    assert ledger.reserve(vendor, now + timedelta(seconds=20)) == pytest.approx(40)  # until the first is a minute old
    assert ledger.reserve(vendor, now + timedelta(seconds=60.5)) == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 30), min_size=1, max_size=40), st.integers(1, 5))
def test_no_minute_ever_holds_more_calls_than_allowed(tmp_path_factory: pytest.TempPathFactory, gaps: list[float], limit: int) -> None:
    ledger, vendor = Ledger(tmp_path_factory.mktemp("ledger") / "l.sqlite"), replace(VENDOR, per_minute=limit)
    now, counted = datetime(2026, 3, 2, 15, tzinfo=UTC), []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if ledger.reserve(vendor, now) == 0:
            counted.append(now)
    for first in counted:
        assert sum(first <= moment < first + timedelta(minutes=1) for moment in counted) <= limit


def test_retry_after_is_waited_for_within_the_deadline(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_ordered_request("/n").respond_with_data("", 429, {"Retry-After": "2"})
    server.expect_ordered_request("/n").respond_with_json({"n": 7})
    web = asked(server, tmp_path, clock)
    fetched = web.fetch("/n", {}, number, as_of=clock.now())
    assert fetched is not None
    assert (fetched.value, clock.slept) == (7, [2.0])
    web.close()


def test_a_longer_retry_after_is_told_at_once(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_request("/n").respond_with_data("", 429, {"Retry-After": "3600"})
    web = asked(server, tmp_path, clock)
    with pytest.raises(WebFault) as caught:
        web.fetch("/n", {}, number, as_of=clock.now())
    assert (caught.value.fault, caught.value.retry_after, clock.slept, len(server.log)) == (Fault.RATE_LIMITED, 3600, [], 1)
    web.close()


def test_the_second_address_answers_where_the_first_fails_and_is_named(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_request("/n").respond_with_json({"n": 1})
    web = asked(server, tmp_path, clock, replace(VENDOR, addresses=("http://127.0.0.1:9", address(server))))
    fetched = web.fetch("/n", {}, number, as_of=clock.now())
    assert fetched is not None
    assert (fetched.value, fetched.source) == (1, "Toy (localhost)")
    web.close()


def test_an_unchanged_reply_is_not_sent_again_and_a_bad_one_never_kept(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    conditions: list[str | None] = []

    def handler(request: Request) -> Response:
        conditions.append(request.headers.get("If-None-Match"))
        if len(conditions) == 2:
            return Response(status=304)
        return Response('{"n": 1}' if len(conditions) == 1 else '{"m": 1}', headers={"ETag": '"a"'})

    server.expect_request("/n").respond_with_handler(handler)
    web = asked(server, tmp_path, clock)
    values = [web.fetch("/n", {}, number, as_of=clock.now()) for _ in range(2)]
    assert [fetched.value for fetched in values if fetched] == [1, 1]
    with pytest.raises(WebFault, match=r"toy: /n.n: no number, None"):
        web.fetch("/n", {}, number, as_of=clock.now())
    assert conditions == [None, '"a"', '"a"']
    kept = web.ledger.newest(web.vendor, "/n?", clock.now())
    assert kept is not None
    assert kept.content == b'{"n": 1}'
    web.close()


def test_a_question_about_the_past_is_answered_by_what_was_received_then(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_ordered_request("/n").respond_with_json({"n": 1})
    server.expect_ordered_request("/n").respond_with_json({"n": 2})
    web, first = asked(server, tmp_path, clock), clock.now()
    web.fetch("/n", {}, number, as_of=first)
    clock.moment += timedelta(minutes=2)
    web.fetch("/n", {}, number, as_of=clock.now())
    clock.moment += timedelta(days=3)  # the revision is two minutes younger than the first reply
    told = [web.fetch("/n", {}, number, as_of=first + timedelta(minutes=minutes)) for minutes in (-1, 1, 3)]
    assert [None if fetched is None else fetched.value for fetched in told] == [None, 1, 2]
    assert len(server.log) == 2
    web.close()


def test_what_no_longer_changes_is_asked_once(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    server.expect_request("/n").respond_with_json({"n": 1})
    web, old = asked(server, tmp_path, clock), datetime(2017, 2, 8, 21, tzinfo=UTC)
    told = [web.fetch("/n", {"day": "2017-02-08"}, number, as_of=old, settled=old) for _ in range(3)]
    assert [fetched and fetched.available_at for fetched in told] == [old] * 3
    assert len(server.log) == 1
    web.close()


@pytest.mark.parametrize(("place", "name"), [(KeyPlace.BEARER, ""), (KeyPlace.HEADER, "apikey"), (KeyPlace.QUERY, "token")])
def test_the_key_goes_where_the_vendor_wants_it_and_nowhere_else(
    server: HTTPServer, tmp_path: Path, clock: Stepped, caplog: pytest.LogCaptureFixture, place: KeyPlace, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.expect_request("/n").respond_with_json({"n": 1})
    server.expect_request("/bad").respond_with_json({"Error Message": f"the key {KEY} is wrong"})
    web = asked(server, tmp_path, clock, replace(VENDOR, key_place=place, key_name=name))
    web.fetch("/n", {"q": "1"}, number, as_of=clock.now())
    with pytest.raises(WebFault) as caught:
        web.fetch("/bad", {}, number, as_of=clock.now())
    request = server.log[0][0]
    headers = {header: value for header, value in request.headers.items() if KEY in value}
    expected = {KeyPlace.BEARER: {"Authorization": f"Bearer {KEY}"}, KeyPlace.HEADER: {"Apikey": KEY}, KeyPlace.QUERY: {}}[place]
    assert headers == expected
    assert (request.args.get("token") == KEY) == (place is KeyPlace.QUERY)
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in str(caught.value) + repr(caught.value) + caplog.text
    assert KEY.encode() not in files
    web.close()


def test_pages_are_read_to_the_end_with_the_key_on_each(server: HTTPServer, tmp_path: Path, clock: Stepped) -> None:
    def page(body: Body) -> Page[float]:
        reply = body.object()
        return Page([reply.number("n")], reply.text_or_empty("next_url"))

    server.expect_request("/p", query_string="limit=2").respond_with_json({"n": 1, "next_url": server.url_for("/p?cursor=x")})
    server.expect_request("/p", query_string="cursor=x").respond_with_json({"n": 2})
    web = asked(server, tmp_path, clock)
    fetched = web.fetch_pages("/p", {"limit": "2"}, page, as_of=clock.now())
    assert fetched is not None
    assert fetched.value == [1, 2]
    assert {request.headers["Authorization"] for request, _ in server.log} == {f"Bearer {KEY}"}
    web.close()


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["", "application/json", "text/csv", "text/html", "text/plain"]))
def test_no_bytes_get_past_a_body(content: bytes, media: str) -> None:
    body = Body("toy", "/n", media, content)
    for read in (lambda: list(body.list()), lambda: body.object().number("n"), lambda: list(body.rows("a")), body.text):
        try:
            read()
        except WebFault as fault:
            assert str(fault).startswith("toy: /n")  # noqa: PT017 - most examples fail, each must say where


@pytest.mark.parametrize(
    ("text", "expected"), [("$143,685,595,186", 143685595186), ("($0.05)", -0.05), ("3.690", 3.69), ("12%", 12), (" 5 ", 5), (7, 7)]
)
def test_numbers_as_the_vendors_write_them(text: str, expected: float) -> None:
    body = Body("toy", "/n", "", b"{}")
    row = replace(body.object(), values={"n": text, "none": "N/A"})
    assert row.number("n") == expected
    assert row.number_or_nan("none") != row.number_or_nan("none")  # NaN


def test_ledgers_that_are_made_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    """SQLite answers `database is locked` at once where two connections change the journal's mode together."""
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    for number in range(5):
        ledgers = [Ledger(tmp_path / f"{number}" / "ledger.sqlite") for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda ledger: ledger.reserve(VENDOR, now), ledgers)) == {0}
        assert ledgers[0].used_today(VENDOR, now) == 8


def test_a_ledger_that_is_removed_is_made_anew(tmp_path: Path) -> None:
    ledger, now = Ledger(tmp_path / "ledger.sqlite"), datetime(2026, 3, 2, 15, tzinfo=UTC)
    ledger.reserve(VENDOR, now)
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    assert ledger.reserve(VENDOR, now) == 0
    assert ledger.used_today(VENDOR, now) == 1
