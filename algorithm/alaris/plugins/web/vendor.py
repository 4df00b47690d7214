"""Who is asked: addresses in the order they are tried, where the key goes, what may be asked how often."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from alaris.plugins.web.faults import Fault, WebFault


class KeyPlace(Enum):
    """Where a vendor wants its key."""

    NONE = "none"
    BEARER = "header Authorization: Bearer"
    HEADER = "header"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A source on the network.

    Parameters
    ----------
    name, title : str
        Name of the plugin, and of the company.
    addresses : tuple of str
        Base addresses, the first that answers serves.
    gives : tuple of str
        Hooks and what they hold, for `alaris data providers`.
    costs, home : str
        Plan in a few words, and where to get a key.
    key_variables : tuple of str
        Environment variables that may hold the key; the first that is set counts.
    key_place, key_name : KeyPlace, str
        Where the key goes, and the name of the header or the query's parameter.
    per_minute, per_day : int
        Calls of the cheapest plan; 0 for no limit. Days are the vendor's, in UTC.
    headers : mapping
        Sent with each call.
    """

    name: str
    title: str
    addresses: tuple[str, ...]
    gives: tuple[str, ...]
    costs: str
    home: str
    key_variables: tuple[str, ...] = ()
    key_place: KeyPlace = KeyPlace.NONE
    key_name: str = ""
    per_minute: int = 0
    per_day: int = 0
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def key(self, environment: Mapping[str, str] | None = None) -> str:
        """The key; empty where the vendor needs none.

        Raises
        ------
        WebFault
            KEY_ABSENT, naming the variables that may hold it.
        """
        if self.key_place is KeyPlace.NONE:
            return ""
        given = os.environ if environment is None else environment
        for variable in self.key_variables:
            if key := given.get(variable, "").strip():
                return key
        raise WebFault(self.name, Fault.KEY_ABSENT, f"no key in {' or '.join(self.key_variables)}; get one at {self.home}")
