"""Every setting in one row, for people: its value, its default, what is allowed, and why it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from alaris.settings.model import Settings

SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting: dotted name, value, default, allowed range or choices, and its unit and reason."""

    name: str
    value: str
    default: str
    allowed: str
    description: str

    @property
    def changed(self) -> bool:
        """Whether the value is not the default."""
        return self.value != self.default


@dataclass(frozen=True, slots=True)
class SettingSection:
    """A group of settings under its title."""

    name: str
    title: str
    rows: tuple[SettingRow, ...]


def setting_sections(values: Mapping[str, Any] | None = None) -> tuple[SettingSection, ...]:
    """All settings by section, in the model's order.

    Parameters
    ----------
    values : mapping, optional
        A dump of the settings of some run; a name that it lacks shows its default. None means all defaults.
    """
    values = Settings().model_dump(mode="json") if values is None else values
    run = SettingSection("", "The run", tuple(_rows(Settings, values)))
    return (run, *(SettingSection(name, _title(group), tuple(_rows(group, values.get(name, {}), name))) for name, group in _groups()))


def _groups() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def _rows(model: type[BaseModel], values: Mapping[str, Any], section: str = "") -> Iterator[SettingRow]:
    for name, field in model.model_fields.items():
        if not isinstance(field.default, BaseModel):
            default = _text(field.default)
            value = _text(values[name]) if name in values else default
            yield SettingRow(f"{section}.{name}" if section else name, value, default, _allowed(field), field.description or "")


def _title(group: type[BaseModel]) -> str:
    return (group.__doc__ or group.__name__).split("\n")[0].rstrip(".")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:,.10g}".replace(",", "_")
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _allowed(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {_text(getattr(rule, name))}"
        for rule in field.metadata
        for name, sign in SIGNS.items()
        if getattr(rule, name, None) is not None
    ]
    if bounds:
        return ", ".join(bounds)
    if field.annotation is bool:
        return "true, false"
    return ", ".join(map(str, get_args(field.annotation))) if field.annotation and "Literal" in str(field.annotation) else ""
