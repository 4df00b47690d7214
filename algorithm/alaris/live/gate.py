"""What forbids new positions at the moment: each cause by name, open again when every one of them has ended. Exits do not pass here."""

from __future__ import annotations

from collections.abc import Callable


class Gate:
    """Closed while anybody keeps it closed; `tell` hears of each change."""

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self._tell = tell
        self._causes: dict[str, str] = {}

    def close(self, name: str, why: str) -> None:
        """Forbid new positions for one more cause, or for another reason of the same."""
        if self._causes.get(name) != why:
            self._causes[name] = why
            self._tell(f"no new positions: {why}")

    def open(self, name: str) -> None:
        """End one cause."""
        why = self._causes.pop(name, None)
        if why is not None:
            left = "; ".join(self._causes.values())
            self._tell(f"ended: {why}; " + (f"still no new positions: {left}" if left else "new positions are allowed"))

    def open_all(self, prefix: str) -> None:
        """End every cause whose name begins so."""
        for name in [name for name in self._causes if name.startswith(prefix)]:
            self.open(name)

    @property
    def reason(self) -> str:
        """Why new positions are forbidden, empty where they are allowed."""
        return "; ".join(self._causes.values())
