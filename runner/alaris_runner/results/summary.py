"""The `statistics` block: LEAN's headline figures as printed strings, in LEAN's order."""

from __future__ import annotations

from decimal import Decimal

from .decimals import cents, double_text, percent, rounded, text
from .portfolio_statistics import PortfolioStatistics


def summary_statistics(statistics: PortfolioStatistics, total_orders: int, total_fees: float) -> dict[str, str]:
    """Print the headline figures.

    `Estimated Strategy Capacity` and `Lowest Capacity Asset` are the keys' empty values: capacity is not estimated.
    """
    return {
        "Total Orders": str(total_orders),
        "Average Win": percent(statistics.average_win_rate, 2),
        "Average Loss": percent(statistics.average_loss_rate, 2),
        "Compounding Annual Return": percent(statistics.compounding_annual_return, 3),
        "Drawdown": percent(statistics.drawdown, 3),
        "Expectancy": text(rounded(statistics.expectancy, 3)),
        "Start Equity": text(rounded(statistics.start_equity, 2)),
        "End Equity": text(rounded(statistics.end_equity, 2)),
        "Net Profit": percent(statistics.total_net_profit, 3),
        "Sharpe Ratio": _double(statistics.sharpe_ratio),
        "Sortino Ratio": _double(statistics.sortino_ratio),
        "Probabilistic Sharpe Ratio": percent(statistics.probabilistic_sharpe_ratio, 3),
        "Loss Rate": percent(statistics.loss_rate, 0),
        "Win Rate": percent(statistics.win_rate, 0),
        "Profit-Loss Ratio": text(rounded(statistics.profit_loss_ratio, 2)),
        "Alpha": _double(statistics.alpha),
        "Beta": _double(statistics.beta),
        "Annual Standard Deviation": _double(statistics.annual_standard_deviation),
        "Annual Variance": _double(statistics.annual_variance),
        "Information Ratio": _double(statistics.information_ratio),
        "Tracking Error": _double(statistics.tracking_error),
        "Treynor Ratio": _double(statistics.treynor_ratio),
        "Total Fees": f"${cents(total_fees)}",
        "Estimated Strategy Capacity": "$0",
        "Lowest Capacity Asset": "",
        "Portfolio Turnover": percent(statistics.portfolio_turnover, 2),
        "Drawdown Recovery": str(statistics.drawdown_recovery),
    }


def _double(value: Decimal) -> str:
    return double_text(float(value))
