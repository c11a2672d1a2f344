"""One JSON document: an envelope with what the report derives, then the report itself.

Its JSON Schema is schema.json beside this file, generated from the types by `python ci/schema.py`.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from pyo3ops.core.model import SCHEMA, Status

if TYPE_CHECKING:
    from pyo3ops.core.model import Report

#: Characters kept of one string.
LIMIT = 200_000


def render(report: Report) -> str:
    """The document, sorted by key, in ASCII, with a newline at its end."""
    document = {
        **plain(report),
        "schema": SCHEMA,
        "exit_code": int(report.exit_code),
        "status": report.status.value,
        "counts": {status.value: number for status, number in report.counts.items()},
    }
    return json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n"


def plain(value: object) -> Any:  # noqa: ANN401 - what json.dumps takes
    """Dataclasses as objects, tuples as lists, enums as their values; NaN and infinities, which JSON lacks, as null."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, Status):
        return value.value
    if isinstance(value, (bool, int)) or value is None:
        return value if isinstance(value, bool) or value is None else int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _text(str(value))


def _text(text: str) -> str:
    # A lone surrogate has no UTF-8, and strict parsers refuse its escape.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    cut = len(text) - LIMIT
    return text if cut <= 0 else f"{text[:LIMIT]}\u2026 {cut:,} characters cut"
