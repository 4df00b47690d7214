"""A user's first hour with the real LEAN CLI and Docker. THE ENGINE INSIDE THE IMAGE IS OURS: `stand_in_engine.py`, not LEAN.

Proven here: workspace, image, mounts, configuration, result files, commands. Not proven here: what the real image does with them.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker_engine import BASE, Docker, docker_daemon, import_base_image
from lean_command import Answer, LeanCli, run
from stand_in_engine import SAID

from alaris.cli import main
from alaris.lean.workspace import ENGINE_IMAGE, compare_runs, examine, write_workspace

PERIOD = {"start": "2017-01-03", "end": "2017-02-28"}
STATED = [word for name, value in PERIOD.items() for word in ("--parameter", name, value)]


@dataclass(frozen=True, slots=True)
class Session:
    """One user: a workspace, the CLI, a daemon."""

    workspace: Path
    lean: LeanCli
    docker: Docker

    def run(self, *words: str) -> Answer:
        """Run `lean WORDS` in the workspace; it must succeed."""
        answer = self.lean(*words, folder=self.workspace, seconds=200)
        assert answer.code == 0, f"lean {' '.join(words)}\n{answer.output}"
        return answer


def test_a_users_first_hour(
    lean: LeanCli,
    image_python: Path,
    wheel: Path,
    small_market: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = tmp_path / "workspace"
    write_workspace(workspace, small_market, wheel=wheel)
    with docker_daemon(tmp_path_factory.mktemp("docker") / "daemon") as docker:
        session = Session(workspace, LeanCli(lean.environment, lean.home, docker.variables), docker)
        for name, value in {**docker.variables, "PATH": f"{lean.environment / 'bin'}:/usr/local/bin:/usr/bin:/bin"}.items():
            monkeypatch.setenv(name, value)
        _build_the_image(session, image_python, tmp_path)
        ours = _ours(image_python, small_market, tmp_path / "ours")
        theirs = _backtest(session)
        outcome = compare_runs(ours, theirs)
        assert outcome.equal, outcome.differences[:5]
        assert outcome.compared["order events"] > 0
        _report(session, theirs)
        _optimize(session)
        _research(session)
        _live(session)
        _rehearse(session)
        _deploy_with_ibkr(session)


def _ours(environment: Path, data: Path, output: Path) -> Path:
    """The same backtest without Docker and without the CLI, by the same wheel."""
    command = [str(environment / "bin" / "alaris"), "backtest", "--data-folder", str(data), "--output", str(output), *STATED]
    answer = run(command, folder=data, variables={"HOME": str(output.parent)})
    assert answer.code == 0, answer.output
    return output


def _build_the_image(session: Session, image_python: Path, scratch: Path) -> None:
    """As WORKSPACE.md says, on a base without Alaris; the doctor asks for it before and is content after."""
    import_base_image(session.docker, image_python, scratch)
    missing = session.docker("run", "--rm", "--network", "none", BASE, "python", "-c", "import alaris")
    assert "No module named 'alaris'" in missing.output
    assert _doctor(session)["image"] == "mend"
    command = ("build", "--network", "none", "--build-arg", f"BASE={BASE}", "-t", ENGINE_IMAGE, "image")
    built = session.docker(*command, folder=session.workspace)
    assert built.code == 0, built.output
    states = _doctor(session)
    needed = ("docker", "image", "LEAN CLI", "modules file", "workspace", "data folder")
    assert {name: states[name] for name in needed} == dict.fromkeys(needed, "ok")


def _doctor(session: Session) -> dict[str, str]:
    return {check.name: check.state.value for check in examine(session.workspace, session.lean.home)}


def _backtest(session: Session) -> Path:
    """`lean backtest algorithm`: the project's config.json names the image."""
    answer = session.run("backtest", "algorithm", *STATED)
    assert SAID in answer.output
    (folder,) = (session.workspace / "algorithm" / "backtests").iterdir()
    config = json.loads((folder / "config-seen.json").read_text())
    assert config["environment"] == "backtesting"
    assert config["parameters"] == PERIOD
    assert (config["data-folder"], config["results-destination-folder"]) == ("/Lean/Data", "/Results")
    assert "Completed" in session.run("logs", "--backtest").output
    return folder


