"""Proof 9: secrets planted in the environment, settings, URLs, fields and exception texts appear in no journal, export, log or crash.

The searched places: the journal's files byte by byte, its Parquet export, what every `alaris journal` command prints, what commands
print when a setting carries a password (with and without `--traceback`), and the folder and output of a whole backtest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from alaris.journal.export import export_parquet
from alaris.journal.store import Journal
from alaris.journal.verification import verify

ENVIRONMENT = {name: f"canary-{number}-{name[:4]}-9f3a" for number, name in enumerate(("FMP_API_KEY", "IBKR_PASSWORD", "GATEWAY_TOKEN"))}
WRITTEN = [f"canary-{place}-71c2" for place in ("login", "query", "field", "nested", "exception", "header", "key", "trade")]
IN_SETTING = "canary-setting-40be"
WITH_PASSWORD = {"ALARIS_SOURCES__JOURNAL_URL": f"postgresql://alaris:{IN_SETTING}@server/journal"}


def main() -> None:
    """Print the figures and a pass line; leave with 1 where a secret was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="without the backtest, and fewer commands")
    short = arguments.parse_args().short
    with TemporaryDirectory() as name:
        folder = Path(name)
        _record(folder / "journal.db")
        shown = [*_commands(folder), *([] if short else [*_more_commands(folder), *_backtest(folder)])]
        places = [*((f"output {number}", text.encode()) for number, text in enumerate(shown)), *_files(folder)]
        open_files = [path for path, _ in _files(folder / "private") if Path(path).stat().st_mode & 0o077]
    planted = [*ENVIRONMENT.values(), *WRITTEN, IN_SETTING]
    found = [(secret, place) for place, content in places for secret in planted if secret.encode() in content]
    searched = sum(len(content) for _, content in places)
    print(f"planted secrets {len(planted)} secrets, {len(places)} files and outputs searched, {searched:,} bytes")
    for secret, place in found:
        print(f"                {secret} in {place}")
    passed = not found and not open_files
    print(f"{'PASS' if passed else 'FAIL'}            {len(found)} found; {len(open_files)} journal files others may read\n")
    sys.exit(0 if passed else 1)


def _record(path: Path) -> None:
    private = path.parent / "private" / path.name
    login, query, field, nested, exception, header, key, trade = WRITTEN
    with Journal(str(private), environment=ENVIRONMENT) as journal:
        journal.append("alert", {"text": f"no answer from https://alaris:{login}@gateway:5000/v1?symbol=YUM&apikey={query}"})
        journal.append("command", {"command": "connect", "password": field, "arguments": {"session": {"access_token": nested}}})
        journal.append("alert", {"text": _told(exception), "headers": f"Authorization: Bearer {header}", f"api_key={key}": 1})
        journal.append("decision", {"trade_id": f"T?token={trade}", "note": " and ".join(ENVIRONMENT.values())})
        export_parquet(journal, private.with_suffix(".parquet"))
        verify(journal)
        for file in _files(private.parent):
            path.with_name(f"copy of {Path(file[0]).name}").write_bytes(file[1])  # as they are while the journal is open


def _told(secret: str) -> str:
    try:
        raise ConnectionError(f"401 Unauthorized: token={secret} was refused")
    except ConnectionError as error:
        return repr(error)


def _commands(folder: Path) -> Iterator[str]:
    yield _printed(["journal", "tail", "--json", "--url", str(folder / "private" / "journal.db")])
    yield _printed(["--traceback", "journal", "tail"], WITH_PASSWORD)


def _more_commands(folder: Path) -> Iterator[str]:
    journal = ["--url", str(folder / "private" / "journal.db")]
    yield _printed(["journal", "tail", *journal])
    yield _printed(["journal", "verify", *journal])
    yield _printed(["journal", "verify"], WITH_PASSWORD)
    yield _printed(["backtest"], WITH_PASSWORD)


def _backtest(folder: Path) -> Iterator[str]:
    output = str(folder / "run")
    yield _printed(["backtest", "--output", output], {"ALARIS_SOURCES__JOURNAL_URL": str(folder / "private" / "run.db")})
    yield _printed(["report", "--output", output])


def _printed(arguments: list[str], setting: Mapping[str, str] | None = None) -> str:
    environment = {**os.environ, **ENVIRONMENT, **(setting or {})}
    command = [sys.executable, "-m", "alaris.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - the product's own command
    return done.stdout + done.stderr


def _files(folder: Path) -> list[tuple[str, bytes]]:
    return [(str(path), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


if __name__ == "__main__":
    main()
