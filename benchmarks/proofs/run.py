"""All proofs, one after the other; their figures go to the terminal and, with the machine and the day, into docs/reliability.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PROOFS = ("order_path_kill", "journal_load", "journal_kill", "order_streams", "start_to_ready", "planted_secrets")
HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "reliability.md"
RECORDED = re.compile(r"(<!-- recorded by make proofs -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Run every proof, record what it printed, and leave with 1 where one fails."""
    failed, shown = [], []
    for proof in PROOFS:
        done = subprocess.run([sys.executable, str(HERE / f"{proof}.py")], capture_output=True, text=True, check=False)  # noqa: S603 - our own
        print(done.stdout + done.stderr, end="", flush=True)
        shown.append(done.stdout.strip())
        failed += [proof] if done.returncode else []
    recorded = f"{_machine()}\n\n```\n" + "\n\n".join(shown) + "\n```\n"
    PAGE.write_text(RECORDED.sub(lambda found: found[1] + recorded + found[2], PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    parts = (platform.machine(), f"{os.cpu_count()} cores", f"{memory:.0f} GB", platform.system(), f"Python {platform.python_version()}")
    return f"Recorded {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {', '.join(parts)}; load average {load:.1f} from other work at the end."


if __name__ == "__main__":
    main()
