"""JSON with comments and trailing commas, as editors keep their settings in."""

from __future__ import annotations

import json
import re
from typing import Any

#: What has to be told apart: a string, which may hold what looks like the rest; comments; a comma before a bracket.
_COMMENT = r"//[^\n]*(?=\n|\Z)|/\*(?:[^*]|\*(?!/))*\*/"
_TOKEN = re.compile(
    rf'(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<comment>{_COMMENT})|(?P<comma>,)(?=(?:\s|{_COMMENT})*[\]}}])', re.DOTALL
)


def loads(text: str) -> Any:  # noqa: ANN401 - what JSON holds
    """The value that the text describes.

    Raises `json.JSONDecodeError`, whose `lineno` counts in the text as given, and `RecursionError` for too deep a nest.
    """
    return json.loads(plain(text))


def plain(text: str) -> str:
    """The text as JSON proper: what is too much is blanks, and everything else stands where it stood."""
    return _TOKEN.sub(_blank, text.lstrip("\ufeff"))


def _blank(match: re.Match[str]) -> str:
    return match[0] if match["string"] else re.sub(r"[^\n]", " ", match[0])
