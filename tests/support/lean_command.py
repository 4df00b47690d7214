"""The real LEAN CLI in an environment of its own, without an account and cut off from the internet; Docker only where a test starts it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alaris.lean.workspace import lean_file

LEAN = "lean==1.0.230"
NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port: every request fails at once instead of leaving the machine


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command printed and returned."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class LeanCli:
    """The `lean` command of one environment, with a home of its own."""

    environment: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> Path:
        """The console script."""
        return self.environment / "bin" / "lean"

    def __call__(self, *words: str, folder: Path, seconds: float = 120) -> Answer:
        """Run `lean WORDS` in a folder; nothing reaches the internet."""
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
        variables = {**kept, **proxies, "HOME": str(self.home), "COLUMNS": "200", "NO_PROXY": "", **self.variables}
        return run([str(self.command), *words], folder=folder, variables=variables, seconds=seconds)


def run(command: Sequence[str], *, folder: Path, variables: Mapping[str, str] | None = None, seconds: float = 120) -> Answer:
    """Run a command to its end, both streams as one."""
    done = subprocess.run(  # noqa: S603 - no shell, our own words
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=seconds
    )
    return Answer(done.returncode, done.stdout)


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """One temporary folder for all workers of a test run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def once(folder: Path) -> Iterator[bool]:
    """True for the first worker that gets here, False for those after it; one at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / ".done"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def pip_install(environment: Path, *words: str, over: Path | None = None) -> None:
    """Install into a new environment, `over` another one if asked, or skip the test where there is no package index."""
    made = run([sys.executable, "-m", "venv", str(environment)], folder=environment.parent)
    assert made.code == 0, made.output
    if over is not None:
        (mine,), (theirs,) = (tuple((one / "lib").glob("python3.*/site-packages")) for one in (environment, over))
        (mine / "below.pth").write_text(f"{theirs}\n")
    command = [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", *words]
    installed = run(command, folder=environment.parent, seconds=400)
    if installed.code:
        pytest.skip(f"needs a package index: {' '.join(words)} could not be installed ({installed.output.strip()[-300:]})")


def install_cli(folder: Path) -> LeanCli:
    """The CLI with a modules file written by hand, as one does who has no network (lean.md A.1)."""
    cli = LeanCli(folder / "environment", folder / "home")
    with once(folder) as first:
        if first:
            pip_install(cli.environment, LEAN)
            cli.home.mkdir()
            (site,) = (cli.environment / "lib").glob("python3.*/site-packages/lean")
            (site / "modules-1.14.json").write_text(json.dumps({"modules": MODULES}))
    return cli


def build_wheel(folder: Path, repository: Path) -> Path:
    """Build our wheel once; the compiler's earlier work is used where the tree has it."""
    with once(folder) as first:
        if first:
            command = [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                ".",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "--wheel-dir",
                str(folder),
            ]
            built = run(command, folder=repository, seconds=400)
            assert built.code == 0, built.output
    (wheel,) = folder.glob("alaris-*.whl")
    return wheel


def install_as_image(folder: Path, wheel: Path) -> Path:
    """An environment with our wheel and its dependencies at the versions that LEAN's image pins."""
    environment = folder / "environment"
    with once(folder) as first:
        if first:
            if sys.version_info[:2] != (3, 11):
                pytest.skip(f"LEAN's image runs CPython 3.11, this is {sys.version_info[0]}.{sys.version_info[1]}")
            pip_install(environment, "--constraint", str(lean_file("constraints-lean.txt")), str(wheel))
    return environment


def _module(kind: Sequence[str], name: str, settings: Mapping[str, str], *, live: bool = False, id_: str = "") -> dict[str, object]:
    configurations = [{"id": key, "type": "info", "value": value} for key, value in settings.items()]
    return {
        "type": list(kind),
        "platform": ["cli"],
        "id": id_ or name,
        "display-id": name,
        "installs": False,
        "live-cash-balance-state": "optional" if live else "not-supported",
        "live-holdings-state": "optional" if live else "not-supported",
        "configurations": configurations,
    }


MODULES = (
    _module(["data-downloader"], "Local", {"data-provider": "QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider"}),
    _module(["brokerage"], "Paper Trading", {"live-mode-brokerage": "PaperBrokerage"}, live=True, id_="PaperBrokerage"),
    # the real module installs itself after a licence check online; here only its name is needed
    _module(
        ["brokerage"], "Interactive Brokers", {"live-mode-brokerage": "InteractiveBrokersBrokerage"}, id_="InteractiveBrokersBrokerage"
    ),
    _module(
        ["data-queue-handler"],
        "Interactive Brokers",
        {"data-queue-handler": '["InteractiveBrokersBrokerage"]'},
        id_="InteractiveBrokersBrokerage",
    ),
    _module(
        ["data-queue-handler"], "Custom data only", {"data-queue-handler": '["QuantConnect.Lean.Engine.DataFeeds.Queues.FakeDataQueue"]'}
    ),
)
