"""All nine proofs and the speeds, one after the other; figures go to the terminal and, with machine and day, to docs/reliability.md.

`--short` takes a minute or two and judges no speed; `--only NAME` runs one. Neither writes the page; the whole run does.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "reliability.md"
RECORDED = re.compile(r"(<!-- recorded by make proofs -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Proof:
    """One script: the proof of issue 8 it belongs to (or a speed), what it shows, and the seconds it may take on a quiet machine."""

    name: str
    number: str
    shows: str
    seconds: int

    @property
    def script(self) -> Path:
        """Where it stands."""
        return HERE / f"{self.name}.py"


PROOFS = (
    Proof("order_path_kill", "1", "kill -9 at each step of the order path", 300),
    Proof("gateway_faults", "2", "faults of a gateway over a real socket", 300),
    Proof("reconnect", "3", "lost callbacks around fills", 300),
    Proof("journal_load", "4", "records a second, all of them there", 400),
    Proof("journal_kill", "4", "kill -9 while records are written", 400),
    Proof("limits_and_breakers", "5", "each limit and breaker over and back", 200),
    Proof("order_streams", "6", "shuffled, repeated, split fills", 600),
    Proof("hostile_plugins", "7", "plugins that raise, hang, lie and exit", 200),
    Proof("soak", "8", "a month at 1,000x", 900),
    Proof("planted_secrets", "9", "secrets in every place", 200),
    Proof("start_to_ready", "speed", "100,000 orders on record", 200),
    Proof("wire_latency", "speed", "decision to order on the wire", 120),
)


@dataclass(frozen=True)
class Outcome:
    """What one proof printed, how long it took, and whether it passed."""

    proof: Proof
    printed: str
    seconds: float
    passed: bool


def main() -> None:
    """Run the proofs, record what they printed, and leave with 1 where one fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="small numbers, no speed judged, nothing written")
    arguments.add_argument("--only", nargs="+", metavar="NAME", choices=[proof.name for proof in PROOFS], help="these, nothing written")
    given = arguments.parse_args()
    began = perf_counter()
    chosen = [proof for proof in PROOFS if not given.only or proof.name in given.only]
    outcomes = [_run(proof, short=given.short) for proof in chosen]
    summary = _summary(outcomes, perf_counter() - began)
    print(summary, flush=True)
    if not (given.short or given.only):
        _record(summary, outcomes)
    sys.exit(0 if all(outcome.passed for outcome in outcomes) else 1)


def _run(proof: Proof, *, short: bool) -> Outcome:
    began = perf_counter()
    if not proof.script.is_file():
        printed, passed = f"FAIL            {proof.script.name} is missing\n", False
    else:
        printed, passed = _output([sys.executable, str(proof.script), *(["--short"] if short else [])], proof.seconds)
    print(printed, flush=True)
    return Outcome(proof, printed.strip("\n"), perf_counter() - began, passed)


def _output(command: list[str], seconds: int) -> tuple[str, bool]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)  # noqa: S603 - our own scripts
    except subprocess.TimeoutExpired as error:
        said = bytes(error.output or b"").decode()  # bytes, whatever was asked for
        return f"{said}FAIL            ended after its {seconds} s\n", False
    verdicts = re.findall(r"^(PASS|FAIL)\b", done.stdout, re.MULTILINE)
    passed = done.returncode == 0 and bool(verdicts) and "FAIL" not in verdicts
    return done.stdout + (done.stderr if not passed else ""), passed


def _summary(outcomes: list[Outcome], seconds: float) -> str:
    rows = [f"{'proof':<6} {'script':<20} {'shows':<42} {'s':>5}  "]
    rows += [
        f"{one.proof.number:<6} {one.proof.name:<20} {one.proof.shows:<42} {one.seconds:>5.0f}  {'PASS' if one.passed else 'FAIL'}"
        for one in outcomes
    ]
    passed = sum(one.passed for one in outcomes)
    return "\n".join([*rows, f"{passed} of {len(outcomes)} passed in {seconds / 60:.1f} minutes"])


def _record(summary: str, outcomes: list[Outcome]) -> None:
    shown = "\n\n".join([summary, *(_figures(outcome.printed) for outcome in outcomes)])
    recorded = f"{_machine()}\n\n```\n{shown}\n```\n"
    PAGE.write_text(RECORDED.sub(lambda found: found[1] + recorded + found[2], PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _figures(printed: str) -> str:
    """Without the rows of a table, which are indented by two."""
    return "\n".join(line for line in printed.splitlines() if not re.match(r"  \S", line))


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    parts = (platform.machine(), f"{os.cpu_count()} cores", f"{memory:.0f} GB", platform.system(), f"Python {platform.python_version()}")
    return f"Recorded {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {', '.join(parts)}; load average {load:.1f} from other work at the end."


if __name__ == "__main__":
    main()
