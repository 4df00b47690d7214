"""A journal in a temporary file, and a PostgreSQL server where Debian's package stands."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alaris.journal.store import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal of one account."""
    with Journal(str(tmp_path / "DU123.db"), environment={}) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real server, started for the session on a socket in a temporary folder."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name))
    if programs is None:
        pytest.skip("needs Debian's package postgresql, which is not installed")
    folder = Path("/tmp") / f"alaris-postgresql-{os.getpid()}"  # noqa: S108 - a socket's path must be short
    folder.mkdir(mode=0o700)
    user = _server_user(folder)
    data = folder / "data"
    _run([*user, str(programs / "initdb"), "--auth=trust", "--username=alaris", "--no-sync", "-D", str(data)])
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    _run([*user, str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start"])
    try:
        yield f"postgresql://alaris@/postgres?host={folder}"
    finally:
        _run([*user, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
        shutil.rmtree(folder)


def _server_user(folder: Path) -> list[str]:
    """The server refuses to run as root; Debian's package made a user for it."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 - the server's own programs
    if done.returncode:
        raise RuntimeError(f"{command[-1]}: {done.stderr or done.stdout}")
