"""Our wheel against the Python and the pinned packages of LEAN's image."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

IMAGE_PYTHON = (3, 11)
IMAGE_GLIBC = (2, 35)  # Ubuntu jammy
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
BOUND = re.compile(r"(===|==|>=|<=|!=|~=|<|>)\s*([0-9][0-9A-Za-z.*+!-]*)")
Version = tuple[int, ...]


def find_wheel(folder: Path) -> Path | None:
    """The newest wheel of Alaris in a folder."""
    wheels = sorted(folder.glob("alaris-*.whl"), key=lambda file: (file.stat().st_mtime, file.name))
    return wheels[-1] if wheels else None


def unfit(wheel: Path, constraints: str) -> list[str]:
    """Why a wheel cannot be installed into LEAN's image; empty if it can.

    Parameters
    ----------
    wheel : Path
        A wheel of Alaris.
    constraints : str
        What the image pins, in pip's constraints format.
    """
    return [*_tag_faults(wheel), *_pin_faults(wheel, constraints)]


def _tag_faults(wheel: Path) -> Iterator[str]:
    """PEP 425: name-version-python-abi-platform."""
    python, _, system = wheel.stem.split("-")[-3:]
    wanted = "".join(map(str, IMAGE_PYTHON))
    if python not in (f"cp{wanted}", "py3"):
        yield f"it is built for {python}, the image runs CPython {'.'.join(map(str, IMAGE_PYTHON))}"
    if "linux" not in system and system != "any":
        yield f"it is built for {system}, the image is Linux"
    glibc = [tuple(map(int, pair)) for pair in re.findall(r"manylinux_(\d+)_(\d+)", system)]
    if glibc and min(glibc) > IMAGE_GLIBC:
        yield f"it needs glibc {'.'.join(map(str, min(glibc)))}, the image has {'.'.join(map(str, IMAGE_GLIBC))}"


def _pin_faults(wheel: Path, constraints: str) -> Iterator[str]:
    pins = {_name(line): pin for line in constraints.splitlines() for pin in BOUND.findall(line.partition("#")[0]) if pin[0] == "=="}
    for requirement in _requirements(wheel):
        _, pin = pins.get(_name(requirement), ("", ""))
        if pin and not all(_holds(_version(pin), operator, bound) for operator, bound in BOUND.findall(requirement)):
            yield f"it wants {requirement}, the image has {pin}"


def _requirements(wheel: Path) -> list[str]:
    """What the wheel always needs; extras are the user's own affair."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = Parser().parsestr(archive.read(metadata).decode("utf-8")).get_all("Requires-Dist", [])
    return [line.partition(";")[0].strip() for line in lines if "extra ==" not in line]


def _name(requirement: str) -> str:
    found = NAME.match(requirement.strip())
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""


def _version(text: str) -> Version:
    """The release numbers; a pre- or post-release counts as its release, which is enough against whole-number bounds."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0].partition("post")[0]))


def _holds(pin: Version, operator: str, bound: str) -> bool:
    limit = _version(bound)
    width = max(len(pin), len(limit))
    one, two = (version + (0,) * (width - len(version)) for version in (pin, limit))
    matches = pin[: len(limit)] == limit if bound.endswith("*") else one == two
    return {
        "==": matches,
        "===": matches,
        "!=": not matches,
        ">=": one >= two,
        "<=": one <= two,
        ">": one > two,
        "<": one < two,
        "~=": one >= two and one[: len(limit) - 1] == limit[:-1],
    }[operator]
