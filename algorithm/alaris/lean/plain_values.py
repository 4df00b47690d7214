"""Values of the domain as plain JSON and back, so that a book survives a restart."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def to_plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, times as ISO text; fields that are no part of a value are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return [to_plain(part) for part in value] if isinstance(value, tuple) else value


def from_plain(kind: type[Value], plain: Any) -> Value:
    """What `to_plain` was given.

    Raises
    ------
    KeyError, TypeError, ValueError
        The content is not such a value.
    """
    restored: Value = _restored(kind, plain)
    return restored


def _restored(kind: Any, plain: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return _one_of(get_args(kind), plain)
    if get_origin(kind) is tuple:
        return tuple(_restored(part, value) for part, value in zip(_part_kinds(get_args(kind), len(plain)), plain, strict=True))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _restored(hints[name], value) for name, value in plain.items()})  # type: ignore[operator] # a class, not a value
    if kind in (date, datetime):
        return kind.fromisoformat(plain)
    return kind(plain) if isinstance(kind, type) and (issubclass(kind, Enum) or kind is float) else plain


def _one_of(kinds: tuple[Any, ...], plain: Any) -> Any:
    """A union here is a value or None; one of plain kinds only stays as it is."""
    others = [kind for kind in kinds if kind is not type(None)]
    return plain if plain is None or len(others) > 1 else _restored(others[0], plain)


def _part_kinds(kinds: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    return (kinds[0],) * length if kinds[-1] is Ellipsis else kinds
