"""Pages made from the code stay in step with it; `UPDATE_DOCS=1 pytest tests/test_docs.py` writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from alaris.domain import Reason

HEAD = """# Why a trade was refused

The closed list of reason codes (`alaris.domain.Reason`), in the order of the phases. A code is stable: it stands in `decisions.jsonl`,
in the journal and on the report page. This page is made from the code.

| code | meaning |
|---|---|
"""


def in_step(page: Path, made: str) -> None:
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made, f"{page} is out of step: UPDATE_DOCS=1 pytest {Path(__file__).name}"


def test_every_reason_is_documented(repository: Path) -> None:
    rows = "".join(f"| `{reason}` | {reason.meaning} |\n" for reason in Reason)
    in_step(repository / "docs" / "reasons.md", HEAD + rows)


def markdown_pages() -> list[Path]:
    root = Path(__file__).resolve().parents[1]
    return [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("lean-config/**/*.md")]


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if not (page.parent / target).exists()]
    assert not broken, f"{page}: {broken}"
