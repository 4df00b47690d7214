"""Hand-made decisions of every kind and a result folder of them, for the tests of records, report page and command line."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from alaris.domain import (
    Calendar,
    Decision,
    Execution,
    ExplainedProfit,
    Fill,
    Leg,
    LegQuote,
    Phase,
    Reason,
    Recommendation,
    Rejection,
    Right,
    Signal,
    Timing,
    UpcomingReport,
    Verdict,
)
from alaris.records import Origin, write_run
from alaris.settings import Settings, load_settings

EVE = datetime(2017, 2, 8, 21, tzinfo=UTC)
EXIT = datetime(2017, 2, 9, 21, tzinfo=UTC)
NAN = float("nan")


def refused_early() -> Decision:
    """Ended by phase 1: nothing but the symbol and the reason is known."""
    return Decision(
        trade_id="2017-02-08-ABC",
        symbol="ABC",
        as_of=EVE,
        preset="eve",
        profile="backtest",
        settings_hash=Settings().digest(),
        rejected_phase=Phase.UNIVERSE,
        rejection=Rejection(Reason.LOW_VOLUME, value=812_000.0, limit=1_500_000.0),
    )


def refused_by_guard() -> Decision:
    """Ended by phase 6 after a full signal: the cost guard refuses a wide market."""
    return replace(
        traded(),
        trade_id="2017-02-08-WIDE",
        symbol="WIDE",
        verdicts=(
            Verdict("DTqc001A", True, 0.01, 0.10),
            Verdict("STCS006A", False, 0.71, 0.40, Reason.COST_ABOVE_CAP, "half-spreads of both legs and fees"),
        ),
        contracts=0,
        rejected_phase=Phase.VALIDATION,
        rejection=Rejection(Reason.COST_ABOVE_CAP, value=0.71, limit=0.40),
        entry=None,
        exit=None,
        pnl=NAN,
        exit_reason=None,
        pnl_explained=None,
    )


def traded() -> Decision:
    """A calendar of calls bought on the eve and sold a session later."""
    front, back = (Leg("YUM", Right.CALL, 66.5, date(2017, month, day), ratio) for month, day, ratio in ((2, 10, -1), (3, 17, 1)))
    calendar = Calendar(_quote(front, 1.10, 1.20, 0.63), _quote(back, 1.95, 2.05, 0.24))
    return Decision(
        trade_id="2017-02-08-YUM",
        symbol="YUM",
        as_of=EVE,
        preset="eve",
        profile="backtest",
        settings_hash=Settings().digest(),
        report=UpcomingReport("YUM", date(2017, 2, 9), Timing.BEFORE_OPEN, date(2017, 2, 9), ("calendar_csv",), EVE),
        spot=66.59,
        signal=Signal(Recommendation.RECOMMENDED, 0.221, 0.217, 0.230, 0.63, -0.0098, 0.1483, 1.49, 2_150_000.0, 0.041, 0.52, 0.21),
        calendar=calendar,
        verdicts=(
            Verdict("STCS006A", True, 0.25, 0.40),
            Verdict("STHD001A", True, None, 0.70, None, "missing input passes in this profile"),
        ),
        contracts=10,
        entry=_execution(EVE, 0.95, 66.59, (Fill(front, -10, 1.10, 6.5, EVE), Fill(back, 10, 2.05, 6.5, EVE)), calendar),
        exit=_execution(EXIT, 1.20, 67.10, (Fill(front, 10, 0.70, 6.5, EXIT), Fill(back, -10, 1.90, 6.5, EXIT)), calendar),
        pnl=224.0,
        exit_reason="REACTION",
        pnl_explained=ExplainedProfit(jump=-85.25, vega=301.0, theta=84.25, spread=-50.0, fees=-26.0),
    )


def result_folder(folder: Path, *, synthetic: bool = True, term_structures: bool = True) -> Path:
    """A folder as `alaris backtest` leaves it."""
    curves = {
        "before": {"days": [2.0, 9.0, 37.0, 100.0], "volatility": [0.63, 0.36, 0.22, 0.23]},
        "after": {"days": [1.0, 8.0, 36.0, 99.0], "volatility": [0.21, 0.17, 0.155, 0.185]},
    }
    origin = Origin(
        data_folder="/home/user/.cache/alaris/demo",
        synthetic=synthetic,
        seed=20261120,
        calendar={"path": "alternative/earnings/calendar.csv", "source": "demo"},
        notes=("one calendar source is enough in this profile",),
    )
    structures = {traded().trade_id: curves, refused_by_guard().trade_id: {"before": curves["before"]}} if term_structures else {}
    write_run(folder, [traded(), refused_early(), refused_by_guard()], load_settings(), origin, structures)
    _write(folder / "1234567890.json", lean_result())
    _write(folder / "1234567890-summary.json", {"charts": {}, "statistics": {}})
    return folder


def lean_result() -> dict[str, object]:
    """The parts of LEAN's result file that the page reads: the equity chart, the statistics, the state."""
    start = int(datetime(2017, 2, 6, 21, tzinfo=UTC).timestamp())
    closes = [100_000.0, 100_000.0, 99_912.5, 100_224.0, 100_150.0, 100_410.25]
    candles = [[start + 86_400 * day, close, close + 40, close - 60, close] for day, close in enumerate(closes)]
    drawdown = [[start + 86_400 * day, 100 * min(0.0, close / max(closes[: day + 1]) - 1)] for day, close in enumerate(closes)]
    return {
        "charts": {
            "Strategy Equity": {"name": "Strategy Equity", "series": {"Equity": {"name": "Equity", "values": candles}}},
            "Drawdown": {"name": "Drawdown", "series": {"Equity Drawdown": {"name": "Equity Drawdown", "values": drawdown}}},
        },
        "statistics": {"Total Orders": "4", "Net Profit": "0.410%", "Drawdown": "0.100%", "Sharpe Ratio": "1.21", "Total Fees": "$26.00"},
        "runtimeStatistics": {"Equity": "$100,410.25", "Net Profit": "$410.25"},
        "state": {"Status": "Completed", "StartTime": "2026-11-21 10:00:00", "EndTime": "2026-11-21 10:00:01"},
        "algorithmConfiguration": {
            "startDate": "2017-02-06T00:00:00Z",
            "endDate": "2017-02-11T00:00:00Z",
            "parameters": {"symbols": "YUM"},
        },
    }


def _quote(leg: Leg, bid: float, ask: float, volatility: float) -> LegQuote:
    return LegQuote(leg, bid, ask, 500.0, NAN, volatility, 0.5, 0.2, -30.0, 5.0, EVE)


def _execution(at: datetime, price: float, spot: float, fills: tuple[Fill, ...], calendar: Calendar) -> Execution:
    return Execution(at, price, fills, calendar, spot)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
