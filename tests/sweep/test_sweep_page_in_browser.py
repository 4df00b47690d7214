"""The sweep's page in a real browser: nothing sticks out at desktop or phone width, whatever the names and numbers of parameters."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from alaris.sweep.findings import findings
from alaris.sweep.folder import Question
from alaris.sweep.page import write_page
from alaris.sweep.plan import make_plan
from alaris.sweep.running import Outcome
from alaris.sweep.trial import Row

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--virtual-time-budget=2000")
PROBE = """<script>
const outside = [...document.querySelectorAll("body *")].filter((part) =>
  part.getBoundingClientRect().right > innerWidth + 0.5 && !part.closest(".scroll, .hidden"));
parent.postMessage(JSON.stringify({
  frame: innerWidth, width: document.documentElement.clientWidth, content: document.documentElement.scrollWidth,
  outside: outside.map((part) => part.outerHTML.slice(0, 90)),
}), "*");
</script></body>"""
FRAMES = """<title></title><script>addEventListener("message", (event) => { document.title += event.data + "|"; });</script>
<iframe src="probe.html" style="width:1280px;height:900px;border:0"></iframe>
<iframe src="probe.html" style="width:390px;height:900px;border:0"></iframe>"""


def page_of_many(folder: Path) -> str:
    """A page of three parameters with long names, 60 runs, some of them failed."""
    algorithm = folder / "main.py"
    algorithm.write_text("", encoding="utf-8")
    grid = {
        "execution_pricing.maximum_slippage": [f"{0.05 * n:.2f}" for n in range(1, 7)],
        "universe.minimum_price": ["5", "10", "15", "20", "25"],
        "preset": ["eve", "runup"],
    }
    plan = make_plan(algorithm, folder, fixed={"symbols": "YUM,AAPL,MSFT"}, grid=grid)
    days = [f"2017-{month:02}-{day:02}" for month in range(1, 7) for day in range(1, 21)]
    rows = tuple(
        Row(trial.number, trial.parameters, "RuntimeError", 'File "/p/main.py", line 7, in x\nValueError: ' + "no such thing " * 20)
        if trial.number % 9 == 0
        else Row(
            number := trial.number,
            trial.parameters,
            "Completed",
            statistics={"Sharpe Ratio": (number % 7) - 3.25, "Net Profit": 0.01 * number, "Drawdown": 0.02, "Total Orders": 12.0},
            days=days,
            equity=[100_000 + 10 * place * (number % 5) + 900 * ((place * number) % 11) for place in range(len(days))],
        )
        for trial in plan.trials
    )
    outcome = Outcome(rows, 0, 1, "2 processes on this machine")
    return write_page(folder, plan, Question(), outcome, findings(rows, plan.varied, Question())).read_text(encoding="utf-8")


def test_three_maps_for_three_parameters(tmp_path: Path) -> None:
    page = page_of_many(tmp_path)
    assert page.count("Heat map of Sharpe Ratio") == 3
    assert page.count("The median over 1 other parameter.") == 3
    assert "1 worker lost on the way" in page
    assert "ValueError: no such thing" in page


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium), which .ci/run installs")
def test_the_page_fits_a_desk_and_a_phone(tmp_path: Path) -> None:
    (tmp_path / "probe.html").write_text(page_of_many(tmp_path).replace("</body>", PROBE), encoding="utf-8")
    (tmp_path / "frames.html").write_text(FRAMES, encoding="utf-8")
    command = [str(CHROMIUM), *QUIET, "--window-size=1400,1000", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([*command, (tmp_path / "frames.html").as_uri()], capture_output=True, text=True, check=True, timeout=300)  # noqa: S603 - our own words
    title = re.search(r"<title>(.*?)</title>", done.stdout, flags=re.DOTALL)
    assert title is not None, done.stdout[:500]
    seen = [json.loads(line) for line in html.unescape(title[1]).split("|") if line.strip()]
    assert sorted(found["frame"] for found in seen) == [390, 1280]
    for found in seen:
        assert found["outside"] == [], found
        assert found["content"] <= found["width"], found
