"""The LEAN CLI accepts our workspace as it stands: every command that needs no container, and what it would tell Docker."""

from __future__ import annotations

import json
from pathlib import Path

from lean_command import LeanCli

SHOW_CONFIG = """
import json, sys
from pathlib import Path
from lean.container import container
container.initialize()
manager = container.lean_config_manager
algorithm = container.project_manager.find_algorithm_file(Path("algorithm"))
print(json.dumps(manager.get_complete_lean_config(sys.argv[1], algorithm, None)))
"""


def test_every_command_starts_without_an_account_or_a_network(lean: LeanCli, workspace: Path) -> None:
    for words in (["--version"], ["backtest", "--help"], ["live", "deploy", "--help"], ["whoami"]):
        answer = lean(*words, folder=workspace)
        assert answer.code == 0, f"{words}: {answer.output}"
    assert "1.0.230" in lean("--version", folder=workspace).output


def test_a_project_of_the_workspace_is_found_and_its_logs_read(lean: LeanCli, workspace: Path) -> None:
    results = workspace / "algorithm" / "backtests" / "2026-01-02_03-04-05"
    results.mkdir(parents=True)
    (results / "log.txt").write_text("TRACE:: the engine's own words\n")
    (results / "config").write_text("{}")
    answer = lean("logs", "--backtest", "--project", "algorithm", folder=workspace)
    assert answer.code == 0, answer.output
    assert "the engine's own words" in answer.output


def test_the_engine_gets_our_environments_and_parameters(lean: LeanCli, workspace: Path) -> None:
    script = workspace / "show_config.py"
    script.write_text(SHOW_CONFIG)
    python = LeanCli(lean.environment, lean.home)
    for environment in ("backtesting", "live-paper", "live-interactive", "live-rehearsal"):
        config = json.loads(_python(python, script, environment, workspace))
        assert config["environment"] == environment
        assert config["algorithm-location"] == "/LeanCLI/main.py"
        assert config["algorithm-language"] == "Python"
        assert config["parameters"]["preset"] == "eve"
        assert config["environments"][environment]["live-mode"] is (environment != "backtesting")
    assert config["ib-port"] == "4002"  # IBKR's paper gateway


def test_a_backtest_without_docker_stops_at_docker_and_nowhere_earlier(lean: LeanCli, workspace: Path) -> None:
    unreachable = LeanCli(lean.environment, lean.home, {"DOCKER_HOST": f"unix://{workspace}/no-daemon"})
    answer = unreachable("backtest", "algorithm", "--no-update", folder=workspace)
    assert answer.code == 1
    assert "Docker is running" in answer.output or "docker" in answer.output.lower(), answer.output


def test_a_new_project_stands_beside_ours(lean: LeanCli, workspace: Path) -> None:
    answer = lean("create-project", "second", "--language", "python", folder=workspace)
    assert answer.code == 0, answer.output
    assert (workspace / "second" / "main.py").is_file()


def test_the_cli_rewrites_lean_json_and_a_second_init_still_knows_it(lean: LeanCli, workspace: Path, small_market: Path) -> None:
    from alaris.lean.workspace import Standing, write_workspace

    path = workspace / "lean.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "id": "Local", "file-database-last-update": "2026-01-02"}))
    pieces = {piece.path.name: piece for piece in write_workspace(workspace, small_market, wheel=None)}
    assert pieces["lean.json"].standing is Standing.SAME


def _python(cli: LeanCli, script: Path, argument: str, folder: Path) -> str:
    from lean_command import run

    answer = run([str(cli.environment / "bin" / "python"), str(script), argument], folder=folder, variables={"HOME": str(cli.home)})
    assert answer.code == 0, answer.output
    return answer.output.splitlines()[-1]
