"""Where settings come from, the later over the earlier: defaults, profile, TOML file, environment, parameters."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from alaris.domain.errors import ConfigurationError
from alaris.settings.model import Settings
from alaris.settings.profiles import PROFILES

PREFIX = "ALARIS_"


def load_settings(
    parameters: Mapping[str, str] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Merge all sources into one frozen model.

    Parameters
    ----------
    parameters : mapping
        Dotted names to text, e.g. ``{"universe.minimum_price": "10"}``.
    file : Path, optional
        A TOML file whose tables are the sections.
    environment : mapping, optional
        Variables ``ALARIS_SECTION__FIELD``; others are not looked at.

    Raises
    ------
    ConfigurationError
        A key is unknown (the nearest known one is named) or a value is out of range.
    """
    stated: dict[str, Any] = {}
    for dotted, value in (*_of_file(file), *_of_environment(environment or {}), *(parameters or {}).items()):
        _put(stated, dotted, value)
    profile = stated.get("profile", "backtest")
    if profile not in PROFILES:
        raise ConfigurationError("profile", f"expected one of {', '.join(PROFILES)}, was {profile!r}")
    return _validated(_merged(PROFILES[profile], stated))


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Dotted names of all settings."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from known_keys(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def nearest(key: str) -> str | None:
    """The known setting whose name is most like `key`."""
    close = difflib.get_close_matches(key, list(known_keys()), n=1, cutoff=0.5)
    return close[0] if close else None


def _of_file(file: Path | None) -> Iterator[tuple[str, Any]]:
    if file is None:
        return iter(())
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(str(file), f"cannot be read as TOML ({error})") from error
    return _flattened(content)


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(environment.items()):
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX).lower().replace("__", "."), value


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    if dotted not in set(known_keys()):
        hint = nearest(dotted)
        raise ConfigurationError(dotted, "is not a setting" + (f"; did you mean {hint}?" if hint else "; see `alaris settings show`"))
    *sections, name = dotted.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[name] = value


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(under)
    for name, value in over.items():
        result[name] = _merged(result.get(name, {}), value) if isinstance(value, Mapping) else value
    return result


def _validated(values: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(key, f"{first['msg']}, was {first['input']!r}") from error
