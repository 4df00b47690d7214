"""What is hidden before it is written, and what is left alone."""

from __future__ import annotations

import pytest

from alaris.journal.records import plain
from alaris.journal.redaction import Redactor, is_secret, without_secrets


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("https://u:hunter22@host/v1?symbol=YUM&apikey=abc123", "https://u:***@host/v1?symbol=YUM&apikey=***"),
        ("postgresql://alaris:hunter22@server/journal", "postgresql://alaris:***@server/journal"),
        ("401: token=abc123, try later", "401: token=***, try later"),
        ("Authorization: Bearer abc123", "Authorization: Bearer ***"),
        ("password%3Dabc123", "password%3D***"),
        ("the front leg: 2.5 at 16:00, key=value, https://host:443/path", "the front leg: 2.5 at 16:00, key=value, https://host:443/path"),
    ],
)
def test_texts(text: str, hidden: str) -> None:
    assert without_secrets(text) == hidden


def test_fields_by_their_name_at_any_depth() -> None:
    assert plain({"session": [{"access_token": "abc123"}], "password": "", "order_key": "run|YUM"}) == {
        "session": [{"access_token": "***"}],
        "password": "",
        "order_key": "run|YUM",
    }


@pytest.mark.parametrize(
    ("name", "secret"), [("FMP_API_KEY", True), ("db_passwd", True), ("order_key", False), ("tokens", True), ("monkey", False)]
)
def test_names(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_values_of_the_environment_in_every_form() -> None:
    redactor = Redactor({"GATEWAY_PASSWORD": 'a"b\\cé1', "SHORT_TOKEN": "abc", "HOME": "/home/alaris"})
    assert redactor.text('{"said":"a\\"b\\\\cé1 abc /home/alaris"}') == '{"said":"*** abc /home/alaris"}'
    assert Redactor({}).text("anything") == "anything"
