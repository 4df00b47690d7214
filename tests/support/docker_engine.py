"""A Docker daemon of the test's own, and a stand-in for LEAN's base image made of this machine's Python. Nothing is downloaded."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lean_command import Answer, run

BASE = "lean-stand-in"
TOOLS = ("bash", "sh", "env", "mkdir", "cp", "cat", "rm", "touch", "ls", "sleep", "mv", "uname")
LEFT_OUT = frozenset({"__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "ensurepip", "turtledemo"})
FOLDERS = ("tmp", "root", "Lean/Launcher/bin/Debug", "Lean/Optimizer.Launcher/bin/Debug", "Lean/Report/bin/Debug", "LeanCLI")
LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")
START = 45  # seconds for a daemon that starts at all


class UniqueArchive(tarfile.TarFile):
    """An archive in which a path stands once, as Docker wants it; the first one stays."""

    def addfile(self, tarinfo: tarfile.TarInfo, fileobj: Any = None) -> None:
        """Add a member that is not there yet."""
        tarinfo.name = os.path.normpath(tarinfo.name)
        if tarinfo.name not in self._names:
            self._names.add(tarinfo.name)
            super().addfile(tarinfo, fileobj)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._names: set[str] = set()
        super().__init__(*arguments, **options)


class Docker:
    """One daemon and how to speak to it."""

    def __init__(self, socket: Path) -> None:
        self.host = f"unix://{socket}"
        self.variables = {"DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "0"}

    def __call__(self, *words: str, folder: Path = Path("/"), seconds: float = 200) -> Answer:
        """Run `docker WORDS`."""
        return run(["docker", *words], folder=folder, variables={**os.environ, **self.variables}, seconds=seconds)


@contextmanager
def docker_daemon(folder: Path) -> Iterator[Docker]:
    """Start a daemon with its own data, or skip with the reason why it does not start."""
    if shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin") is None or shutil.which("docker") is None:
        pytest.skip("needs Docker: apt install docker.io")
    if os.geteuid() != 0:
        pytest.skip("needs root to start a Docker daemon of its own")
    daemon = shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin") or "dockerd"
    docker = Docker(folder / "docker.sock")
    options = ["--data-root", str(folder / "data"), "--exec-root", str(folder / "run"), "--pidfile", str(folder / "pid")]
    folder.mkdir(parents=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the daemon of Debian's package
            [daemon, "--host", docker.host, "--iptables=false", "--bridge=none", *options], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(docker, process, folder / "log")
            yield docker
        finally:
            process.terminate()
            process.wait(timeout=60)
            shutil.rmtree(folder / "data", ignore_errors=True)


def _wait(docker: Docker, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        if docker("version").code == 0:
            return
        time.sleep(0.5)
    pytest.skip(f"Docker's daemon does not start on this machine: {' '.join(log.read_text().split())[-400:]}")


def import_base_image(docker: Docker, environment: Path, folder: Path) -> None:
    """Make the base image: Python 3.11 with what our wheel depends on, a shell, and the stand-in engine; Alaris itself is left out."""
    archive = folder / "base.tar"
    with UniqueArchive.open(archive, "w") as tar:
        _add_python(tar, environment)
        _add_tools(tar)
        _add_libraries(tar, environment)
        _add_engine(tar, environment)
    changes = (f"ENV PATH={environment}/bin:/usr/local/bin:/usr/bin:/bin", "ENV HOME=/root", "WORKDIR /Lean/Launcher/bin/Debug")
    words = [word for change in changes for word in ("--change", change)]
    imported = docker("import", *words, str(archive), BASE)
    archive.unlink()
    assert imported.code == 0, imported.output


def _add_python(tar: tarfile.TarFile, environment: Path) -> None:
    interpreter = environment / "bin" / "python"
    while interpreter.is_symlink():  # each link of the chain, then the program itself
        interpreter = Path(os.path.normpath(interpreter.parent / interpreter.readlink()))
        if not interpreter.is_relative_to(environment):
            tar.add(interpreter)
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    inside = str(stdlib).lstrip("/")
    tar.add(stdlib, filter=lambda member: None if _is_left_out(Path(member.name).relative_to(inside)) else member)
    site = f"{environment}/lib".lstrip("/")
    tar.add(environment, filter=lambda member: None if _is_alaris(member.name) and member.name.startswith(site) else member)


def _is_left_out(path: Path) -> bool:
    return bool(LEFT_OUT & set(path.parts)) or (path.parts[:1] != () and path.parts[0].startswith("config-"))


def _is_alaris(name: str) -> bool:
    parts = Path(name).parts
    return "__pycache__" in parts or any(
        part.startswith(("alaris-", "alaris_")) or part == "alaris" for part in parts if "." not in part[:1]
    )


def _add_tools(tar: tarfile.TarFile) -> None:
    for name in TOOLS:
        program = shutil.which(name)
        if program is not None:
            tar.add(Path(program).resolve(), arcname=f"bin/{name}")
    tar.add(Path("/bin/bash").resolve(), arcname="usr/bin/bash")
    tar.add(Path(shutil.which("env") or "/usr/bin/env").resolve(), arcname="usr/bin/env")


def _add_libraries(tar: tarfile.TarFile, environment: Path) -> None:
    programs = [Path(sys.executable).resolve(), *(Path(found) for name in TOOLS if (found := shutil.which(name)))]
    modules = [*Path(sysconfig.get_paths()["stdlib"], "lib-dynload").glob("*.so"), *environment.rglob("*.so")]
    for library in sorted(_libraries([*programs, *modules])):
        if not library.is_relative_to(environment):
            tar.add(library.resolve(), arcname=str(library))


def _libraries(files: Iterable[Path]) -> set[Path]:
    found = run(["ldd", *map(str, files)], folder=Path("/"))
    return {Path(match) for match in LIBRARY.findall(found.output)}


def _add_engine(tar: tarfile.TarFile, environment: Path) -> None:
    engine = Path(__file__).with_name("stand_in_engine.py").read_text()
    _add_text(tar, "usr/local/bin/dotnet", f"#!{environment}/bin/python\n{engine}")
    _add_text(tar, "Lean/Launcher/bin/Debug/start.sh", "#!/bin/bash\necho STAND-IN: a notebook server would start here; ls Notebooks\n")
    _add_text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
    for name in FOLDERS:
        member = tarfile.TarInfo(name)
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o755
    tar.addfile(member, io.BytesIO(content))
