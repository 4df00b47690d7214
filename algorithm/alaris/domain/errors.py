"""The error tree: each class has one meaning and one person who acts.

AlarisError
├── InvalidInput         a caller passed a value that the function cannot use      the caller mends the call
├── ConfigurationError   a setting, parameter or profile is unknown or out of range  the user mends the setting
├── DataError            a file or reply cannot be used as it stands                 the operator mends the data
├── ProviderError        a source of data did not answer, or refused                 retry later, or use another source
├── PluginError          a plugin could not be loaded, or broke the hook contract    the plugin's author
└── JournalError         the audit trail could not be written or does not verify     stop trading; restore the journal
"""

from __future__ import annotations

from pathlib import Path


class AlarisError(Exception):
    """Whatever Alaris refuses to do, and why."""


class InvalidInput(AlarisError, ValueError):
    """A value passed to a function cannot be used; `field` names the argument."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class ConfigurationError(AlarisError):
    """A setting is unknown, of the wrong type or out of its range; `key` is its dotted name."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class DataError(AlarisError):
    """A file cannot be used as it stands; the message names file, place and remedy."""

    def __init__(self, path: Path | str, message: str, *, line: int | None = None) -> None:
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {message}")
        self.path = Path(path)
        self.line = line


class ProviderError(AlarisError):
    """A source of data did not answer, or refused; `provider` names it."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider


class PluginError(AlarisError):
    """A plugin could not be loaded, or broke the contract of a hook; `plugin` names it."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin}: {message}")
        self.plugin = plugin


class JournalError(AlarisError):
    """The audit trail could not be written, or does not verify."""
