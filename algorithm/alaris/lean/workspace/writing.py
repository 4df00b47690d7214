"""Write a workspace that the LEAN CLI accepts as it stands; never overwrite, and say what differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

import alaris
from alaris.domain.errors import DataError
from alaris.lean.project import algorithm_file
from alaris.records.files import write_text

ENGINE_IMAGE = "alaris-lean"
PROJECT, IMAGE, DATA, STORAGE = "algorithm", "image", "data", "storage"


class Standing(StrEnum):
    """How a part of the workspace stands after `write_workspace`."""

    WRITTEN = "written"
    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a workspace: its path, how it stands, and what differs or is to be done."""

    path: Path
    standing: Standing
    note: str = ""


def lean_file(name: str) -> Path:
    """A file of `lean-config/`, in a checkout or installed with the package.

    Raises
    ------
    DataError
        Neither place holds it: the installation is broken.
    """
    package = Path(alaris.__file__).parent
    installed, checkout = package / "lean" / "lean-config" / name, package.parent.parent / "lean-config" / name
    for file in (installed, checkout):
        if file.is_file():
            return file
    raise DataError(installed, "is missing; install the package again")


def write_workspace(folder: Path, data: Path, *, wheel: Path | None, requirements: bool = False) -> list[Piece]:
    """Write what `folder` lacks of a LEAN workspace.

    Parameters
    ----------
    folder : Path
        Made where absent. Where it is a checkout of Alaris, its own `algorithm/` is the project and stays as it is.
    data : Path
        A LEAN data folder; the workspace gets a link to it, and the CLI mounts what the link points to.
    wheel : Path, optional
        Our wheel for the image's Python, copied to where the Dockerfile or the requirements look for it.
    requirements : bool
        Install by `requirements.txt` at the container's start instead of by an image of one's own.

    Returns
    -------
    list of Piece
        Every part, in the order it was looked at; nothing that existed was changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = _texts(folder, wheel, requirements=requirements)
    pieces = [_text_piece(folder / name, text) for name, text in texts.items()]
    pieces.append(_link_piece(folder / DATA, data))
    pieces.append(_folder_piece(folder / STORAGE))
    pieces.append(_wheel_piece(folder / (PROJECT if requirements else IMAGE) / "wheels", wheel))
    return pieces


def _texts(folder: Path, wheel: Path | None, *, requirements: bool) -> dict[str, str]:
    """Every text file of a workspace by its path in it."""
    texts = {"lean.json": _read("lean.json"), "WORKSPACE.md": _read("workspace.md")}
    if not requirements:
        texts |= {f"{IMAGE}/{name}": _read(name) for name in ("Dockerfile", "constraints-lean.txt")}
    if not (folder / PROJECT / "alaris").is_dir():
        texts |= _project_texts(requirements=requirements)
    if requirements:
        name = wheel.name if wheel else f"alaris-{alaris.__version__}-cp311-cp311-manylinux_2_28_x86_64.whl"
        texts[f"{PROJECT}/requirements.txt"] = f"alaris @ file:///LeanCLI/wheels/{name}\n"
    return texts


def _project_texts(*, requirements: bool) -> dict[str, str]:
    source = algorithm_file()
    config = json.loads(source.with_name("config.json").read_text(encoding="utf-8"))
    if not requirements:
        config["engine-image"] = ENGINE_IMAGE
    texts = {f"{PROJECT}/main.py": source.read_text(encoding="utf-8"), f"{PROJECT}/config.json": json.dumps(config, indent=2) + "\n"}
    notebook = source.with_name("research.ipynb")
    return texts | {f"{PROJECT}/research.ipynb": notebook.read_text(encoding="utf-8")}


def _read(name: str) -> str:
    return lean_file(name).read_text(encoding="utf-8")


def _text_piece(path: Path, text: str) -> Piece:
    if not path.exists():
        write_text(path, text)
        return Piece(path, Standing.WRITTEN)
    stands = path.read_text(encoding="utf-8", errors="replace")
    differences = _json_differences(stands, text) if path.suffix in (".json", ".ipynb") else _line_differences(stands, text)
    return Piece(path, Standing.DIFFERS, differences) if differences else Piece(path, Standing.SAME)


def _json_differences(stands: str, ours: str) -> str:
    """Keys of ours that are absent or have another value; keys that the CLI or the user added are theirs."""
    try:
        content = json.loads(stands)
    except ValueError as error:
        return f"is no JSON ({error})"
    return "; ".join(_key_differences(content, json.loads(ours), ""))


def _key_differences(stands: Any, ours: Any, name: str) -> Iterator[str]:
    if isinstance(ours, Mapping) and isinstance(stands, Mapping):
        for key, value in ours.items():
            place = f"{name}.{key}" if name else key
            if key in stands:
                yield from _key_differences(stands[key], value, place)
            else:
                yield f"{place} is absent"
    elif stands != ours:
        yield f"{name} is {_short(stands)}, ours {_short(ours)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _line_differences(stands: str, ours: str) -> str:
    pairs = list(zip_longest(stands.splitlines(), ours.splitlines()))
    differing = [number for number, (theirs, our) in enumerate(pairs, start=1) if theirs != our]
    return f"{len(differing)} of {len(pairs)} lines, the first is line {differing[0]}" if differing else ""


def _link_piece(path: Path, data: Path) -> Piece:
    if not path.exists() and not path.is_symlink():
        path.symlink_to(data.resolve(), target_is_directory=True)
        return Piece(path, Standing.WRITTEN, f"a link to {data.resolve()}")
    if path.resolve() == data.resolve():
        return Piece(path, Standing.SAME)
    return Piece(path, Standing.DIFFERS, f"is {path.resolve()}, not {data.resolve()}")


def _folder_piece(path: Path) -> Piece:
    standing = Standing.SAME if path.is_dir() else Standing.WRITTEN
    path.mkdir(exist_ok=True)
    return Piece(path, standing)


def _wheel_piece(folder: Path, wheel: Path | None) -> Piece:
    """Copy the wheel; a rebuilt one of the same name is said, not replaced, as LEAN's pip cache would not see it either."""
    folder.mkdir(parents=True, exist_ok=True)
    if wheel is None:
        present = sorted(folder.glob("alaris-*.whl"))
        todo = f"no wheel; in a checkout: pip wheel . --no-deps --wheel-dir {folder}"
        return Piece(present[-1], Standing.SAME) if present else Piece(folder, Standing.MISSING, todo)
    target = folder / wheel.name
    if not target.exists():
        shutil.copy2(wheel, target)
        return Piece(target, Standing.WRITTEN)
    same = target.read_bytes() == wheel.read_bytes()
    return (
        Piece(target, Standing.SAME)
        if same
        else Piece(target, Standing.DIFFERS, f"was built anew: replace it by {wheel}, rebuild the image")
    )
