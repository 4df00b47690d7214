"""Where the process of one account is reached: a private folder with its lock and its command socket, found from the journal's address."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alaris.domain import ConfigurationError
from alaris.journal.address import KEY, journal_file, journal_url

OWNER_ONLY_FOLDER, OWNER_ONLY_FILE = 0o700, 0o600
LONGEST_SOCKET_PATH = 100  # bytes; Linux takes 107, macOS 103
OPEN_FILES = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class Running:
    """The process that holds an account: its number and when it started, UTC."""

    process: int
    since: datetime


def control_folder(address: str) -> Path:
    """The folder of a journal's process: beside a journal file, in the user's cache for a database on a server."""
    url = journal_url(address)
    file = journal_file(url)
    if file is not None:
        return file.with_name(f"{file.name}.control")
    return Path.home() / ".cache" / "alaris" / "control" / hashlib.sha256(url.encode()).hexdigest()[:16]


def socket_path(address: str) -> Path:
    """Where the process of a journal listens for commands.

    Raises
    ------
    ConfigurationError
        The journal's path is too long for a local socket beside it, and this system knows no shorter way to it.
    """
    path = control_folder(address) / "command"
    if _is_long(path) and not OPEN_FILES.is_dir():
        raise ConfigurationError(KEY, f"its path is too long for the command socket {path}; choose a place with a shorter path")
    return path


@contextmanager
def short_name(socket: Path) -> Iterator[str]:
    """A name of a socket that fits the kernel's limit while the block runs: a long folder is named by its open descriptor."""
    if not _is_long(socket):
        yield str(socket)
        return
    folder = os.open(socket.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield str(OPEN_FILES / str(folder) / socket.name)
    finally:
        os.close(folder)


def _is_long(path: Path) -> bool:
    return len(os.fsencode(path)) > LONGEST_SOCKET_PATH


@contextmanager
def held(address: str) -> Iterator[None]:
    """Be the one process of an account while the block runs; the kernel lets go of it when the process dies, however it dies.

    Raises
    ------
    ConfigurationError
        Another process trades this account.
    """
    folder = private_folder(control_folder(address))
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            said = running(address)
            other = f"process {said.process} trades" if said else "another process trades"
            raise ConfigurationError(KEY, f"{other} this account already; stop it first, or name another journal") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"process": os.getpid(), "since": datetime.now(UTC).isoformat()}).encode())
        yield
    finally:
        os.close(descriptor)


def running(address: str) -> Running | None:
    """The process that holds an account; None where there is none, or it died."""
    try:
        descriptor = os.open(control_folder(address) / "lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _said(os.read(descriptor, 4096))
    finally:
        os.close(descriptor)
    return None


def private_folder(folder: Path) -> Path:
    """A folder that only its owner enters."""
    folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
    folder.chmod(OWNER_ONLY_FOLDER)
    return folder


def _said(content: bytes) -> Running | None:
    """What the holder wrote of itself; nothing yet in the instant between its lock and its words."""
    if not content:
        return None
    entry = json.loads(content)
    return Running(entry["process"], datetime.fromisoformat(entry["since"]))
