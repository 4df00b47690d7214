"""Where a journal stands: a file of SQLite for one account, or a PostgreSQL database by its URL. A password never stands in it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from alaris.domain import ConfigurationError

KEY = "sources.journal_url"
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


def journal_url(address: str) -> str:
    """The SQLAlchemy URL of a journal.

    Parameters
    ----------
    address : str
        A path (``journals/DU123.db``), ``sqlite:///path`` or ``postgresql://user@host/database``.

    Raises
    ------
    ConfigurationError
        The address is empty, of another kind of database, or carries a password: settings are written into every run's folder.
        The message does not repeat the address.
    """
    if not address.strip():
        raise ConfigurationError(KEY, "names no journal; give a path such as journals/DU123.db, or --url")
    if "://" not in address:
        return f"sqlite:///{Path(address).expanduser().absolute()}"
    kind, _, rest = address.partition("://")
    if kind not in DRIVERS:
        raise ConfigurationError(KEY, f"is of kind {kind!r}; a journal is a file, sqlite:/// or postgresql://")
    if _has_password(address):
        raise ConfigurationError(KEY, "carries a password; leave it out and use PGPASSFILE, ~/.pgpass or PGPASSWORD")
    return f"{DRIVERS[kind]}://{rest}"


def journal_file(url: str) -> Path | None:
    """The file of a SQLite journal; None for a server."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _has_password(address: str) -> bool:
    parts = urlsplit(address)
    user = parts.netloc.rpartition("@")[0]
    return ":" in user or any("password" in name.lower() for name, _ in parse_qsl(parts.query))
