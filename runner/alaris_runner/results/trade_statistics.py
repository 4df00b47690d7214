"""Statistics of the closed trades: counts, profits, excursions, durations and drawdowns, as LEAN prints them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt

from .decimals import ZERO, cast, rounded, text
from .trades import Trade

TICKS = 10_000_000  # .NET ticks a second
TEN = Decimal(10)  # LEAN's stand-in for an infinite ratio


class _Mean:
    """LEAN's running mean: each value moves it by its distance over the count."""

    def __init__(self) -> None:
        self.count = 0
        self.value = ZERO

    def add(self, value: Decimal) -> None:
        self.count += 1
        self.value += (value - self.value) / self.count


class _MeanDuration:
    """The same of durations, each step truncated to a .NET tick (100 ns)."""

    def __init__(self) -> None:
        self.count = 0
        self.ticks = 0

    def add(self, duration: timedelta) -> None:
        self.count += 1
        self.ticks += int((duration.total_seconds() - self.ticks / TICKS) / self.count * TICKS)


def trade_statistics(trades: Sequence[Trade]) -> dict[str, object]:
    """Compute the `tradeStatistics` object of the result file; counts are numbers, all else strings."""
    winners = [trade for trade in trades if trade.profit_loss > 0]
    losers = [trade for trade in trades if trade.profit_loss <= 0]
    saved = sum(trade.is_win for trade in losers)
    won, lost = len(winners) + saved, len(losers) - saved
    return {
        "startDateTime": min((_stamp(trade.entry_time) for trade in trades), default=None),
        "endDateTime": max((_stamp(trade.exit_time) for trade in trades), default=None),
        "totalNumberOfTrades": len(trades),
        "numberOfWinningTrades": won,
        "numberOfLosingTrades": lost,
        **_money(_profits(trades, winners, losers)),
        **_durations(trades, winners, losers),
        **_runs(trades),
        **_money(_ratios(trades, winners, losers, won, lost)),
        "maximumDrawdownDuration": _drawdown_duration(trades),
        "totalFees": _four_digits(sum((trade.total_fees for trade in trades), ZERO)),
    }


def _profits(trades: Sequence[Trade], winners: Sequence[Trade], losers: Sequence[Trade]) -> dict[str, Decimal]:
    def total(some: Sequence[Trade]) -> Decimal:
        return sum((trade.profit_loss for trade in some), ZERO)

    return {
        "totalProfitLoss": total(trades),
        "totalProfit": total(winners),
        "totalLoss": total(losers),
        "largestProfit": max((trade.profit_loss for trade in winners), default=ZERO),
        "largestLoss": min((trade.profit_loss for trade in losers), default=ZERO),
        "averageProfitLoss": _mean(trade.profit_loss for trade in trades),
        "averageProfit": _mean(trade.profit_loss for trade in winners),
        "averageLoss": _mean(trade.profit_loss for trade in losers),
    }


def _durations(trades: Sequence[Trade], winners: Sequence[Trade], losers: Sequence[Trade]) -> dict[str, str]:
    groups = (("Trade", trades), ("WinningTrade", winners), ("LosingTrade", losers))
    averages = {f"average{name}Duration": duration_text(_mean_ticks(some)) for name, some in groups}
    medians = {f"median{name}Duration": duration_text(_median_ticks(some)) for name, some in groups}
    return averages | medians


def _ratios(trades: Sequence[Trade], winners: Sequence[Trade], losers: Sequence[Trade], won: int, lost: int) -> dict[str, Decimal]:
    profits = _profits(trades, winners, losers)
    average, gain, loss = profits["averageProfitLoss"], profits["averageProfit"], profits["averageLoss"]
    total, profit = profits["totalProfitLoss"], profits["totalProfit"]
    deviation, downside = _deviation(trades), _deviation(losers)
    win_rate = Decimal(won) / len(trades) if trades else ZERO
    closed_drawdown, intra_drawdown = _closed_drawdown(trades), _intra_drawdown(trades)
    favorable = _mean(trade.favorable for trade in trades)
    return {
        "profitLossRatio": gain / abs(loss) if loss else ZERO,
        "winLossRatio": _or_ten(Decimal(won), Decimal(lost)) if trades else ZERO,
        "winRate": win_rate,
        "lossRate": 1 - win_rate if trades else ZERO,
        "averageMAE": _mean(trade.adverse for trade in trades),
        "averageMFE": favorable,
        "largestMAE": min((trade.adverse for trade in trades if trade.adverse < 0), default=ZERO),
        "largestMFE": max((trade.favorable for trade in trades if trade.favorable > 0), default=ZERO),
        "maximumClosedTradeDrawdown": closed_drawdown,
        "maximumIntraTradeDrawdown": intra_drawdown,
        "profitLossStandardDeviation": deviation,
        "profitLossDownsideDeviation": downside,
        "profitFactor": _or_ten(profit, abs(profits["totalLoss"])) if profit else ZERO,
        "sharpeRatio": average / deviation if deviation else ZERO,
        "sortinoRatio": average / downside if downside else ZERO,
        "profitToMaxDrawdownRatio": _or_ten(total, abs(closed_drawdown)) if total else ZERO,
        "maximumEndTradeDrawdown": max((trade.end_drawdown for trade in trades if trade.end_drawdown > 0), default=ZERO),
        "averageEndTradeDrawdown": average - favorable,
    }


