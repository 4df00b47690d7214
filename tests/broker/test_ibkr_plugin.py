"""The ibkr plugin: quotes just before an order, asked before the engine's own; a reason and never another's number where it has none."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from pathlib import Path

import pytest
from fake_gateway import FakeGateway
from fake_gateway.__main__ import coming_fridays, market_of
from gateway_faults.playing import spoken_version

from alaris.domain import Leg, LegQuote, Right
from alaris.plugins import PluginManager, Settings, hookimpl
from alaris.plugins.conformance import require
from alaris.settings import load_settings
from alaris_plugins import ibkr

TODAY = datetime.now(UTC).date()
FRONT, BACK = (Leg("YUM", Right.CALL, 67.5, day, ratio) for day, ratio in zip(coming_fridays(TODAY), (-1, 1), strict=True))


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with FakeGateway(market_of("YUM", TODAY), version=spoken_version()) as gateway:
        yield gateway


def settings_of(fake: FakeGateway, folder: Path, **changed: str) -> Settings:
    stated = {"web.providers": "ibkr", "execution_quotes.first": "ibkr", "web.folder": str(folder), "ibkr.port": str(fake.port)}
    return load_settings({**stated, "ibkr.quote_seconds": "0.3", **changed})


class Engine:
    """The engine's own data, which always has a quote."""

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> list[LegQuote]:
        return [LegQuote(leg, 9.0, 9.5, *(float("nan"),) * 7, observed_at=as_of) for leg in legs]


@pytest.fixture
def plugin(fake: FakeGateway, tmp_path: Path) -> Iterator[ibkr.Ibkr]:
    made = ibkr.plugin(settings_of(fake, tmp_path))
    yield made
    made.close()


def host(settings: Settings, plugin: ibkr.Ibkr) -> PluginManager:
    manager = PluginManager(settings)
    manager.register(Engine(), "engine", same_thread=True)
    manager.register(plugin, "ibkr", same_thread=True)
    return manager


def test_the_gateway_is_asked_before_the_engine(fake: FakeGateway, tmp_path: Path, plugin: ibkr.Ibkr) -> None:
    quotes = host(settings_of(fake, tmp_path), plugin).execution_quotes((FRONT, BACK), datetime.now(UTC))
    assert quotes is not None
    assert [(quote.bid, quote.ask, quote.volume, quote.open_interest) for quote in quotes] == [
        (1.0, 1.1, 500, 2000),
        (2.0, 2.15, 500, 2000),
    ]
    unasked = host(load_settings({}), plugin).execution_quotes((FRONT, BACK), datetime.now(UTC))
    assert unasked is not None
    assert unasked[0].bid == 9.0, "where execution_quotes.first does not name it, the engine's data come first"


def test_a_delayed_quote_ends_the_order_with_its_reason(
    fake: FakeGateway, tmp_path: Path, plugin: ibkr.Ibkr, caplog: pytest.LogCaptureFixture
) -> None:
    fake.quote(1006, kind=3)
    with caplog.at_level(logging.WARNING, "alaris.plugins.ibkr"):
        quotes = host(settings_of(fake, tmp_path), plugin).execution_quotes((FRONT, BACK), datetime.now(UTC))
    assert quotes is not None
    assert all(isnan(quote.bid) and isnan(quote.ask) for quote in quotes), "neither the delayed number nor the engine's"
    assert "NOT_LIVE" in caplog.text


def test_only_where_it_is_allowed_the_next_source_quotes(fake: FakeGateway, tmp_path: Path) -> None:
    fake.quote(1006, kind=3)
    settings = settings_of(fake, tmp_path, **{"ibkr.fall_back": "true"})
    plugin = ibkr.plugin(settings)
    quotes = host(settings, plugin).execution_quotes((FRONT, BACK), datetime.now(UTC))
    plugin.close()
    assert quotes is not None
    assert quotes[0].bid == 9.0


def test_the_past_is_not_asked_for(plugin: ibkr.Ibkr, fake: FakeGateway) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    assert plugin.execution_quotes((FRONT, BACK), long_ago) is None
    assert plugin.option_chain("YUM", long_ago) is None
    assert fake.clients == ()


def test_a_gateway_that_is_not_there_is_a_reason(
    fake: FakeGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture, expected_errors: list[str]
) -> None:
    expected_errors += ["API connection failed", "Make sure API port"]
    fake.refuse()
    made = ibkr.plugin(settings_of(fake, tmp_path))
    with caplog.at_level(logging.WARNING, "alaris.plugins.ibkr"):
        quotes = made.execution_quotes((FRONT, BACK), datetime.now(UTC))
    made.close()
    assert quotes is not None
    assert all(isnan(quote.bid) for quote in quotes)
    assert "NOT_CONNECTED" in caplog.text


def test_a_chain_of_the_strikes_near_the_money(fake: FakeGateway, tmp_path: Path) -> None:
    fake.quote(1006, ask=None)
    plugin = ibkr.plugin(settings_of(fake, tmp_path, **{"ibkr.chain_strikes": "3", "ibkr.figures_seconds": "0"}))
    found = plugin.option_chain("YUM", datetime.now(UTC))
    plugin.close()
    assert found is not None
    chain = found.value
    assert chain.spot == pytest.approx(67.0)
    assert sorted(set(chain.strike)) == [65.0, 67.5, 70.0]
    assert len(chain) == 11, "two expiries, three strikes, two rights, less the one without an ask"
    assert chain.two_sided.all()
    at_the_money = chain.where(chain.is_call & (chain.strike == 67.5))
    assert (list(at_the_money.bid), list(at_the_money.ask)) == ([2.0], [2.15])


def test_a_missing_share_is_no_chain(fake: FakeGateway, plugin: ibkr.Ibkr) -> None:
    fake.quote(1001, kind=3)
    assert plugin.option_chain("YUM", datetime.now(UTC)) is None
    assert plugin.option_chain("ZZZ", datetime.now(UTC)) is None


def test_it_conforms_to_the_contract_of_plugins(fake: FakeGateway, tmp_path: Path) -> None:
    require(ibkr.plugin, settings_of(fake, tmp_path))


def test_the_table_of_providers_says_whether_it_answers(fake: FakeGateway, tmp_path: Path) -> None:
    assert ibkr.asked(settings_of(fake, tmp_path)).startswith("yes, account DU1234567, ")
    assert not fake.sent(1), "nothing that could cost is asked"
