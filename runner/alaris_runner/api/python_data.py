"""A user's own data type: where its file is and how a line becomes a point."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.bars import BaseData
from alaris_runner.api.enums import FileFormat, SubscriptionTransportMedium
from alaris_runner.api.spelling import PascalCase


class SubscriptionDataSource(PascalCase):
    """Where a line comes from: a local file, read line by line."""

    def __init__(
        self,
        source: str,
        transport_medium: SubscriptionTransportMedium = SubscriptionTransportMedium.LOCAL_FILE,
        format: FileFormat = FileFormat.CSV,  # noqa: A002 - LEAN's name
        *others: Any,
    ) -> None:
        _ = others
        self.source = source
        self.transport_medium = SubscriptionTransportMedium(transport_medium)
        self.format = FileFormat(format)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SubscriptionDataSource) and (self.source, self.transport_medium, self.format) == (
            other.source,
            other.transport_medium,
            other.format,
        )

    def __hash__(self) -> int:
        return hash((self.source, self.transport_medium, self.format))


class PythonData(BaseData):
    """Base of a user's data types: override `get_source` and `reader`; set fields with `point["Name"] = value`."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[str, Any] = {}

    def get_source(self, config: Any, date: date, is_live_mode: bool) -> SubscriptionDataSource:
        """Where the data of a day is."""
        raise NotImplementedError(f"{type(self).__name__} must override get_source(config, date, is_live_mode)")

    def reader(self, config: Any, line: str, date: date, is_live_mode: bool) -> PythonData | None:
        """Point of a line, None for a line without one."""
        raise NotImplementedError(f"{type(self).__name__} must override reader(config, line, date, is_live_mode)")

    def __setitem__(self, name: str, value: Any) -> None:
        self._fields[name.lower()] = value

    def __getitem__(self, name: str) -> Any:
        return self._fields[name.lower()]

    def get_property(self, name: str) -> Any:
        """Value of a field."""
        return self._fields[name.lower()]

    def get_storage_dictionary(self) -> dict[str, Any]:
        """All fields, lower case."""
        return dict(self._fields)

    def complete_end(self) -> None:
        """Give a point without an end the one its resolution implies: the moment it starts."""
        if self.end_time == datetime.min:
            self.end_time = self.time + timedelta()