def _report(session: Session, folder: Path) -> None:
    """Our page from LEAN's folder, and LEAN's own report from the same result."""
    with pytest.raises(SystemExit) as left:
        main(["report", str(folder)])
    assert left.value.code == 0
    assert (folder / "report.html").stat().st_size > 10_000
    (summary,) = folder.glob("*-summary.json")
    result = summary.with_name(summary.name.replace("-summary", ""))
    session.run("report", "--backtest-results", str(result), "--report-destination", "lean-report.html", "--image", ENGINE_IMAGE)
    assert "trades" in (session.workspace / "lean-report.html").read_text()


def _optimize(session: Session) -> None:
    """A grid over one of our settings, by its dotted name."""
    command = ["optimize", "algorithm", "--strategy", "Grid Search", "--target", "Sharpe Ratio", "--target-direction", "max"]
    answer = session.run(*command, "--parameter", "structure.back_days", "14", "21", "7")
    assert "Successfully optimized" in answer.output, answer.output
    (folder,) = (session.workspace / "algorithm" / "optimizations").iterdir()
    assert sorted(point.name for point in folder.glob("point-*")) == ["point-1", "point-2"]


def _research(session: Session) -> None:
    """Up to the start of the notebook server, with our notebook where the server looks."""
    answer = session.run("research", "algorithm", "--image", ENGINE_IMAGE, "--no-open", "--no-update", "--port", "18888")
    assert "research.ipynb" in answer.output, answer.output


def _live(session: Session) -> None:
    """Deploy, command, stop: paper by the CLI's options, and our rehearsal by its environment."""
    feed = ("--brokerage", "Paper Trading", "--data-provider-live", "Custom data only", "--live-cash-balance", "USD:100000")
    session.run("live", "deploy", "algorithm", *feed, "--detach", "--image", ENGINE_IMAGE)
    (folder,) = (session.workspace / "algorithm" / "live").iterdir()
    config = _live_config(folder)
    environment: dict[str, Any] = config["environments"][config["environment"]]
    assert environment["live-mode"] is True
    assert environment["live-mode-brokerage"] == "PaperBrokerage"
    command = {"action": "halt", "why": "a test", "$type": ""}
    answered = session.run("live", "command", "algorithm", "--data", repr(command))
    assert "success" in answered.output.lower(), answered.output
    assert "halt" in session.run("logs", "--live").output  # what reaches on_command in LEAN
    session.run("live", "stop", "algorithm")


def _rehearse(session: Session) -> None:
    """The live path on the engine's own invented prices: our environment, by the one option that reaches it without a licence."""
    folder = session.workspace / "algorithm" / "live" / "rehearsal"
    stated = ("--extra-config", "environment", "live-rehearsal", "--output", str(folder))
    session.run("backtest", "algorithm", *stated, "--detach")
    config = _live_config(folder)
    environment = config["environments"][config["environment"]]
    assert environment["live-mode"] is True
    assert environment["data-queue-handler"] == ["QuantConnect.Lean.Engine.DataFeeds.Queues.FakeDataQueue"]
    name = json.loads((folder / "config").read_text())["container"]
    stopped = session.docker("stop", "--time", "10", name)
    assert stopped.code == 0, stopped.output


def _deploy_with_ibkr(session: Session) -> None:
    """Both of our IBKR environments get through the CLI's deployment; the gateway and the licence behind them are not here."""
    for name, brokerage in (("live-paper", "PaperBrokerage"), ("live-interactive", "InteractiveBrokersBrokerage")):
        folder = session.workspace / "algorithm" / "live" / name
        session.run("live", "deploy", "algorithm", "--environment", name, "--output", str(folder), "--detach")
        config = _live_config(folder)
        assert config["environment"] == name
        environment = config["environments"][name]
        assert environment["live-mode-brokerage"] == brokerage
        assert environment["data-queue-handler"] == ["InteractiveBrokersBrokerage"]
        container = json.loads((folder / "config").read_text())["container"]
        assert session.docker("stop", "--time", "10", container).code == 0


def _live_config(folder: Path) -> dict[str, Any]:
    """The engine's configuration as it arrived in the container."""
    seen = folder / "config-seen.json"
    deadline = time.monotonic() + 30
    while not seen.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    content: dict[str, Any] = json.loads(seen.read_text())
    return content
