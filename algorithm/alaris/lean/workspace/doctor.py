"""What stands between a workspace and `lean backtest` or `lean live`: one line a check, ok or what to do. Needs no network."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shutil import which
from typing import Any

from alaris.lean.workspace.wheels import find_wheel, unfit
from alaris.lean.workspace.writing import ENGINE_IMAGE, IMAGE, PROJECT, lean_file

TESTED_CLI = "1.0.230"
PATIENCE = 15  # seconds for a command that asks a local daemon
MODULES_AGE = 24 * 3600  # the CLI refreshes its modules file when it is older
ENVIRONMENTS = ("backtesting", "live-paper", "live-interactive", "live-rehearsal")
NEEDED_DATA = ("market-hours/market-hours-database.json", "symbol-properties/symbol-properties-database.csv")
WHERE_LEAN_IS = "import importlib.metadata as m, importlib.util as u; print(m.version('lean')); print(u.find_spec('lean').origin)"


class State(StrEnum):
    """What a check found; only `MEND` stops a local backtest."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, what was seen and what to do."""

    name: str
    state: State
    text: str


@dataclass(frozen=True, slots=True)
class _Answer:
    code: int
    output: str


def examine(workspace: Path, home: Path) -> list[Check]:
    """Look at everything a LEAN run needs.

    Parameters
    ----------
    workspace : Path
        The folder of lean.json.
    home : Path
        Where the LEAN CLI keeps `.lean/credentials` and `.lean/config`.

    Returns
    -------
    list of Check
        In the order in which they bite.
    """
    docker = _docker()
    config = _lean_config(workspace)
    return [
        docker,
        _image(workspace, docker),
        *_cli(),
        _login(home),
        _workspace(workspace, config),
        *_data(workspace, config, home),
        _wheel(workspace),
        _gateway(config),
        *_live(),
    ]


def _docker() -> Check:
    if which("docker") is None:
        return Check("docker", State.MEND, "not found: install Docker (Debian: apt install docker.io); snap's Docker is refused by the CLI")
    answer = _run("docker", "version", "--format", "{{.Server.Version}}")
    if answer.code:
        return Check("docker", State.MEND, f"does not answer: start it, and let your user into group docker ({answer.output})")
    return Check("docker", State.OK, f"server {answer.output}")


def _image(workspace: Path, docker: Check) -> Check:
    name = _json(workspace / PROJECT / "config.json").get("engine-image", ENGINE_IMAGE)
    if (workspace / PROJECT / "requirements.txt").is_file():
        return Check("image", State.NOTE, "requirements.txt installs Alaris at the container's start; that needs a network")
    if docker.state is not State.OK:
        return Check("image", State.UNKNOWN, f"{name}: cannot be looked up without Docker")
    if _run("docker", "image", "inspect", "--format", "{{.Id}}", name).code:
        return Check("image", State.MEND, f"{name} is not built: docker build -t {name} {workspace / IMAGE}")
    return Check("image", State.OK, name)


def _cli() -> list[Check]:
    """Version and modules file, read without starting the CLI: it would reach for the network."""
    interpreter = _interpreter_of("lean")
    answer = None if interpreter is None else _run(interpreter, "-c", WHERE_LEAN_IS)
    if answer is None or answer.code:
        return [Check("LEAN CLI", State.MEND, f"not found: pipx install lean=={TESTED_CLI}")]
    version, origin = answer.output.splitlines()[:2]
    tested = version == TESTED_CLI
    note = "" if tested else f"; the workspace was tested with {TESTED_CLI}"
    return [Check("LEAN CLI", State.OK if tested else State.NOTE, version + note), _modules(Path(origin).parent)]


def _modules(package: Path) -> Check:
    files = sorted(package.glob("modules-*.json"))
    if not files:
        return Check(
            "modules file", State.MEND, "not downloaded: run any `lean` command once with a network, as a user who may write there"
        )
    stale = time.time() - files[-1].stat().st_mtime > MODULES_AGE
    return Check(
        "modules file", State.OK, f"{files[-1].name}, {'older than a day: refreshed when there is a network' if stale else 'fresh'}"
    )


def _login(home: Path) -> Check:
    if _json(home / ".lean" / "credentials").get("user-id"):
        return Check("login", State.OK, "credentials are stored")
    return Check("login", State.NOTE, "not logged in: enough for backtests and rehearsals; IBKR needs `lean login` and a paid tier")


