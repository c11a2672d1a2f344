"""Sizes in words."""

from __future__ import annotations

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def in_words(size: int) -> str:
    """A number of bytes as a person says it: "12 bytes", "8.0 MiB"."""
    if abs(size) < 1024:  # noqa: PLR2004
        return f"{size} byte{'' if size == 1 else 's'}"
    value, unit = float(size), 0
    while abs(value) >= 1024 and unit < len(_UNITS) - 1:  # noqa: PLR2004
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}"
