"""Colours of chart series: the names in daily use, any other by its red, green and blue."""

from __future__ import annotations

from typing import Any

from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

#: .NET's named colours, which are those of CSS.
NAMED = {
    "BLACK": "#000000", "BLUE": "#0000FF", "BROWN": "#A52A2A", "CYAN": "#00FFFF", "DARK_BLUE": "#00008B", "DARK_GREEN": "#006400",
    "DARK_RED": "#8B0000", "FUCHSIA": "#FF00FF", "GOLD": "#FFD700", "GRAY": "#808080", "GREEN": "#008000", "LIGHT_BLUE": "#ADD8E6",
    "LIGHT_GRAY": "#D3D3D3", "LIGHT_GREEN": "#90EE90", "LIME": "#00FF00", "MAGENTA": "#FF00FF", "MAROON": "#800000", "NAVY": "#000080",
    "OLIVE": "#808000", "ORANGE": "#FFA500", "PINK": "#FFC0CB", "PURPLE": "#800080", "RED": "#FF0000", "SILVER": "#C0C0C0",
    "TEAL": "#008080", "WHITE": "#FFFFFF", "YELLOW": "#FFFF00",
}  # fmt: skip


class _Names(type):
    """`Color.RED`, `Color.LIGHT_BLUE` and the older `Color.LightBlue`."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        plain = name.replace("_", "").upper()
        found = next((value for known, value in NAMED.items() if known.replace("_", "") == plain), None)
        if found is None:
            raise NotSupportedByRunner(f"Color.{name}", "Use Color.from_argb(red, green, blue).")
        return cls(found)


class Color(str, metaclass=_Names):
    """A colour as the result files write it: ``#RRGGBB``."""

    __slots__ = ()

    @staticmethod
    def from_argb(*parts: int) -> Color:
        """Colour of red, green and blue, each 0 to 255; a transparency in front is left out, as LEAN's files do."""
        if len(parts) not in (3, 4) or not all(0 <= part <= 255 for part in parts):
            raise InvalidRequest(f"Color.from_argb takes red, green and blue from 0 to 255, got {parts}")
        return Color("#" + "".join(f"{part:02X}" for part in parts[-3:]))

    FromArgb = from_argb
