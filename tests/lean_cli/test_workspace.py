"""`alaris lean`: init never overwrites and says what differs, doctor says what to do, compare tells two runs apart."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from product_runs import backtest
from shell import Shell, shell

from alaris.lean.workspace import State, examine


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Shell:
    return shell(capsys)


def test_init_writes_once_and_says_what_differs_after(run: Shell, small_market: Path, tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    first = run("lean", "init", str(folder), "--data-folder", str(small_market), "--json")
    assert first.code == 0
    standing = {piece["part"]: piece["standing"] for piece in json.loads(first.output)}
    assert standing.pop("image/wheels") == "missing"
    assert set(standing.values()) == {"written"}

    (folder / "algorithm" / "main.py").write_text("# the user's own\n")
    config = json.loads((folder / "lean.json").read_text())
    del config["environments"]["live-paper"]
    config["ib-trading-mode"] = "live"
    (folder / "lean.json").write_text(json.dumps(config))
    second = run("lean", "init", str(folder), "--data-folder", str(small_market), "--json")
    notes = {piece["part"]: piece["note"] for piece in json.loads(second.output) if piece["standing"] == "differs"}
    assert notes["lean.json"] == 'ib-trading-mode is "live", ours "paper"; environments.live-paper is absent'
    assert notes["algorithm/main.py"].endswith("the first is line 1")
    assert (folder / "algorithm" / "main.py").read_text() == "# the user's own\n"


def test_the_route_without_an_image_installs_the_wheel_by_its_name(run: Shell, small_market: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "alaris-9.9-cp311-cp311-manylinux_2_28_x86_64.whl"
    wheel.write_bytes(b"a wheel")
    folder = tmp_path / "workspace"
    command = ["lean", "init", str(folder), "--data-folder", str(small_market), "--wheel", str(wheel), "--requirements"]
    assert run(*command).code == 0
    # a line that the LEAN CLI keeps: PEP 508 with an absolute address inside the container (lean.md A.6)
    assert (folder / "algorithm/requirements.txt").read_text() == f"alaris @ file:///LeanCLI/wheels/{wheel.name}\n"
    assert (folder / "algorithm/wheels" / wheel.name).read_bytes() == b"a wheel"
    assert "engine-image" not in json.loads((folder / "algorithm/config.json").read_text())
    assert not (folder / "image").exists()


def test_a_checkout_becomes_a_workspace_and_keeps_its_project(
    run: Shell, small_market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("lean", "init", "--here", "--data-folder", str(small_market))
    assert answer.code == 2
    assert "no checkout" in answer.errors
    (tmp_path / "algorithm" / "alaris").mkdir(parents=True)
    (tmp_path / "algorithm" / "alaris" / "__init__.py").touch()
    assert run("lean", "init", "--here", "--data-folder", str(small_market)).code == 0
    assert not (tmp_path / "algorithm" / "main.py").exists()
    assert (tmp_path / "lean.json").is_file()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["lean", "init"], "WORKSPACE: name a folder, or --here"),
        (["lean", "init", "w", "--here"], "and not both"),
        (["lean", "init", "w", "--data-folder", "nowhere"], "--data-folder nowhere: no such folder"),
        (["lean", "init", "w", "--wheel", "none.whl"], "--wheel none.whl: no such file"),
        (["lean", "compare", "a", "b"], "must hold exactly one LEAN result, holds 0"),
    ],
)
def test_wrong_words_are_answered_with_what_to_do(
    run: Shell, words: list[str], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run(*words)
    assert answer.code == 2
    assert error in answer.errors
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_works_offline_and_says_what_to_do(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = {check.name: check for check in examine(workspace, tmp_path)}
    assert checks["docker"].state is State.MEND
    assert "apt install docker.io" in checks["docker"].text
    assert checks["image"].state is State.UNKNOWN
    assert "pipx install lean==1.0.230" in checks["LEAN CLI"].text
    assert checks["workspace"].state is State.OK
    assert checks["data folder"].state is State.OK
    assert "pip wheel" in checks["wheel"].text


def test_the_doctor_names_the_organization_key_that_the_cli_wants(workspace: Path, tmp_path: Path) -> None:
    config = json.loads((workspace / "lean.json").read_text())
    del config["job-organization-id"]
    (workspace / "lean.json").write_text(json.dumps(config))
    (check,) = (check for check in examine(workspace, tmp_path) if check.name == "workspace")
    assert (check.state, '"job-organization-id": ""' in check.text) == (State.MEND, True)


def test_compare_finds_a_changed_price_and_nothing_in_equal_runs(run: Shell, small_market: Path, tmp_path: Path) -> None:
    first = backtest(tmp_path / "a", small_market, {"start": "2017-01-25", "end": "2017-02-06"}).folder
    second = tmp_path / "b"
    shutil.copytree(first, second)
    equal = run("lean", "compare", str(first), str(second), "--json")
    assert equal.code == 0
    assert json.loads(equal.output)["equal"] is True
    assert json.loads(equal.output)["compared"]["order events"] > 0

    (events,) = second.glob("*-order-events.json")
    changed = json.loads(events.read_text())
    filled = next(number for number, event in enumerate(changed) if event["status"] == "filled")
    changed[filled]["fillPrice"] += 0.01
    events.write_text(json.dumps(changed))
    different = run("lean", "compare", str(first), str(second), "--json")
    assert different.code == 1
    (difference,) = json.loads(different.output)["differences"]
    assert difference["place"] == f"{filled + 1}: {changed[filled]['symbolValue']} filled, fillPrice"
    assert run("lean", "compare", str(first), str(second), "--tolerance", "0.02").code == 0
