"""Write pyo3ops/render/schema.json from the types: `python ci/schema.py`. Needs msgspec and Python 3.10."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from pyo3ops.core.model import SCHEMA, Report, Status

FILE = Path(__file__).parents[1] / "pyo3ops/render/schema.json"

_DERIVED: dict[str, Any] = {
    "schema": {"const": SCHEMA},
    "exit_code": {"type": "integer", "description": "The exit code of the process."},
    "status": {
        "enum": [status.value for status in Status],
        "description": "The worst status among the findings and of the failure: ok only where exit_code is 0.",
    },
    "counts": {
        "description": "How many findings have each status; statuses that do not occur are left out.",
        "type": "object",
        "propertyNames": {"enum": [status.value for status in Status]},
        "additionalProperties": {"type": "integer", "minimum": 1},
    },
}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what render/json.py writes."""
    document = msgspec.json.schema(Report)
    types = document["$defs"]
    for each in types.values():
        if each.get("type") == "object":
            # Every field is always written, and nothing else is.
            each["required"] = sorted(each["properties"])
            each["additionalProperties"] = False
            for row in each["properties"].values():
                row.pop("default", None)
    report = types.pop("Report")
    report["properties"].update(_DERIVED)
    report["required"] = sorted(report["properties"])
    assert len(report["properties"]) == len(dataclasses.fields(Report)) + len(_DERIVED)  # noqa: S101 - no name twice
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": types,
        **report,
        "title": "pyo3ops report",
    }


def text() -> str:
    """The schema as it is stored."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.exit(0)
