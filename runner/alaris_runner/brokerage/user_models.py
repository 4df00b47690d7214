"""A user's own models: found under either spelling, and refused where they override what the runner does not call."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alaris_runner.api.spelling import snake_case
from alaris_runner.errors import NotSupportedByRunner


def ask(model: object, name: str, *arguments: Any) -> Any:
    """Call a model's method by its snake_case name, or by the PascalCase name its class was written with.

    Raises
    ------
    NotSupportedByRunner
        If the model has no such method.
    """
    pascal = pascal_case(name)
    method = getattr(model, pascal if hasattr(type(model), pascal) else name, None)
    if method is None:
        raise NotSupportedByRunner(
            f"{type(model).__name__} without {name}", f"Give the model a method {name}, or derive it from LEAN's base class."
        )
    return method(*arguments)


@lru_cache(maxsize=256)
def pascal_case(name: str) -> str:
    """LEAN's older spelling: get_order_fee is GetOrderFee."""
    return "".join(word.capitalize() for word in name.split("_"))


def refuse_overrides(cls: type, unsupported: frozenset[str], advice: str) -> None:
    """Say at class creation that an override would never be called.

    Raises
    ------
    NotSupportedByRunner
        If the class defines one of the names.
    """
    for name in vars(cls):
        if snake_case(name) in unsupported:
            raise NotSupportedByRunner(f"{cls.__name__}.{name}", advice)