def _workspace(workspace: Path, config: Mapping[str, Any]) -> Check:
    if not config:
        return Check("workspace", State.MEND, f"no usable lean.json in {workspace}: alaris lean init {workspace}")
    if not config.keys() & {"job-organization-id", "organization-id"}:
        return Check("workspace", State.MEND, 'lean.json names no organization: add "job-organization-id": "" (may be empty)')
    if not (workspace / PROJECT / "main.py").is_file():
        return Check("workspace", State.MEND, f"no {PROJECT}/main.py: alaris lean init {workspace}")
    absent = [name for name in ENVIRONMENTS if name not in config.get("environments", {})]
    if absent:
        return Check("workspace", State.NOTE, f"lean.json lacks {', '.join(absent)}; take them from {lean_file('lean.json')}")
    return Check("workspace", State.OK, str(workspace))


def _data(workspace: Path, config: Mapping[str, Any], home: Path) -> list[Check]:
    folder = workspace / str(config.get("data-folder", "data"))
    absent = [name for name in NEEDED_DATA if not (folder / name).is_file()]
    if absent:
        return [
            Check("data folder", State.MEND, f"{folder} lacks {', '.join(absent)}: link a LEAN data folder there; see `alaris data check`")
        ]
    checks = [Check("data folder", State.OK, str(folder.resolve()))]
    if _json(home / ".lean" / "config").get("database-update-frequency") != "-":
        checks.append(
            Check(
                "data updates",
                State.NOTE,
                "the CLI replaces market hours daily; to keep yours: `lean config set database-update-frequency -`",
            )
        )
    return checks


def _wheel(workspace: Path) -> Check:
    """The wheel against the image's Python and pins; a checkout's own package stands before the wheel in LEAN's path."""
    vendored = workspace / PROJECT / "alaris"
    if vendored.is_dir() and not list(vendored.glob("_core.cpython-311-*.so")):
        return Check("wheel", State.MEND, f"{vendored} hides the image's package and has no core for CPython 3.11: build it with 3.11")
    folders = (workspace / IMAGE / "wheels", workspace / PROJECT / "wheels")
    wheel = next((found for folder in folders if (found := find_wheel(folder))), None)
    if wheel is None:
        return Check("wheel", State.MEND, f"none: pip wheel . --no-deps --wheel-dir {folders[0]}, in a checkout with Python 3.11")
    faults = unfit(wheel, lean_file("constraints-lean.txt").read_text(encoding="utf-8"))
    if faults:
        return Check("wheel", State.MEND, f"{wheel.name} does not fit LEAN's image: {'; '.join(faults)}")
    return Check("wheel", State.OK, f"{wheel.name} fits the image's Python and pins")


def _gateway(config: Mapping[str, Any]) -> Check:
    host, port = str(config.get("ib-host") or "127.0.0.1"), int(config.get("ib-port") or 4002)
    with socket.socket() as probe:
        probe.settimeout(0.5)
        taken = probe.connect_ex((host, port)) == 0
    if taken:
        return Check("gateway port", State.NOTE, f"something listens on {host}:{port}; a second login of one IBKR user ends LEAN's gateway")
    return Check("gateway port", State.OK, f"{host}:{port} is free; LEAN's plugin starts its own gateway in the container")


def _live() -> list[Check]:
    checks = [
        Check(
            "market data",
            State.UNKNOWN,
            "IBKR tells subscriptions only to a session: OPRA and the share's exchange are needed, and shared with the paper user",
        )
    ]
    if platform.machine().lower() in ("arm64", "aarch64"):
        checks.append(Check("machine", State.NOTE, "the LEAN CLI refuses Interactive Brokers on ARM"))
    return checks


def _lean_config(workspace: Path) -> Mapping[str, Any]:
    return _json(workspace / "lean.json")


def _json(path: Path) -> Mapping[str, Any]:
    """A JSON object; empty where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _interpreter_of(command: str) -> str | None:
    """The Python that a console script starts; this one where the script does not say."""
    script = which(command)
    if script is None:
        return None
    with Path(script).open("rb") as file:
        first = file.readline().decode("utf-8", errors="replace").strip()
    named = first.removeprefix("#!").strip()
    return named if first.startswith("#!") and os.access(named, os.X_OK) else sys.executable


def _run(*command: str) -> _Answer:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)  # noqa: S603 - no shell, fixed words
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Answer(1, f"{type(error).__name__}")
    said = (done.stdout if done.returncode == 0 else done.stderr).strip()
    return _Answer(done.returncode, said if done.returncode == 0 else " ".join(said.split())[:120])
