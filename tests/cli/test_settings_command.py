"""`alaris settings`: the values of a run, and a document that cannot fall behind the model."""

import json
from pathlib import Path

import pytest
from shell import Shell

from alaris.cli.settings import settings_page
from alaris.settings import Settings
from alaris.settings.describe import setting_sections
from alaris.settings.loading import known_keys


def test_the_document_is_made_from_the_model(repository: Path) -> None:
    written = (repository / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_page(), "run `alaris settings docs --output docs/settings.md`"


def test_every_setting_is_described_once() -> None:
    rows = [row for section in setting_sections() for row in section.rows]
    assert [row.name for row in rows] == sorted((row.name for row in rows), key=list(known_keys()).index)
    assert {row.name for row in rows} == set(known_keys())
    assert not [row.name for row in rows if not row.description or row.changed]


def test_show_says_what_is_changed(alaris: Shell) -> None:
    lines = alaris("settings", "show", "--changed", "--parameter", "universe.minimum_price", "7.5").output.splitlines()
    price = next(line for line in lines if line.startswith("universe.minimum_price"))
    assert price.split()[1:3] == ["7.5", "5"]


def test_show_as_json_is_the_whole_model(alaris: Shell) -> None:
    shown = json.loads(alaris("settings", "show", "--json", "--parameter", "profile", "live").output)
    assert Settings.model_validate(shown["settings"]).digest() == shown["digest"]
    assert shown["settings"]["universe"]["minimum_sources"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--parameter", "universe.minimum_prize", "3"), "did you mean universe.minimum_price?"),
        (("--parameter", "universe.minimum_price", "-3"), "universe.minimum_price: Input should be greater than or equal to 0, was '-3'"),
        (("universes",), "did you mean universe?"),
        (("--settings", "absent.toml"), "absent.toml: cannot be read as TOML"),
    ],
)
def test_wrong_settings_are_refused_by_name(alaris: Shell, arguments: tuple[str, ...], message: str) -> None:
    answer = alaris("settings", "show", *arguments)
    assert answer.code == 2
    assert message in answer.errors


def test_docs_writes_a_file(alaris: Shell, tmp_path: Path) -> None:
    assert alaris("settings", "docs", "--output", "settings.md").code == 0
    assert (tmp_path / "settings.md").read_text(encoding="utf-8") == alaris("settings", "docs").output
