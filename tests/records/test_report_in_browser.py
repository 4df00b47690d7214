"""The report page in a real browser: nothing sticks out at desktop or phone width, and the cursor reads the equity curve."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sample_results import result_folder

from alaris.records.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--virtual-time-budget=2000", "--window-size=1400,1000", "--dump-dom"),
)
PROBE = """<script>
document.querySelectorAll("details").forEach((part) => { part.open = true; });
const figure = [...document.querySelectorAll("[data-hover] svg")].find((one) => one.clientWidth > 0);
const box = figure.getBoundingClientRect();
figure.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right, clientY: box.top + 9 }));
const outside = [...document.querySelectorAll("body *")].filter((part) =>
  part.getBoundingClientRect().right > innerWidth + 0.5 && !part.closest(".scroll, .hidden"));
parent.postMessage(JSON.stringify({
  frame: innerWidth, width: document.documentElement.clientWidth, content: document.documentElement.scrollWidth,
  outside: outside.map((part) => part.outerHTML.slice(0, 90)),
  readout: document.querySelector("[data-readout]").textContent,
}), "*");
</script></body>"""
FRAMES = """<title></title><script>addEventListener("message", (event) => { document.title += event.data + " "; });</script>
<iframe src="probe.html" style="width:1280px;height:900px;border:0"></iframe>
<iframe src="probe.html" style="width:390px;height:900px;border:0"></iframe>"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium), which .ci/run installs")
def test_the_page_fits_a_desk_and_a_phone(tmp_path: Path) -> None:
    page = write_report(result_folder(tmp_path)).read_text(encoding="utf-8")
    (tmp_path / "probe.html").write_text(page.replace("</body>", PROBE), encoding="utf-8")
    (tmp_path / "frames.html").write_text(FRAMES, encoding="utf-8")
    seen = _told(tmp_path)
    assert sorted(found["frame"] for found in seen) == [390, 1280]
    for found in seen:
        assert found["outside"] == [], found
        assert found["content"] <= found["width"], found
        assert " ".join(found["readout"].split()) == "11 Feb 2017 $100,410.25 drawdown 0.00 %", found


def _told(folder: Path) -> list[dict[str, Any]]:
    """What the probes in the frames found."""
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={folder / 'profile'}", (folder / "frames.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603 - our own words
    title = re.search(r"<title>(.*?)</title>", done.stdout, flags=re.DOTALL)
    assert title is not None, done.stdout[:500]
    decoder, text, found = json.JSONDecoder(), html.unescape(title[1]).strip(), []
    while text:
        content, end = decoder.raw_decode(text)
        found.append(content)
        text = text[end:].lstrip()
    return found
