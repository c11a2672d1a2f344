"""The facts that rules ask for by name: each is learned once, and only if a chosen rule asks.

A provider is a public function of one of the modules below. Its parameters name the facts that it needs itself; `root`,
`env` and `home` are given. All that touches the machine is in here or in the tools.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.checks.facts import (
    asked,
    debugging,
    editors,
    files,
    machine,
    online,
    packing,
    pythons,
    sources,
    toolchain,
    trial,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Every fact that rules may name, but for the given ones.
PROVIDERS: Mapping[str, Callable[..., Any]] = {
    name: provider
    for module in (
        machine,
        pythons,
        toolchain,
        sources,
        files,
        versions,
        packing,
        editors,
        asked,
        debugging,
        trial,
        online,
    )
    for name, provider in vars(module).items()
    if inspect.isfunction(provider) and provider.__module__ == module.__name__ and not name.startswith("_")
}
