"""`alaris settings`: every number of the strategy, its value in a run, and its documentation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alaris.cli.output import AsJson, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.settings.describe import SettingSection

SettingsFile = Annotated[Path | None, typer.Option("--settings", metavar="FILE", help="A TOML file whose tables are the sections.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Show or document all settings.")
    group.command("show", cls=ParametersCommand)(show)
    group.command("docs")(docs)
    app.add_typer(group, name="settings")


def show(
    section: Annotated[str | None, typer.Argument(metavar="SECTION", help="Only this section, e.g. universe.")] = None,
    file: SettingsFile = None,
    parameter: Parameters = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not at its default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the settings as a run would have them: defaults, profile, file, environment, parameters."""
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), file=file, environment=os.environ)
    if as_json:
        print_json({"digest": settings.digest(), "settings": settings.model_dump(mode="json")})
        return
    from alaris.settings.describe import setting_sections

    rows = [
        row
        for part in _chosen(setting_sections(settings.model_dump(mode="json")), section)
        for row in part.rows
        if row.changed or not changed
    ]
    cells = [
        {"setting": row.name, "value": row.value, "default": row.default if row.changed else "", "what and why": row.description}
        for row in rows
    ]
    print_table(cells, right=("value", "default"), styles=["bold" if row.changed else "" for row in rows])


def docs(output: Annotated[Path | None, typer.Option("--output", help="Write the page here instead of printing it.")] = None) -> None:
    """Print docs/settings.md, made from the settings model."""
    text = settings_page()
    if output is None:
        typer.echo(text, nl=False)
        return
    from alaris.records.files import write_text

    write_text(output, text)
    typer.echo(output)


def settings_page() -> str:
    """All settings as a Markdown page."""
    from alaris.settings.describe import setting_sections

    parts = [INTRODUCTION, _profiles_table()]
    for section in setting_sections():
        title = f"{section.title} (`{section.name}`)" if section.name else section.title
        rows = [
            f"| `{row.name}` | {_cell(row.default)} | {row.allowed} | {row.description.replace('|', chr(92) + '|')} |"
            for row in section.rows
        ]
        parts.append("\n".join([f"## {title}\n", "| setting | default | allowed | unit and reason |", "|---|---|---|---|", *rows, ""]))
    return "\n".join(parts)


INTRODUCTION = """# Settings

Made by `alaris settings docs` from the settings model; do not edit.

Every number of the strategy is a setting. The later source wins: defaults, profile, TOML file (`settings` parameter or `--settings`),
environment (`ALARIS_UNIVERSE__MINIMUM_PRICE=10`), parameters (`--parameter universe.minimum_price 10`). An unknown name is refused, and the
nearest known one is named. `alaris settings show` prints the values of a run.
"""


def _profiles_table() -> str:
    from alaris.settings import Settings
    from alaris.settings.describe import setting_sections
    from alaris.settings.profiles import PROFILES

    values = {name: Settings.model_validate({**changes, "profile": name}).model_dump(mode="json") for name, changes in PROFILES.items()}
    rows = {name: {row.name: row for part in setting_sections(dump) for row in part.rows} for name, dump in values.items()}
    first = next(iter(rows.values()))
    differing = [name for name in first if name != "profile" and any(profile[name].changed for profile in rows.values())]
    lines = [f"| `{name}` | {' | '.join(_cell(profile[name].value) for profile in rows.values())} |" for name in differing]
    head = ["## Profiles\n", f"| setting | {' | '.join(rows)} |", f"|---|{'---|' * len(rows)}"]
    return "\n".join([*head, *lines, ""])


def _cell(value: str) -> str:
    return f"`{value}`" if value else "(empty)"


def _chosen(sections: tuple[SettingSection, ...], name: str | None) -> list[SettingSection]:
    from difflib import get_close_matches

    from alaris.cli.errors import CommandError

    chosen = [section for section in sections if name is None or section.name == name]
    if not chosen:
        names = [section.name for section in sections if section.name]
        close = get_close_matches(name or "", names, n=1)
        raise CommandError(
            f"SECTION: {name!r} is not a section; " + (f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}")
        )
    return chosen
