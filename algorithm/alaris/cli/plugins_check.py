"""`alaris plugins check`: the conformance kit on a package, a module or a file, before anybody trades with it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("check", cls=ParametersCommand)(check)


def check(
    package: Annotated[str, typer.Argument(metavar="PACKAGE", help="An installed package, a plugin's name, module:factory, or a FILE.py.")],
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Ask a plugin the questions of the conformance kit; exit 1 where a card fails."""
    from alaris.plugins.conformance import CARDS
    from alaris.plugins.conformance import check as examine
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    rows, failed = [], 0
    for name, factory in factories(package).items():
        for one in examine(factory, settings):
            failed += not one.passed
            verdict = "passed" if one.passed else "failed"
            rows.append({"plugin": name, "card": one.card, "hook": one.hook, "verdict": verdict, "note": one.note or CARDS[one.card]})
    if as_json:
        print_json(rows)
    else:
        print_table(rows, styles=["red" if row["verdict"] == "failed" else "" for row in rows])
        typer.echo(f"{package}: {len(rows) - failed} of {len(rows)} passed")
    if failed:
        raise typer.Exit(1)


def factories(package: str) -> dict[str, Callable[..., Any]]:
    """Factories by name.

    Raises
    ------
    CommandError
        Nothing of that name is installed or can be imported.
    """
    if package.endswith(".py"):
        return {Path(package).stem: _attribute(_module_of_file(Path(package)), "plugin", package)}
    if ":" in package:
        module, _, attribute = package.partition(":")
        return {package: _attribute(_imported(module), attribute, package)}
    found = {entry.name: entry for entry in _entries(package)}
    if not found:
        raise CommandError(
            f"{package}: no installed package or plugin of that name; give module:factory or a FILE.py with a function plugin"
        )
    return {name: _attribute(_imported(entry.module), entry.attr, package) for name, entry in found.items()}


def _entries(package: str) -> list[metadata.EntryPoint]:
    from alaris_plugins import FIRST_PARTY, PROVIDERS

    own = {**FIRST_PARTY, **PROVIDERS}
    if package in own:
        return [metadata.EntryPoint(package, own[package], "alaris")]
    listed = metadata.entry_points(group="alaris")
    return [entry for entry in listed if package in {entry.name, entry.dist.name if entry.dist else ""}]


def _imported(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise CommandError(f"{module}: cannot be imported ({error})") from None


def _module_of_file(path: Path) -> Any:
    if not path.is_file():
        raise CommandError(f"{path}: no such file")
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise CommandError(f"{path}: is no Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module  # dataclasses look their module up by name
    specification.loader.exec_module(module)
    return module


def _attribute(module: Any, name: str, package: str) -> Callable[..., Any]:
    factory = getattr(module, name, None)
    if not callable(factory):
        raise CommandError(f"{package}: has no function {name}(settings) that makes the plugin")
    made: Callable[..., Any] = factory
    return made
