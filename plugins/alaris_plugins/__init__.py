"""Alaris's own plugins: each registers as a stranger's would, by a factory that takes the settings."""

from collections.abc import Mapping
from types import MappingProxyType

FIRST_PARTY: Mapping[str, str] = MappingProxyType({})
