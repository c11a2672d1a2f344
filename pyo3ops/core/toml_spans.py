"""Where in a TOML file a text stands: found by what the file means once it is another one, whatever way it is spelt."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Nobody's version: what stands in for the text while its place is looked for.
_PROBE = "0.0.0-probe"


def reach(data: Any, keys: Sequence[str]) -> Any:  # noqa: ANN401 - TOML holds anything
    """What a key that leads through tables has; None where one of them is missing."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def span_of(text: str, keys: Sequence[str]) -> tuple[int, int] | None:
    """Where the text of a key stands, between its quotes; None where there is none, or in three quotes.

    Raises `ConfigError` where the text is no TOML.
    """
    data = _loads(text)
    value = reach(data, keys)
    if not isinstance(value, str) or not value:
        return None
    wanted = copy.deepcopy(data)
    reach(wanted, keys[:-1])[keys[-1]] = _PROBE
    for match in re.finditer(rf"(?<=[\"']){re.escape(value)}(?=[\"'])", text):
        if _says(text[: match.start()] + _PROBE + text[match.end() :], wanted):
            return match.span()
    return None


def _says(text: str, wanted: Any) -> bool:  # noqa: ANN401 - see reach
    try:
        return bool(_loads(text) == wanted)
    except ConfigError:
        return False


def _loads(text: str) -> Any:  # noqa: ANN401 - see reach
    return toml.loads(text.encode("utf-8", "surrogateescape"), "the file")
