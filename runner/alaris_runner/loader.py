"""Load a user's algorithm file: `from AlgorithmImports import *` resolves to this run's module, and only while it runs."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from alaris_runner import AlgorithmImports
from alaris_runner.api.algorithm import QCAlgorithm
from alaris_runner.api.lean_missing import is_missing_name
from alaris_runner.api.spelling import snake_case
from alaris_runner.errors import AlgorithmLoadError, NotSupportedByRunner, RunnerError


@contextmanager
def load_algorithm(file: Path) -> Iterator[type[QCAlgorithm]]:
    """Class of the algorithm; its folder and `AlgorithmImports` are importable inside the block.

    Raises
    ------
    AlgorithmLoadError
        The file is missing, or does not define exactly one QCAlgorithm subclass.
    """
    path = file.resolve()
    if not path.is_file():
        raise AlgorithmLoadError(f"{file}: there is no such algorithm file")
    name = path.stem if path.stem not in sys.stdlib_module_names else f"algorithm_{path.stem}"
    before = {known: sys.modules.get(known) for known in ("AlgorithmImports", name)}
    loaded = set(sys.modules)
    sys.modules["AlgorithmImports"] = AlgorithmImports.build()
    sys.path.insert(0, str(path.parent))
    try:
        yield _algorithm_class(path, name)
    finally:
        sys.path.remove(str(path.parent))
        for neighbour in _neighbours(path, set(sys.modules) - loaded):
            del sys.modules[neighbour]
        for known, module in before.items():
            if module is None:
                sys.modules.pop(known, None)
            else:
                sys.modules[known] = module


def _neighbours(path: Path, names: set[str]) -> list[str]:
    """Modules that are files beside the algorithm: another algorithm may have others of the same name."""
    files = {name: getattr(sys.modules[name], "__file__", None) for name in names}
    return [name for name, file in files.items() if file is not None and Path(file).parent == path.parent and Path(file) != path]


def _algorithm_class(path: Path, name: str) -> type[QCAlgorithm]:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise AlgorithmLoadError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        message, trace = users_traceback(error, path)
        raise AlgorithmLoadError(f"{path} cannot be imported: {message}\n{trace}") from error
    return _only_algorithm(module, path)


def _only_algorithm(module: ModuleType, path: Path) -> type[QCAlgorithm]:
    found = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, QCAlgorithm) and v.__module__ == module.__name__]
    if len(found) != 1:
        names = ", ".join(v.__name__ for v in found) or "none"
        raise AlgorithmLoadError(f"{path}: expected exactly one class derived from QCAlgorithm, found {names}")
    _adopt_pascal_case(found[0])
    return found[0]


def _adopt_pascal_case(kind: type[QCAlgorithm]) -> None:
    """Let `def OnData(self, data)` override `on_data`."""
    for base in kind.__mro__:
        if base is QCAlgorithm:
            break
        for name, value in list(vars(base).items()):
            if name[:1].isupper() and callable(value) and hasattr(QCAlgorithm, snake_case(name)) and snake_case(name) not in vars(base):
                setattr(base, snake_case(name), value)


def users_traceback(error: BaseException, file: Path) -> tuple[str, str]:
    """(one line, traceback) of an error: from the user's first frame on; of an error of ours only the user's frames, if any."""
    if isinstance(error, NameError) and is_missing_name(error.name or ""):
        error = NotSupportedByRunner(str(error.name)).with_traceback(error.__traceback__)
    folder = str(file.resolve().parent)
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if frame.filename.startswith(folder)), None)
    shown = frames[first:] if first is not None else frames
    if isinstance(error, RunnerError):
        shown = traceback.StackSummary.from_list([frame for frame in frames if frame.filename.startswith(folder)])
        if not shown:
            return str(error), f"{error}\n"
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(shown), *traceback.format_exception_only(error)]
    return f"{type(error).__name__}: {error}", "".join(lines)
