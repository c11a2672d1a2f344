"""The same sources make the same bytes: nothing of when they were built, and of where, is in a wheel.

SOURCE_DATE_EPOCH is the specification of reproducible-builds.org; paths are taken out by rustc's --remap-path-prefix,
whose values cargo leaves out of what it makes the names of symbols from.
"""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator
from urllib.parse import unquote

from pyo3ops.core.errors import UsageError
from pyo3ops.core.run import run
from pyo3ops.tools import cargo_config
from pyo3ops.wheels.rewriting import rewrite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.wheels.toolchain import Toolchain

#: Seconds; git reads one commit, and the list of files of one folder.
TIMEOUT = 10.0
#: 1980-01-01, the oldest time that a zip archive can tell.
OLDEST = 315532800
_SKIPPED = frozenset({"target", "build", "dist", "node_modules", "__pycache__"})


@dataclass(frozen=True)
class Epoch:
    """The time that files of a release carry, in seconds since 1970, and what says so."""

    seconds: int
    source: str


def epoch(root: Path, env: Mapping[str, str]) -> Epoch:
    """The time of a project's release: SOURCE_DATE_EPOCH, else of the commit, else of the newest file."""
    given = _given(env)
    if given is not None:
        return given
    # Of HEAD: the last commit that touched the folder is another one in a shallow clone. A folder that git ignores
    # lies in a repository that is none of its business.
    tracked = run(["git", "ls-files", "--", "."], timeout=TIMEOUT, env=env, cwd=root)
    commit = run(["git", "log", "-1", "--format=%ct"], timeout=TIMEOUT, env=env, cwd=root)
    if tracked.ok and tracked.out and commit.ok and re.fullmatch(r"\d+", commit.out.strip()):
        return Epoch(max(int(commit.out), OLDEST), "the commit that is checked out")
    return Epoch(max([OLDEST, *_times(root)]), "the newest file")


def epoch_of(sdist_time: int, env: Mapping[str, str]) -> Epoch:
    """The same for an sdist that is there already, whose newest file has this time."""
    return _given(env) or Epoch(max(sdist_time, OLDEST), "the newest file of the sdist")


def _given(env: Mapping[str, str]) -> Epoch | None:
    text = env.get("SOURCE_DATE_EPOCH", "")
    return Epoch(max(int(text), OLDEST), "SOURCE_DATE_EPOCH") if re.fullmatch(r"\d{1,11}", text) else None


def _times(root: Path) -> Iterator[int]:
    for folder, folders, files in os.walk(str(root)):
        folders[:] = [name for name in folders if name not in _SKIPPED and not name.startswith(".")]
        # A link's own time: it may lead nowhere.
        yield from (int(Path(folder, name).lstat().st_mtime) for name in files)


@dataclass(frozen=True)
class Places:
    """The folders whose paths must not be in what is compiled."""

    #: The folder of unpacked sdists, and that of target folders.
    sources: Path
    targets: Path


def environment(
    env: Mapping[str, str], toolchain: Toolchain, places: Places, *, seconds: int, source: Path, home: Path
) -> dict[str, str]:
    """The variables for a build in `source`; the flags that are configured there are kept."""
    configured = cargo_config.read(source, env, home, toolchain.rustc.host).flags
    flags = [*configured, *_remapped(env, toolchain, places, home)]
    if "-linux-" in toolchain.rustc.host:
        # Not every linker writes one by itself, and debug symbols are found by it.
        flags.append("-Clink-arg=-Wl,--build-id=sha1")
    return {
        **env,
        "SOURCE_DATE_EPOCH": str(seconds),
        # Encoded, with \x1f between them: a folder with a space is one flag still.
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_INCREMENTAL": "0",
    }


def _remapped(env: Mapping[str, str], toolchain: Toolchain, places: Places, home: Path) -> Iterator[str]:
    """The flags that rename folders; of several that fit rustc takes the last."""
    folders = [(Path(env.get("CARGO_HOME") or home / ".cargo"), "cargo")]
    if toolchain.sysroot and toolchain.commit:
        # With the component rust-src, rustc spells the library's sources as they lie here.
        folders.append((Path(toolchain.sysroot, "lib/rustlib/src/rust"), f"/rustc/{toolchain.commit}"))
    folders += [(places.targets, "target"), (places.sources, "src")]
    for folder, name in folders:
        for spelt in dict.fromkeys((str(folder), os.path.realpath(folder))):
            yield f"--remap-path-prefix={spelt}={name}"


def forget(wheel: Path, sources: Path, seconds: int) -> bool:
    """Take the folder of the sources out of a wheel's SBOMs, which maturin names packages by; True where it was there.

    Raises `UsageError` where it is no wheel, and `OSError`, as `rewriting.rewrite`.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            sboms = {name: archive.read(name) for name in archive.namelist() if ".dist-info/sboms/" in name}
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UsageError(
            f"{wheel.name} is no wheel: {error}", cause="the backend said 0, and wrote something else"
        ) from None
    folders = tuple(dict.fromkeys((str(sources), os.path.realpath(sources))))
    return rewrite(wheel, {name: _forgotten(data, folders) for name, data in sboms.items()}, epoch=seconds)


def _forgotten(data: bytes, folders: Sequence[str]) -> bytes:
    """The bytes of an SBOM in which addresses of one of the folders, and of files below it, begin with `file:///./`."""

    def change(match: re.Match[bytes]) -> bytes:
        path = unquote(match[1].decode("utf-8", "replace"))
        folder = next((each for each in folders if path == each or path.startswith(each + "/")), None)
        if folder is None:
            return match[0]
        return b"file:///." + path[len(folder) :].encode("utf-8")

    return re.sub(rb'file://(/[^"#?\s]*)', change, data)
