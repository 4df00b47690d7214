"""Overloads by position that may be called by LEAN's parameter names too: `time_rules.at(hour=9, minute=31)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from alaris_runner.errors import InvalidRequest

Method = TypeVar("Method", bound=Callable[..., Any])


def named_arguments(*names: str) -> Callable[[Method], Method]:
    """Append arguments given under these names, in this order, to those given by position.

    Parameters
    ----------
    names : str
        LEAN's parameter names of all overloads, in an order that every overload keeps.
    """

    def decorate(method: Method) -> Method:
        @wraps(method)
        def call(self: object, *arguments: Any, **named: Any) -> Any:
            given = [named.pop(name) for name in names if name in named]
            if named and not named.keys() <= (method.__kwdefaults__ or {}).keys():
                raise InvalidRequest(f"{method.__name__} has no parameter {', '.join(named)}; it takes {', '.join(names)}")
            return method(self, *arguments, *given, **named)

        return cast("Method", call)

    return decorate
