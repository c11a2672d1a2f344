"""Where the actions of `debug` look for symbols: the project's store, folders that are given, servers if asked to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.stacks.symbol_files import SymbolFiles
from pyo3ops.wheels import symbol_store
from pyo3ops.wheels.symbol_store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.tools.debuginfod import Servers

#: Below a project's `.pyo3ops`, where `pyo3ops wheels symbols` puts companions.
STORE = Path(".pyo3ops", "symbols")


def symbol_files(
    root: Path | None,
    env: Mapping[str, str],
    folders: tuple[Path, ...] = (),
    *,
    online: bool = False,
    sysroot: Path | None = None,
    programs: bool = False,
) -> SymbolFiles:
    """The symbols that can be had; raises `UsageError` for a folder that is not there, and for no server to ask.

    `sysroot` and `programs` are those of `SymbolFiles`.
    """
    if sysroot is not None and not sysroot.is_dir():
        raise UsageError(
            f"there is no folder {sysroot}",
            cause="--sysroot takes a folder with the files of the machine that the core is from, below their own paths",
            command="docker export CONTAINER | tar -x -C DIR",
        )
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder {folder}",
                cause="--symbols takes folders: of `.build-id`, or of libraries that were not stripped",
                command="pyo3ops wheels symbols --list",
            )
    store = Store((root / STORE).absolute()) if root is not None else None
    known: dict[str, tuple[str, ...]] = {}
    for row in _rows(store):
        name = row.member.rpartition("/")[2]
        known[name] = (*known.get(name, ()), *({row.build_id} - {*known.get(name, ())}))
    servers = _servers(env) if online else None
    return SymbolFiles(
        env,
        folders=folders,
        store=store.folder if store else None,
        known=known,
        servers=servers,
        sysroot=sysroot,
        programs=programs,
    )


def _rows(store: Store | None) -> tuple[symbol_store.Kept, ...]:
    """What the index knows; nothing where it cannot be read, for the companions themselves can."""
    try:
        return symbol_store.entries(store) if store else ()
    except UsageError:
        return ()


def _servers(env: Mapping[str, str]) -> Servers:
    import platformdirs  # noqa: PLC0415 - only --online needs it, and what asks servers

    from pyo3ops.tools.debuginfod import VARIABLE, Servers  # noqa: PLC0415

    servers = Servers(env, Path(platformdirs.user_cache_dir("pyo3ops", appauthor=False), "symbols"))
    if not servers.urls:
        raise UsageError(
            f"--online has no server to ask: {VARIABLE} names none",
            cause="distributions set it; https://debuginfod.elfutils.org/ passes on what most of them have",
            command=f"{VARIABLE}=https://debuginfod.elfutils.org/ pyo3ops debug core FILE --online",
        )
    return servers
