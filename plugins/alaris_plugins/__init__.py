"""Alaris's own plugins: each registers as a stranger's would, by a factory that takes the settings."""

from collections.abc import Mapping
from types import MappingProxyType

# The same names and factories as the entry points of pyproject.toml (a test compares them), for where pip never ran. Order of calling.
FIRST_PARTY: Mapping[str, str] = MappingProxyType(
    {
        "calendar_csv": "alaris_plugins.calendar_csv:plugin",
        "bars_csv": "alaris_plugins.bars_csv:plugin",
        "dividends_csv": "alaris_plugins.dividends_csv:plugin",
        "DTqc001A": "alaris_plugins.price_check:plugin",
        "DTqc002A": "alaris_plugins.arbitrage_check:plugin",
        "DTqc003A": "alaris_plugins.volume_check:plugin",
        "DTqc004A": "alaris_plugins.earnings_check:plugin",
        "STCS006A": "alaris_plugins.cost_survival:plugin",
        "STHD001A": "alaris_plugins.vega_independence:plugin",
        "STCS008A": "alaris_plugins.liquidity:plugin",
        "STHD003A": "alaris_plugins.gamma_risk:plugin",
        "kelly": "alaris_plugins.kelly:plugin",
        "journal_jsonl": "alaris_plugins.journal_jsonl:plugin",
        "journal_sql": "alaris_plugins.journal_sql:plugin",
    }
)

# Asked over the network, and only where `web.providers` names them.
PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "polygon": "alaris_plugins.polygon:plugin",
        "fmp": "alaris_plugins.fmp:plugin",
        "nasdaq": "alaris_plugins.nasdaq:plugin",
        "eodhd": "alaris_plugins.eodhd:plugin",
        "alpha_vantage": "alaris_plugins.alpha_vantage:plugin",
        "treasury": "alaris_plugins.treasury:plugin",
        "fred": "alaris_plugins.fred:plugin",
        "cboe": "alaris_plugins.cboe:plugin",
        "ibkr": "alaris_plugins.ibkr:plugin",
    }
)
