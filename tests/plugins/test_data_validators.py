"""DTqc001A-DTqc004A on the real eves of 2017, on the made-up sample, and on quotes that were broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yum_market import NEW_YORK, YumMarket

from alaris.domain import EarningsEvent, MarketSnapshot, Observation, OptionChain, Reason, Timing, UpcomingReport, Verdict
from alaris.plugins import PluginManager, Settings, samples
from alaris.settings import DataValidation, load_settings
from alaris_plugins.arbitrage_check import ArbitrageCheck, butterflies, calendar_steps, parity
from alaris_plugins.earnings_check import EarningsCheck
from alaris_plugins.price_check import PriceCheck, implausible
from alaris_plugins.volume_check import VolumeCheck

BACKTEST = load_settings({"profile": "backtest"})
EVES = {
    date(2017, 2, 8): date(2017, 2, 9),
    date(2017, 5, 2): date(2017, 5, 3),
    date(2017, 8, 2): date(2017, 8, 3),
    date(2017, 11, 1): date(2017, 11, 2),
}
LIVE = load_settings({"profile": "live"})


def with_chain(**columns: Any) -> MarketSnapshot:
    """The sample with some columns of its chain replaced."""
    snapshot = samples.snapshot()
    return replace(snapshot, chain=replace(snapshot.chain, value=replace(snapshot.chain.value, **columns)))


def changed(column: str, place: int, value: float) -> MarketSnapshot:
    """The sample with one number of its chain replaced."""
    numbers = getattr(samples.snapshot().chain.value, column).copy()
    numbers[place] = value
    return with_chain(**{column: numbers})


def at(strike: float, *, is_call: bool, expiry: int) -> int:
    """Place of one contract in the sample's chain."""
    whole = samples.snapshot().chain.value
    (places,) = np.nonzero(
        (whole.strike == strike) & (whole.is_call == is_call) & (whole.expiry == np.datetime64(samples.EXPIRIES[expiry]))
    )
    return int(places[0])


def with_spot(spot: float) -> MarketSnapshot:
    snapshot = samples.snapshot()
    return replace(snapshot, spot=replace(snapshot.spot, value=spot))


def failed(verdicts: list[Verdict]) -> list[Reason | None]:
    return [verdict.reason for verdict in verdicts if not verdict.passed]


def warnings(verdicts: list[Verdict]) -> list[Reason | None]:
    return [verdict.reason for verdict in verdicts if verdict.passed and verdict.reason]


@pytest.fixture(scope="module")
def yum(shared: Path) -> YumMarket:
    return YumMarket(shared / "data")


@pytest.fixture(params=sorted(EVES), ids=str)
def eve(request: pytest.FixtureRequest, yum: YumMarket) -> MarketSnapshot:
    """A real eve: the vendor's end-of-day chain, bars and spot as they are."""
    return real(yum, request.param)


def real(yum: YumMarket, day: date) -> MarketSnapshot:
    """The market at the close of one session."""
    as_of = datetime.combine(day, time(16), NEW_YORK)
    chain = yum.option_chain(as_of)
    assert chain is not None
    report = UpcomingReport("YUM", EVES[day], Timing.BEFORE_OPEN, EVES[day], ("calendar",), as_of)
    spot = Observation(chain.value.spot, "YUM", as_of)
    return MarketSnapshot("YUM", as_of, report, spot, yum.daily_bars(90, as_of), chain, yum.risk_free_rate(as_of))


@pytest.mark.parametrize("check", [PriceCheck, ArbitrageCheck, VolumeCheck, EarningsCheck])
def test_real_eves_pass(eve: MarketSnapshot, check: Callable[[Settings], Any]) -> None:
    verdicts = check(BACKTEST).validate_snapshot(eve)
    assert failed(verdicts) == [], verdicts


def test_real_eves_show_what_is_wrong_with_wide_quotes(eve: MarketSnapshot) -> None:
    """Butterflies at the middle break by more than 0.50 USD on each of the four eves, and none at tradable prices."""
    _, _, butterfly = ArbitrageCheck(BACKTEST).validate_snapshot(eve)
    assert butterfly.reason is Reason.ARBITRAGE
    assert butterfly.value is not None
    assert butterfly.value > 0.50
    assert "largest YUM 2017-" in butterfly.note


