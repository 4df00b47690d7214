"""Play every fault of a network to every provider, over real sockets, and say what came of it; `python tests/support/fault_table.py`."""

from __future__ import annotations

import gzip
import json
import logging
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect
from typing import Any

from pytest_httpserver import HTTPServer
from vendor_replies import KEY, Provider, providers, question
from werkzeug import Request, Response

from alaris.domain import EarningsEvent, Observation, OptionChain, Timing
from alaris.plugins import PluginManager, Settings, hookimpl, samples
from alaris.plugins.web import Fault, Web
from alaris.plugins.web.service import SystemClock
from alaris.settings import Web as WebSettings

HANGING, PATIENT = 0.4, 20.0  # seconds; deadline of a question to a vendor that hangs, and of all others on a busy machine
Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Played:
    """One fault as one vendor plays it, and what must come of it; `expected` None: an answer, perhaps an empty one."""

    name: str
    expected: Fault | None
    handler: Handler | None = None
    environment: Mapping[str, str] | None = None
    address: str = ""
    skew: timedelta = timedelta(0)
    seconds: float = PATIENT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the fault told, whether it names vendor and remedy without the key, and what the ledger kept."""

    vendor: str
    fault: str
    told: str
    passed: bool
    message: str


def play(folder: Path) -> list[Outcome]:
    """Outcomes of all faults with all providers."""
    now = datetime.now(UTC)
    outcomes = []
    with _served() as server, _untrusted(folder) as untrusted:
        for provider in providers(now):
            for number, played in enumerate(faults(provider, now, server, untrusted)):
                outcomes.append(_outcome(provider, played, server, folder / f"{provider.vendor.name}-{number}"))
    return outcomes


def faults(provider: Provider, now: datetime, server: HTTPServer, untrusted: str) -> Iterator[Played]:
    """All that a vendor may do to us."""
    media, good = provider.media, provider.good

    def reply(content: bytes, status: int = 200, kind: str = media, **headers: str) -> Handler:
        return lambda _: Response(
            content, status, content_type=kind, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    yield Played("good reply", None, reply(good))
    yield Played("429, Retry-After 60", Fault.RATE_LIMITED, reply(b"", 429, Retry_After="60"))
    yield Played("429 without Retry-After", Fault.RATE_LIMITED, reply(b"", 429))
    yield Played("500", Fault.SERVER_FAILED, reply(b"", 500))
    yield Played("502, an HTML page", Fault.SERVER_FAILED, reply(b"<html>Bad gateway</html>", 502, "text/html"))
    yield Played("503 once, then good", None, _once_then(reply(b"", 503), reply(good)))
    yield Played("slow loris", Fault.TIMED_OUT, lambda _: Response(_drops(good), content_type=media), seconds=HANGING)
    yield Played("silence", Fault.TIMED_OUT, _silent, seconds=HANGING)
    yield Played("truncated gzip", Fault.TRUNCATED, reply(gzip.compress(good)[:-9], Content_Encoding="gzip"))
    yield Played("wrong content type", Fault.WRONG_CONTENT, reply(good, kind="text/html"))
    yield Played("HTML in place of data", Fault.WRONG_CONTENT, reply(b"<!DOCTYPE html><html>Log in</html>"))
    yield Played("cut in the middle", Fault.MALFORMED, reply(good[: max(3, len(good) // 3)]))
    yield Played("error inside a 200", _inside(provider), reply(provider.refusals[200]))
    yield Played("401", Fault.KEY_REFUSED, reply(provider.refusals[401], 401))
    yield Played("402", Fault.NOT_ENTITLED, reply(provider.refusals[402], 402))
    yield Played("403", Fault.NOT_ENTITLED, reply(provider.refusals[403], 403))
    yield Played("a redirect elsewhere", Fault.WRONG_CONTENT, reply(b"", 302, Location="http://127.0.0.1:9/other"))
    yield Played("empty result", None, reply(provider.empty))
    yield Played("missing field", Fault.MALFORMED, reply(provider.lacking))
    yield Played("numbers as text, N/A", None, reply(provider.odd))
    yield Played("NaN or no number", Fault.MALFORMED, reply(provider.broken))
    yield Played("clock 10 minutes off", Fault.CLOCK_SKEWED, reply(good), skew=timedelta(minutes=10))
    yield Played("no such host", Fault.UNREACHABLE, address="http://vendor.invalid")
    yield Played("nobody listens", Fault.UNREACHABLE, address="http://127.0.0.1:9")
    yield Played("certificate not trusted", Fault.NOT_TRUSTED, address=untrusted)
    if provider.vendor.name == "polygon":
        yield Played("pages without end", Fault.ENDLESS_PAGES, _endless(server, good))
        yield Played(
            "next page on another host",
            Fault.MALFORMED,
            reply(good.replace(b'"status"', b'"next_url": "https://evil.test/v3?cursor=1", "status"')),
        )
    if provider.keyed:
        yield Played("key absent", Fault.KEY_ABSENT, reply(good), environment={})


def _inside(provider: Provider) -> Fault:
    limited, page = {"polygon", "fmp", "alpha_vantage"}, {"treasury", "fred", "cboe"}
    special = {"nasdaq": Fault.REFUSED, "eodhd": Fault.KEY_REFUSED}
    name = provider.vendor.name
    return Fault.RATE_LIMITED if name in limited else Fault.WRONG_CONTENT if name in page else special[name]


def _outcome(provider: Provider, played: Played, server: HTTPServer, folder: Path) -> Outcome:
    server.clear()
    if played.handler is not None:
        server.expect_request(re.compile(".*")).respond_with_handler(played.handler)
    settings = Settings(web=WebSettings(folder=str(folder), seconds=played.seconds, tries=2, backoff=0.001))
    vendor = replace(provider.vendor, addresses=(played.address or server.url_for("").rstrip("/"),), per_minute=0)
    environment = provider.environment if played.environment is None else played.environment
    web = Web(vendor, settings, environment=environment, clock=Skewed(played.skew))
    host = PluginManager(settings)
    host.register(provider.make(web), "first", same_thread=True)
    host.register(Second(), "second", same_thread=True)
    answers = host.call_advice(provider.hook, **question(provider.hook, Skewed(played.skew).now()))
    web.close()
    first = host.report()[0]
    message = first.last_error.removeprefix("WebFault: ")
    told = message.rpartition("(")[2].rstrip(")") if first.failures else "answer"
    return Outcome(vendor.name, played.name, told, _as_promised(provider, played, told, message, folder, answers), message)


def _as_promised(provider: Provider, played: Played, told: str, message: str, folder: Path, answers: Sequence[Any]) -> bool:
    """The right fault, naming vendor and remedy; no key in it; nothing bad kept; and the next source's answer taken."""
    if played.expected is None:
        return told == "answer"
    named = message.startswith(f"{provider.vendor.name}: ") and played.expected.remedy in message
    other = len(answers) == 1 and "second" in str(answers[0])
    return told == played.expected.code and named and KEY not in message and _kept(folder / "ledger.sqlite") == 0 and other


