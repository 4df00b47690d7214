"""What a plugin prints: kept off the terminal, told in the log without credentials, and each thread's own."""

from __future__ import annotations

import logging
import sys
import threading

import pytest

from alaris.plugins import PluginManager, hookimpl
from alaris.plugins.output import overheard
from alaris.plugins.samples import AS_OF
from alaris.settings import Settings


class Talking:
    """A plugin that says what it does."""

    def __init__(self, text: str) -> None:
        self.text = text

    @hookimpl
    def command(self) -> str:
        print(self.text)  # noqa: T201 - printing is what is tested
        print(self.text, file=sys.stderr)  # noqa: T201 - see above
        return "done"


def asked(text: str) -> tuple[PluginManager, tuple[str, ...]]:
    plugins = PluginManager(Settings())
    plugins.register(Talking(text), "talking")
    return plugins, plugins.command("status", {}, AS_OF)


def test_what_a_plugin_prints_goes_to_the_log(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="alaris.plugins")
    _, answers = asked("17 reports read")
    assert answers == ("done",)
    assert capsys.readouterr() == ("", "")
    assert "plugin talking printed in command: 17 reports read" in caplog.text


@pytest.mark.parametrize("text", ["token=swordfish-0451", "GET https://ada:swordfish-0451@example.org/", "swordfish-0451"])
def test_a_printed_credential_is_hidden_and_its_plugin_has_failed(
    text: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENDOR_API_KEY", "swordfish-0451")
    caplog.set_level(logging.INFO, logger="alaris.plugins")
    plugins, answers = asked(text)
    (row,) = plugins.report()
    assert (answers, row.failures, row.last_error) == ((), 1, "ContractBroken: printed what looks like a credential")
    assert "swordfish" not in caplog.text + "".join(capsys.readouterr())


def test_only_the_listening_thread_is_overheard_and_the_streams_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with overheard() as heard:
        other = threading.Thread(target=print, args=("from elsewhere",))
        other.start()
        other.join()
        print("from here")  # noqa: T201 - see above
    assert heard.getvalue() == "from here\n"
    assert capsys.readouterr().out == "from elsewhere\n"
    assert sys.stdout is before