def test_deep_quotes_break_parity_and_are_not_judged(yum: YumMarket) -> None:
    """`../shared/data/README.md`: deep in-the-money quotes break parity by up to 2 USD."""
    whole = real(yum, date(2017, 11, 1)).chain.value
    deep = whole.where(whole.two_sided)
    assert (parity(deep).middle * whole.spot).max() > 2.0
    near = whole.where(whole.two_sided & (np.abs(whole.strike / whole.spot - 1) <= 0.05) & (whole.days <= 120))
    assert parity(near).middle.max() < 0.02


def test_the_sample_keeps_every_bound() -> None:
    chain = samples.snapshot().chain.value
    assert parity(chain).middle.max() == pytest.approx(0, abs=1e-12)
    assert calendar_steps(chain).middle.max() < 0
    assert butterflies(chain).middle.max() < 0
    for check in (PriceCheck, ArbitrageCheck, VolumeCheck, EarningsCheck):
        verdicts = check(LIVE).validate_snapshot(samples.snapshot())
        assert failed(verdicts) == warnings(verdicts) == [], verdicts


def test_parity_by_hand() -> None:
    # one pair at 91.25 days, r 4 %, q 2 %: S exp(-q/4) - K exp(-r/4) = 100*0.9950125 - 100*0.9900498 = 0.49627 USD
    days, pair = np.full(2, 91.25), np.array([True, False])
    made = OptionChain(
        symbol="A",
        as_of=samples.AS_OF,
        spot=100.0,
        expiry=np.full(2, np.datetime64("2017-05-10")),
        days=days,
        is_call=pair,
        strike=np.full(2, 100.0),
        bid=np.array([4.0, 3.0]),
        ask=np.array([4.2, 3.2]),
        volume=np.ones(2),
        open_interest=np.ones(2),
        implied_volatility=np.full(2, np.nan),
        rate=0.04,
        dividend_yield=0.02,
    )
    breaks = parity(made)
    assert breaks.middle[0] * 100 == pytest.approx(1.0 - 0.49627, abs=1e-5)
    assert breaks.tradable[0] * 100 == pytest.approx(4.0 - 3.2 - 0.49627, abs=1e-5)


def test_butterfly_by_hand() -> None:
    """Strikes 98, 100, 102: the middle is worth at most half of each wing; a middle dearer by 2 USD shows as about 2."""
    place = at(100, is_call=True, expiry=1)
    before = butterflies(samples.snapshot().chain.value)
    raised = changed("bid", place, samples.snapshot().chain.value.ask[place] + 1.96).chain.value
    after = butterflies(replace(raised, ask=np.where(raised.bid > raised.ask, raised.bid + 0.04, raised.ask)))
    assert after.middle.max() - before.middle[list(before.at).index(place)] == pytest.approx(2.06, abs=0.1)


@pytest.mark.parametrize(("column", "value"), [("bid", 30.0), ("ask", 0.02)])
def test_a_bound_broken_at_tradable_prices_refuses_and_names_the_contract(column: str, value: float) -> None:
    place = at(100, is_call=True, expiry=1)
    snapshot = changed(column, place, value)
    if column == "bid":
        snapshot = replace(snapshot, chain=replace(snapshot.chain, value=replace(snapshot.chain.value, ask=snapshot.chain.value.bid + 0.1)))
    else:
        bid = snapshot.chain.value.bid.copy()
        bid[place] = 0.01
        snapshot = replace(snapshot, chain=replace(snapshot.chain, value=replace(snapshot.chain.value, bid=bid)))
    verdicts = ArbitrageCheck(BACKTEST).validate_snapshot(snapshot)
    assert set(failed(verdicts)) == {Reason.ARBITRAGE}
    assert any("2017-03-17 100 call" in verdict.note for verdict in verdicts if not verdict.passed)