def _runs(trades: Sequence[Trade]) -> dict[str, int]:
    longest = {True: 0, False: 0}
    run, last = 0, None
    for trade in trades:
        won = trade.profit_loss > 0 or trade.is_win
        run = run + 1 if won is last else 1
        last = won
        longest[won] = max(longest[won], run)
    return {"maxConsecutiveWinningTrades": longest[True], "maxConsecutiveLosingTrades": longest[False]}


def _closed_drawdown(trades: Sequence[Trade]) -> Decimal:
    total = peak = deepest = ZERO
    for trade in trades:
        total += trade.profit_loss
        if trade.profit_loss > 0:
            peak = max(peak, total)
        else:
            deepest = min(deepest, total - peak)
    return deepest


def _intra_drawdown(trades: Sequence[Trade]) -> Decimal:
    total = peak = deepest = ZERO
    for trade in trades:
        peak = max(peak, total + trade.favorable)
        deepest = min(deepest, total + trade.adverse - peak)
        total += trade.profit_loss
    return deepest


def _drawdown_duration(trades: Sequence[Trade]) -> str:
    """Longest time between two exits at a new high of the cumulated profit, if a loser lay between."""
    total = peak = ZERO
    since: datetime | None = trades[0].entry_time if trades else None
    longest, under = timedelta(0), False
    for trade in trades:
        total += trade.profit_loss
        if trade.profit_loss <= 0:
            under = True
        elif total > peak:
            if under and since is not None:
                longest = max(longest, trade.exit_time - since)
            peak, since, under = total, trade.exit_time, False
    return duration_text(_ticks(longest))


def _deviation(trades: Sequence[Trade]) -> Decimal:
    """Sample deviation of profits, by Welford's update as LEAN's decimals do it."""
    running = _Mean()
    squares = ZERO
    for trade in trades:
        before = running.value
        running.add(trade.profit_loss)
        squares += (trade.profit_loss - before) * (trade.profit_loss - running.value)
    return cast(sqrt(float(squares / (len(trades) - 1)))) if len(trades) > 1 else ZERO


def _or_ten(above: Decimal, below: Decimal) -> Decimal:
    return above / below if below else TEN


def _mean(values: Iterable[Decimal]) -> Decimal:
    running = _Mean()
    for value in values:
        running.add(value)
    return running.value


def _mean_ticks(trades: Sequence[Trade]) -> int:
    running = _MeanDuration()
    for trade in trades:
        running.add(trade.duration)
    return running.ticks


def _median_ticks(trades: Sequence[Trade]) -> int:
    """Upper median: the element in the middle of the sorted list, never an average."""
    return sorted(_ticks(trade.duration) for trade in trades)[len(trades) // 2] if trades else 0


def _ticks(duration: timedelta) -> int:
    return (duration.days * 86_400 + duration.seconds) * TICKS + duration.microseconds * 10


def duration_text(ticks: int) -> str:
    """Print a .NET TimeSpan: "[d.]hh:mm:ss[.fffffff]"."""
    sign = "-" if ticks < 0 else ""
    seconds, fraction = divmod(abs(ticks), TICKS)
    days, seconds = divmod(seconds, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return sign + (f"{days}." if days else "") + clock + (f".{fraction:07}" if fraction else "")


def _money(values: dict[str, Decimal]) -> dict[str, str]:
    return {name: _four_digits(value) for name, value in values.items()}


def _four_digits(value: Decimal) -> str:
    return text(rounded(value, 4))


def _stamp(time: datetime) -> str:
    return time.isoformat() + "Z"
