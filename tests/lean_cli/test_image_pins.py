"""The wheel beside the packages that LEAN's image pins: it resolves, changes none of them, and every module imports."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lean_command import run

from alaris.lean.workspace import lean_file
from alaris.lean.workspace.wheels import unfit

IMPORT_ALL = """
import importlib, importlib.metadata, json, pkgutil, sys
import numpy, pandas, pluggy
from alaris_runner import AlgorithmImports
imported, failed, absent = 0, {}, set()
sys.modules["AlgorithmImports"] = AlgorithmImports.build()
for name in ("alaris", "alaris_runner", "alaris_plugins"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if module.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(module.name)
            imported += 1
        except ModuleNotFoundError as error:
            absent.add(error.name.partition(".")[0])
        except Exception as error:
            failed[module.name] = repr(error)
extras = [line for line in importlib.metadata.requires("alaris") if "extra ==" in line]
versions = {"numpy": numpy.__version__, "pandas": pandas.__version__, "pluggy": pluggy.__version__}
print(json.dumps({"imported": imported, "failed": failed, "absent": sorted(absent), "extras": extras, "versions": versions}))
"""


def test_every_module_imports_under_the_images_numpy_and_pandas(image_python: Path, tmp_path: Path) -> None:
    answer = run([str(image_python / "bin" / "python"), "-W", "error", "-c", IMPORT_ALL], folder=tmp_path)
    assert answer.code == 0, answer.output
    seen = json.loads(answer.output.splitlines()[-1])
    assert seen["failed"] == {}
    optional = {re.match(r"[\w.-]+", line).group().lower() for line in seen["extras"] if "dev" not in line}  # type: ignore[union-attr] # each line starts with a name
    assert set(seen["absent"]) <= optional
    assert seen["imported"] > 150
    assert seen["versions"]["numpy"] == "1.26.4"  # DockerfileLeanFoundation of 2026-08-21 (models.md 3.1)
    assert seen["versions"]["pandas"] == "2.3.3"
    assert tuple(map(int, seen["versions"]["pluggy"].split(".")[:2])) >= (1, 5)  # Miniconda's own copy may be older: pip must raise it


def test_the_environment_is_consistent(image_python: Path, tmp_path: Path) -> None:
    answer = run([str(image_python / "bin" / "pip"), "check"], folder=tmp_path)
    assert answer.code == 0, answer.output


def test_every_extra_resolves_beside_the_images_pins(image_python: Path, wheel: Path, tmp_path: Path) -> None:
    wanted = f"alaris[data,journal,postgresql,dask,ibkr] @ {wheel.as_uri()}"
    command = ["install", "--dry-run", "--quiet", "--only-binary", ":all:", "--constraint", str(lean_file("constraints-lean.txt")), wanted]
    answer = run([str(image_python / "bin" / "pip"), *command], folder=tmp_path, seconds=200)
    assert answer.code == 0, answer.output


def test_the_wheel_carries_what_a_workspace_needs(image_python: Path, tmp_path: Path) -> None:
    answer = run(
        [str(image_python / "bin" / "alaris"), "lean", "init", "workspace", "--data-folder", str(tmp_path), "--json"], folder=tmp_path
    )
    assert answer.code == 0, answer.output
    parts = {piece["part"]: piece["standing"] for piece in json.loads(answer.output)}
    assert {name for name, standing in parts.items() if standing == "written"} >= {"lean.json", "algorithm/main.py", "image/Dockerfile"}


def test_the_doctor_sees_that_the_wheel_fits(wheel: Path) -> None:
    faults = unfit(wheel, lean_file("constraints-lean.txt").read_text())
    assert [fault for fault in faults if "glibc" not in fault] == []


def test_a_wheel_that_does_not_fit_is_told_why(tmp_path: Path, wheel: Path) -> None:
    import shutil

    other = tmp_path / "alaris-0.1.0-cp313-cp313-win_amd64.whl"
    shutil.copy(wheel, other)
    assert unfit(other, "numpy==2.9\npandas==1.5.3\nnumpy-financial==1") == [
        "it is built for cp313, the image runs CPython 3.11",
        "it is built for win_amd64, the image is Linux",
        "it wants pandas<3,>=2.2, the image has 1.5.3",
    ]
