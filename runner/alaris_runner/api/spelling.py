"""One spelling for two worlds: `snake_case` is the real name, LEAN's older `PascalCase` resolves to it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from alaris_runner.errors import NotSupportedByRunner


@lru_cache(maxsize=4096)
def snake_case(name: str) -> str:
    """`AddEquity` -> `add_equity`, `SMA` -> `sma`, `OnEndOfDay` -> `on_end_of_day`.

    Parameters
    ----------
    name : str
        A PascalCase name.
    """
    letters: list[str] = []
    for i, letter in enumerate(name):
        starts_word = letter.isupper() and i > 0 and (not name[i - 1].isupper() or (i + 1 < len(name) and name[i + 1].islower()))
        letters.append("_" + letter.lower() if starts_word and letters[-1] != "_" else letter.lower())
    return "".join(letters)


class PascalCase:
    """Mixin: an attribute that is not found under a PascalCase name is looked up under its snake_case name."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name[:1].isupper():
            return getattr(self, snake_case(name))
        if not name.startswith("_"):
            from alaris_runner.api.lean_missing import owner_of_missing  # noqa: PLC0415 - a list that only an unknown name needs

            owner = owner_of_missing(type(self), name)
            if owner is not None:
                raise NotSupportedByRunner(f"{owner}.{name}")
        if isinstance(getattr(type(self), name, None), property):
            return object.__getattribute__(self, name)  # the property raised: let it say again what is wrong
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
