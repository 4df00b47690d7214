"""What `from AlgorithmImports import *` gives an algorithm outside LEAN; `pd`, `np` and `plt` are imported when first used."""  # noqa: N999 - LEAN's name of the module

from __future__ import annotations

import json
import math
import os
import sys
import typing
from datetime import date, datetime, time, timedelta
from importlib import import_module
from types import ModuleType
from typing import Any

from alaris_runner.api.spelling import PascalCase
from alaris_runner.engine.engine import current_engine

_SOURCES = (
    "alaris_runner.api.enums",
    "alaris_runner.api.symbols",
    "alaris_runner.api.bars",
    "alaris_runner.api.slices",
    "alaris_runner.api.chains",
    "alaris_runner.api.option_chains",
    "alaris_runner.api.greeks",
    "alaris_runner.api.option_universe",
    "alaris_runner.api.universes",
    "alaris_runner.api.securities",
    "alaris_runner.api.security_initializers",
    "alaris_runner.api.python_data",
    "alaris_runner.api.schedule",
    "alaris_runner.api.consolidators",
    "alaris_runner.api.indicators",
    "alaris_runner.api.indicator_averages",
    "alaris_runner.api.indicator_ranges",
    "alaris_runner.api.indicator_trends",
    "alaris_runner.api.indicator_windows",
    "alaris_runner.api.fields",
    "alaris_runner.api.charts",
    "alaris_runner.api.color",
    "alaris_runner.api.order_enums",
    "alaris_runner.api.orders",
    "alaris_runner.api.order_events",
    "alaris_runner.api.order_tickets",
    "alaris_runner.api.time_in_force",
    "alaris_runner.api.portfolio",
    "alaris_runner.api.brokerage_models",
    "alaris_runner.api.option_strategies",
    "alaris_runner.api.algorithm",
    "alaris_runner.api.quant_book",
)
_PRIVATE_TO_US = {
    "FunctionUniverse",
    "PascalCase",
    "Comparable",
    "LeanEnum",
    "ChartBook",
    "Contract",
    "TypedHistory",
    "ChainMoment",
    "ContractSource",
    "FixedSource",
}


class LazyModule(ModuleType):
    """A name for a module that is imported when an attribute of it is first asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


class Globals(PascalCase):
    """Folders of the run that is going on."""

    @property
    def data_folder(self) -> str:
        """The data folder."""
        return str(current_engine.get().run_settings.data_folder)

    @property
    def results_destination_folder(self) -> str:
        """Where the result files go."""
        return str(current_engine.get().run_settings.output)


def build() -> ModuleType:
    """Module `AlgorithmImports`."""
    module = ModuleType("AlgorithmImports", __doc__)
    names: dict[str, Any] = {name: getattr(typing, name) for name in typing.__all__}
    names |= {"json": json, "math": math, "os": os, "sys": sys}
    names |= {"date": date, "datetime": datetime, "time": time, "timedelta": timedelta}
    for source in _SOURCES:
        members = vars(import_module(source))
        shown = members.get("__all__", ())  # what a module passes on from elsewhere
        for name, value in members.items():
            own = getattr(value, "__module__", None) == source or name in shown
            if own and name[:1].isupper() and name not in _PRIVATE_TO_US:
                names[name] = value
    names |= {"pd": LazyModule("pandas"), "np": LazyModule("numpy"), "plt": LazyModule("matplotlib.pyplot"), "Globals": Globals()}
    names["QCAlgorithmFramework"] = names["QCAlgorithmFrameworkBridge"] = names["QCAlgorithm"]
    vars(module).update(names)
    vars(module)["__all__"] = list(names)
    return module