def test_a_chain_without_pairs_is_left_to_the_price_check() -> None:
    verdicts = ArbitrageCheck(BACKTEST).validate_snapshot(samples.empty_snapshot())
    assert failed(verdicts) == []
    assert all("nothing to compare" in verdict.note for verdict in verdicts)
    assert Reason.PRICE_IMPLAUSIBLE in failed(PriceCheck(BACKTEST).validate_snapshot(samples.empty_snapshot()))
    assert Reason.PRICE_IMPLAUSIBLE in failed(PriceCheck(BACKTEST).validate_snapshot(samples.unquoted_snapshot()))


@pytest.mark.parametrize(
    ("spot", "passes"), [(109.0, True), (112.0, False), (89.0, False), (0.0, False), (-5.0, False), (float("nan"), False)]
)
def test_the_spot_lies_within_a_tenth_of_the_previous_close(spot: float, passes: bool) -> None:
    gap = PriceCheck(BACKTEST).validate_snapshot(with_spot(spot))[0]
    assert gap.passed is passes, gap


def test_todays_own_bar_is_not_the_previous_close() -> None:
    """At the close of a session its bar is known: a stock that fell by 12 % that day is still doubted."""
    snapshot = with_spot(88.0)
    today = snapshot.bars.value
    last = today.close.copy()
    last[-1] = 88.0
    snapshot = replace(snapshot, bars=replace(snapshot.bars, value=replace(today, close=last)))
    assert str(today.day[-1]) == "2017-02-08"
    assert not PriceCheck(BACKTEST).validate_snapshot(snapshot)[0].passed


@pytest.mark.parametrize(("column", "value"), [("bid", 60.0), ("bid", -0.1), ("ask", -0.1), ("ask", 25.0)])
def test_implausible_quotes_are_counted_and_named(column: str, value: float) -> None:
    place = at(100, is_call=True, expiry=1)
    snapshot = changed(column, place, value)
    assert list(np.nonzero(implausible(snapshot.chain.value, 10.0))[0]) == [place]
    verdicts = PriceCheck(BACKTEST).validate_snapshot(snapshot)
    assert failed(verdicts) == []
    assert warnings(verdicts) == [Reason.PRICE_IMPLAUSIBLE]
    assert "1 of 66 quotes" in verdicts[-1].note
    assert "SAMPLE 2017-03-17 100 call" in verdicts[-1].note


def test_a_side_without_a_quote_is_missing_not_implausible() -> None:
    for value in (0.0, float("nan")):
        assert not implausible(changed("bid", 0, value).chain.value, 10.0).any()


@pytest.mark.parametrize(("minutes", "passes"), [(59, True), (61, False)])
def test_an_old_price_is_refused_in_live_only(minutes: int, passes: bool) -> None:
    snapshot = samples.snapshot()
    old = replace(snapshot, spot=replace(snapshot.spot, available_at=samples.AS_OF - timedelta(minutes=minutes)))
    assert failed(PriceCheck(LIVE).validate_snapshot(old)) == ([] if passes else [Reason.STALE_SPOT])
    assert failed(PriceCheck(BACKTEST).validate_snapshot(old)) == []


def test_quiet_contracts_warn_with_the_count_and_the_largest() -> None:
    verdicts = VolumeCheck(BACKTEST).validate_snapshot(changed("volume", at(100, is_call=True, expiry=1), 0.0))
    assert failed(verdicts) == []
    assert warnings(verdicts) == [Reason.VOLUME_IMPLAUSIBLE]
    assert "1 of 30 contracts" in verdicts[1].note
    assert "2017-03-17 100 call" in verdicts[1].note


def test_negative_volume_refuses() -> None:
    verdicts = VolumeCheck(BACKTEST).validate_snapshot(changed("open_interest", 3, -1.0))
    assert failed(verdicts) == [Reason.VOLUME_IMPLAUSIBLE]


