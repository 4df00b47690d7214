"""No secret in the journal: fields named like one, `key=value` in a text, passwords in a URL, and values known from the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

HIDDEN = "***"
SHORTEST = 6  # characters; a shorter value of the environment would hide ordinary words
NAMES = re.compile(r"(?i)(pass(word|wd|phrase)?|secret|token|credential|authorization|cookie|api_?-?key|private_?-?key|access_?-?key)s?$")
WORDS = "pass(?:word|wd|phrase)|secret|token|credential|authorization|cookie|(?:api|private|access)[-_]?key"
SIGNS = ("pass", "secret", "token", "credential", "authorization", "cookie", "key")  # one of them is in each of WORDS
STATED = re.compile(rf"""(?i)((?:{WORDS})s?\s*(?:=|:|%3D|%3A)\s*(?:(?:bearer|basic)\s+)?)[^\s&,;'"\\]+""")
LOGIN = re.compile(r"(://[^\s:/@\"]*:)[^\s/@\"]+@")


class Redactor:
    """Hides what must not be written down.

    Parameters
    ----------
    environment : mapping
        Values of variables whose name is that of a secret are hidden wherever they appear.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        values = {value for name, value in environment.items() if is_secret(name) and len(value) >= SHORTEST}
        forms = sorted(_forms(values), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, forms))) if forms else None

    def text(self, text: str) -> str:
        """A text, or the JSON of an entry, without the values of the environment's secrets."""
        return self._known.sub(HIDDEN, text) if self._known is not None else text


def without_secrets(text: str) -> str:
    """A text without what it calls a secret (`token=...`) and without the passwords of its URLs."""
    lowered = text.lower()
    if any(sign in lowered for sign in SIGNS):  # far quicker than the expression, which most texts do not need
        text = STATED.sub(rf"\1{HIDDEN}", text)
    return LOGIN.sub(rf"\1{HIDDEN}@", text) if "://" in text else text


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field or variable of this name holds a secret: it ends in password, token, secret, api_key and the like."""
    return NAMES.search(name) is not None


def _forms(values: Iterable[str]) -> set[str]:
    """A value as it stands, and as JSON writes it."""
    return {form for value in values for form in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])}