class Skewed(SystemClock):
    """A computer whose clock is off."""

    def __init__(self, skew: timedelta) -> None:
        self._skew = skew

    def now(self) -> datetime:
        return super().now() + self._skew


class Second:
    """The next source, which knows everything."""

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float]:
        return Observation(0.03, "second", as_of)

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain]:
        chain = replace(samples.snapshot().chain.value, symbol=symbol)
        return Observation(chain, "second", as_of)

    @hookimpl
    def earnings_events(self, symbol: str, as_of: datetime) -> list[EarningsEvent]:
        return [EarningsEvent(symbol, as_of.date(), Timing.UNKNOWN, "second", as_of)]


def _kept(path: Path) -> int:
    if not path.exists():
        return 0
    database = connect(path)
    try:
        return int(database.execute("SELECT count(*) FROM replies").fetchone()[0])
    finally:
        database.close()


def _drops(content: bytes) -> Iterator[bytes]:
    for place in range(len(content)):
        time.sleep(HANGING / 8)
        yield content[place : place + 1]


def _silent(_: Request) -> Response:
    time.sleep(HANGING * 1.5)
    return Response(b"")


def _once_then(first: Handler, later: Handler) -> Handler:
    waiting = [first]

    def handler(request: Request) -> Response:
        return (waiting.pop() if waiting else later)(request)

    return handler


def _endless(server: HTTPServer, good: bytes) -> Handler:
    """Pages that lead to one another for ever."""

    def page(request: Request) -> Response:
        cursor = "b" if request.args.get("cursor") == "a" else "a"
        following = server.url_for(request.path) + f"?cursor={cursor}"
        return Response(json.dumps({**json.loads(good), "next_url": following}), content_type="application/json")

    return page


@contextmanager
def _served() -> Iterator[HTTPServer]:
    loggers = {name: logging.getLogger(name) for name in ("werkzeug", "alaris.plugins")}
    levels = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.ERROR)
    server = HTTPServer(threaded=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        for name, logger in loggers.items():
            logger.setLevel(levels[name])


@contextmanager
def _untrusted(folder: Path) -> Iterator[str]:
    """Address of a server whose certificate nobody has signed."""
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        *subject,
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(make, check=True, capture_output=True)  # noqa: S603 - a fixed command
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(ssl_context=context, threaded=True)
    server.start()
    try:
        yield server.url_for("").rstrip("/")
    finally:
        server.stop()


def table(outcomes: Sequence[Outcome]) -> str:
    """A line a fault, a column a vendor."""
    vendors = list(dict.fromkeys(outcome.vendor for outcome in outcomes))
    told = {(outcome.fault, outcome.vendor): outcome for outcome in outcomes}
    lines = ["".join(f"{text:<26}" if not place else f"{text:<15}" for place, text in enumerate(["fault", *vendors]))]
    for fault in dict.fromkeys(outcome.fault for outcome in outcomes):
        cells = [_cell(told.get((fault, vendor))) for vendor in vendors]
        lines.append(f"{fault:<26}" + "".join(f"{cell:<15}" for cell in cells))
    failed = [f"  {one.vendor}, {one.fault}: {one.told} {one.message}" for one in outcomes if not one.passed]
    promise = "right fault, vendor and remedy named, no key told, nothing bad kept, next source asked"
    summary = f"{len(outcomes) - len(failed)} of {len(outcomes)} as promised: {promise}"
    return "\n".join([*lines, "", summary, *failed])


def _cell(outcome: Outcome | None) -> str:
    return "" if outcome is None else outcome.told if outcome.passed else f"!{outcome.told}"


def main() -> int:
    """Print the table; 1 where a fault is not survived as promised."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = play(Path(folder))
    sys.stdout.write(table(outcomes) + "\n")
    return int(not all(outcome.passed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