@pytest.mark.parametrize(("volume", "warns"), [(2e6 * 9, False), (2e6 * 11, True), (2e6 / 11, True), (0.0, True)])
def test_the_share_volume_lies_within_ten_times_its_mean(volume: float, warns: bool) -> None:
    snapshot = samples.snapshot()
    volumes = snapshot.bars.value.volume.copy()
    volumes[-2] = volume  # the last bar is today's, not finished yet
    snapshot = replace(snapshot, bars=replace(snapshot.bars, value=replace(snapshot.bars.value, volume=volumes)))
    assert bool(warnings(VolumeCheck(BACKTEST).validate_snapshot(snapshot))) is warns


def with_report(**values: Any) -> MarketSnapshot:
    snapshot = samples.snapshot()
    return replace(snapshot, report=replace(snapshot.report, **values))


@pytest.mark.parametrize(
    ("snapshot", "settings", "passes"),
    [
        (with_report(sources=("one",)), BACKTEST, True),
        (with_report(sources=("one",)), LIVE, False),
        (with_report(sources=("one", "one")), LIVE, False),
        (with_report(reaction_session=date(2017, 5, 9)), LIVE, True),
        (with_report(reaction_session=date(2017, 5, 10)), LIVE, False),  # 91 days
        (with_report(reaction_session=date(2017, 2, 7)), LIVE, False),
        (with_report(report_date=date(2016, 12, 1)), LIVE, False),  # 21 days after the last one
    ],
)
def test_a_report_is_confirmed_near_and_well_spaced(snapshot: MarketSnapshot, settings: Settings, passes: bool) -> None:
    verdicts = EarningsCheck(settings).validate_snapshot(snapshot)
    assert failed(verdicts) == ([] if passes else [Reason.EARNINGS_UNCONFIRMED]), verdicts


def test_sources_that_disagreed_recently_refuse() -> None:
    snapshot = samples.snapshot()
    last = snapshot.past_reports[0]
    torn = EarningsEvent(last.symbol, last.report_date, Timing.AFTER_CLOSE, "second", samples.AS_OF)
    unknown = replace(torn, timing=Timing.UNKNOWN)
    check = EarningsCheck(LIVE)
    assert failed(check.validate_snapshot(replace(snapshot, past_reports=(*snapshot.past_reports, torn)))) == [Reason.EARNINGS_UNCONFIRMED]
    assert failed(check.validate_snapshot(replace(snapshot, past_reports=(*snapshot.past_reports, unknown)))) == []


def test_ranges_are_settings() -> None:
    narrow = Settings(data_validation=DataValidation(near_money=0.0))
    place = at(98, is_call=True, expiry=1)
    assert warnings(VolumeCheck(narrow).validate_snapshot(changed("volume", place, 0.0))) == []
    assert warnings(VolumeCheck(Settings()).validate_snapshot(changed("volume", place, 0.0))) == [Reason.VOLUME_IMPLAUSIBLE]


NUMBERS = st.sampled_from([0.0, -1.0, 0.01, 1.5, 100.0, 1e9, float("nan"), float("inf"), float("-inf")])


@pytest.fixture(scope="module")
def host() -> PluginManager:
    own = PluginManager(load_settings({"profile": "live", "plugins.strikes": "1000000"}))
    own.load_entry_points([])
    return own


@given(data=st.data())
def test_no_garbage_whatever_makes_a_validator_fail_instead_of_judging(host: PluginManager, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 6))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(values, min_size=size, max_size=size))

    names = ("days", "strike", "bid", "ask", "volume", "open_interest", "implied_volatility")
    numbers = {name: np.array(column(NUMBERS), dtype=np.float64) for name in names}
    expiry = np.array(column(st.sampled_from(["2017-02-10", "2017-03-17", "NaT"])), dtype="datetime64[D]")
    is_call = np.array(column(st.booleans()), dtype=np.bool_)
    spot = data.draw(NUMBERS)
    snapshot = with_chain(expiry=expiry, is_call=is_call, spot=spot, **numbers)
    snapshot = replace(snapshot, spot=replace(snapshot.spot, value=spot))
    for verdict in host.validate_snapshot(snapshot):
        assert verdict.reason is not Reason.PLUGIN_FAILED, verdict
