"""One journal, several connections of a process, other processes that come and go: nothing is lost and the chain stays whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alaris.journal.store import Journal
from alaris.journal.verification import verify

OTHER = """
import sys
from alaris.journal.store import Journal
with Journal(sys.argv[1]) as journal:
    journal.append("alert", {"text": "from another process"})
"""


def test_a_second_connection_does_not_end_the_locks_of_the_first(tmp_path: Path) -> None:
    path = str(tmp_path / "DU1.db")
    with Journal(path) as first:
        first.append("alert", {"text": "one"})
        second = Journal(path)  # as the breakers' reader of a live process
        for _ in range(3):
            subprocess.run([sys.executable, "-c", OTHER, path], check=True)  # noqa: S603 - it leaves, and would clear up after itself
            first.append("alert", {"text": "the first goes on"})
            second.append("alert", {"text": "the second too"})
        second.close()
        assert [record.entry["text"] for record in first.records()].count("from another process") == 3
    with Journal(path, reading=True) as journal:
        assert verify(journal).records == 10
