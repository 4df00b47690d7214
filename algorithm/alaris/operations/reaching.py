"""Bring a person's command to whatever trades the account: our own process by its socket, LEAN by its command file or its CLI."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import which
from time import monotonic, sleep
from uuid import uuid4

from alaris.domain import ConfigurationError, InvalidInput
from alaris.operations.commands import WITHOUT_ENGINE, Answer, send_command
from alaris.operations.control import Running, running, socket_path

LEAN_SECONDS, LEAN_POLL = 15.0, 0.2
Run = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


def tell(address: str, command: str, arguments: Mapping[str, str], seconds: float = 15.0) -> Answer | None:
    """Send a command to the process of an account; None where no process trades it.

    A process that is there and does not answer gives an answer that says so: it hangs, or it is starting or ending.
    """
    process = running(address)
    if process is None:
        return None
    try:
        return send_command(socket_path(address), command, arguments, seconds=seconds)
    except (ConnectionError, TimeoutError, ValueError) as error:
        why = "no answer" if isinstance(error, TimeoutError) else str(error)
        return Answer(False, f"process {process.process} trades this account and could not be reached ({why})")


def engine_seconds(address: str) -> float | None:
    """Seconds since the engine of the running process last looked for commands; None where nothing answers."""
    answer = tell(address, WITHOUT_ENGINE, {}, seconds=3.0)
    if answer is None or not answer.done:
        return None
    return float(json.loads(answer.text)["engine_seconds"])


def has_ended(address: str, seconds: float) -> bool:
    """Whether no process holds an account any more, at the latest after some seconds."""
    deadline = monotonic() + seconds
    while running(address) is not None:
        if monotonic() > deadline:
            return False
        sleep(0.05)
    return True


def end_process(address: str, process: Running, seconds: float = 10.0) -> None:
    """Kill the process that holds an account and does not answer, and wait until it let go.

    Raises
    ------
    InvalidInput
        It still holds the account, or another one took its place.
    """
    if running(address) == process:
        os.kill(process.process, signal.SIGKILL)
    deadline = monotonic() + seconds
    while (left := running(address)) is not None:
        if left != process or monotonic() > deadline:
            raise InvalidInput("kill", f"process {left.process} holds the account; see what starts it, and stop that first")
        sleep(0.05)


def tell_lean(place: Path, action: str, arguments: Mapping[str, str], run: Run | None = None) -> Answer:
    """Send a command to an algorithm that LEAN runs.

    Parameters
    ----------
    place : Path
        The project that `lean live deploy` started (it holds main.py), or the working folder of an engine without Docker.

    Raises
    ------
    ConfigurationError
        There is no such folder, or the LEAN CLI is not installed.
    """
    if not place.is_dir():
        raise ConfigurationError("--lean", f"{place} is no folder; name the project LEAN runs, or its engine's working folder")
    content = {"$type": "", "action": action, **arguments}
    return _by_cli(place, content, run or _run) if (place / "main.py").is_file() else _by_file(place, content)


def _by_cli(project: Path, content: Mapping[str, str], run: Run) -> Answer:
    if run is _run and which("lean") is None:
        raise ConfigurationError("--lean", "the LEAN CLI is not installed; pip install 'alaris[lean]'")
    done = run(["lean", "live", "command", str(project), "--data", repr(dict(content))])  # the CLI reads a Python literal
    said = (done.stdout + done.stderr).strip()
    return Answer(done.returncode == 0, said.splitlines()[-1] if said else f"lean live command ended with {done.returncode}")


def _by_file(folder: Path, content: Mapping[str, str]) -> Answer:
    """A file that the engine takes within a second, and the answer it leaves beside it."""
    number = uuid4().hex
    written = folder / f".alaris-{number}"
    written.write_text(json.dumps({"Id": number, **content}), encoding="utf-8")
    written.rename(folder / f"command-{number}.json")  # whole or not at all: the engine looks all the time
    answer, deadline = folder / f"result-command-{number}.json", monotonic() + LEAN_SECONDS
    while monotonic() < deadline:
        if answer.is_file() and (text := answer.read_text(encoding="utf-8")):
            answer.unlink()
            return Answer(_succeeded(text), "LEAN's algorithm answered; what it did is in its log")
        sleep(LEAN_POLL)
    taken = not (folder / f"command-{number}.json").exists()
    (folder / f"command-{number}.json").unlink(missing_ok=True)
    return Answer(False, "the engine took the command and did not answer" if taken else "no engine took the command; it was withdrawn")


def _succeeded(text: str) -> bool:
    entry = {str(name).lower(): value for name, value in json.loads(text).items()}
    return bool(entry.get("success"))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - the LEAN CLI, our own words
