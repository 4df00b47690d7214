"""Where the product's own algorithm file stands: beside the package in a checkout or a LEAN project, inside it when installed."""

from __future__ import annotations

from pathlib import Path

import alaris
from alaris.domain.errors import DataError


def algorithm_file() -> Path:
    """Path of the product's `main.py`.

    Raises
    ------
    DataError
        Neither place holds it: the installation is broken.
    """
    package = Path(alaris.__file__).parent
    installed, beside = package / "lean" / "main.py", package.parent / "main.py"
    for file in (installed, beside):
        if file.is_file():
            return file
    raise DataError(installed, "is missing; install the package again")
