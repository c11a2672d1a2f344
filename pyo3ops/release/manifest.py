"""The sealed set: the only bytes that are ever uploaded, copied aside, and written down with their hashes.

A set is sealed once. Nothing is built again when an upload is tried again: what is built twice has other bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Pattern, TypeVar

from pyo3ops.core.errors import ConfigError, Pyo3opsError, UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.release.model import Manifest, SealedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.release.model import Pair

#: Names in the folder of a release.
FILE = "manifest.json"
FILES = "files"
SCHEMA = "pyo3ops-manifest/1"
_CHUNK = 2**20
#: A name that is one file in one folder, on every system.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]*")
#: What `git checkout` is told, and what hashes are compared with.
_COMMIT = re.compile(r"[0-9a-f]{40,64}|")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Bytes of a manifest: far more than thousands of files take.
_LONGEST = 16 * 2**20
_READ_ONLY = 0o444
_Kind = TypeVar("_Kind")


def seal(
    files: Sequence[Path],
    folder: Path,
    *,
    project: str,
    version: str,
    commit: str = "",
    locks: Sequence[Pair] = (),
    tools: Sequence[Pair] = (),
) -> Manifest:
    """Copy the files of a release aside, each whole and read-only, and write down what they are.

    The same set again gives the same manifest. Raises `UsageError` for what is no set of files of this version, and
    where another set is sealed here; `Pyo3opsError` where a file changes meanwhile, or the disk does not take it.
    """
    ordered = _ordered(files, project, version)
    if not _COMMIT.fullmatch(commit):
        raise UsageError(f"{commit!r} is no full commit", command="git rev-parse HEAD")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".sealing-", dir=str(folder)))
        try:
            sealed = tuple(_copied(file, aside) for file in ordered)
            manifest = Manifest(project, version, commit, sealed, tuple(sorted(locks)), tuple(sorted(tools)))
            return _kept(manifest, aside, folder)
        finally:
            shutil.rmtree(str(aside), ignore_errors=True)
    except OSError as error:
        raise Pyo3opsError(
            f"the files of the release cannot be sealed: {reason_of(error, folder)}",
            cause="nothing was uploaded; the files are where they were",
        ) from None


def from_folder(source: Path, folder: Path) -> Manifest:
    """Take over a set that was sealed elsewhere: a manifest and its files, beside it or in its `files`.

    Raises `UsageError` where a file is not there or is not as it was sealed, or another set is sealed here already, and
    as `load` and `seal` do.
    """
    manifest = load(source)
    beside = source / FILES if (source / FILES).is_dir() else source
    wrong = _wrong(manifest, beside)
    if wrong:
        raise UsageError(
            f"{source} does not hold what its {FILE} says",
            cause="; ".join(wrong[:5]),
            command="pyo3ops release --from DIR",
        )
    taken = seal(
        [beside / file.name for file in manifest.files],
        folder,
        project=manifest.project,
        version=manifest.version,
        commit=manifest.commit,
        locks=manifest.locks,
        tools=manifest.tools,
    )
    if taken != manifest:
        raise UsageError(f"{source / FILE} does not say what its files are", cause="other order, names or tags")
    return taken


def load(folder: Path, sha256: str = "") -> Manifest:
    """The manifest of a folder; with the hash that the journal has of it, only that one.

    Raises `ConfigError` where there is none, it cannot be read, or is another one.
    """
    path = folder / FILE
    try:
        with path.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
        if len(data) > _LONGEST:
            raise _unusable(path, f"it has more than {_LONGEST} bytes")
        manifest = _decoded(json.loads(data.decode("utf-8")))
    except OSError as error:
        raise _unusable(path, reason_of(error, path)) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unusable(path, "it is not as pyo3ops writes it") from None
    if encoded(manifest) != data:
        raise _unusable(path, "it is not as pyo3ops wrote it")
    if sha256 and fingerprint(manifest) != sha256:
        raise _unusable(path, "it is not the one that the journal has the hash of")
    return manifest


def check(manifest: Manifest, folder: Path, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """What is no longer as it was sealed, a line each; `names` asks for some of the files alone."""
    return _wrong(manifest, folder / FILES, names)


def path_of(folder: Path, file: SealedFile) -> Path:
    """Where the sealed bytes of a file are."""
    return folder / FILES / file.name


def encoded(manifest: Manifest) -> bytes:
    """A manifest as it stands in its file: one text for one set."""
    rows = [
        {
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "blake2b_256": file.blake2b,
            "tags": list(file.tags),
        }
        for file in manifest.files
    ]
    document = {
        "schema": SCHEMA,
        "project": manifest.project,
        "version": manifest.version,
        "commit": manifest.commit,
        "files": rows,
        "locks": dict(manifest.locks),
        "tools": dict(manifest.tools),
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode("utf-8")


def fingerprint(manifest: Manifest) -> str:
    """The sha256 of a manifest's file: what the journal keeps of it."""
    return hashlib.sha256(encoded(manifest)).hexdigest()


def set_aside(folder: Path) -> Path | None:
    """Make room for another set where the sealed one was given up; where that is now, None where there was none.

    Raises `OSError`. It is for a release of which nothing is public: the journal says so first.
    """
    if not (folder / FILE).exists():
        return None
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()[:12]
    aside = folder / f"given-up-{digest}"
    number = 1
    while aside.exists():
        number += 1
        aside = folder / f"given-up-{digest}-{number}"
    aside.mkdir()
    # The files first: a manifest without files is seen by `check`, files without one are of no set.
    for name in (FILES, FILE):
        if (folder / name).exists():
            (folder / name).replace(aside / name)
    return aside


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal. Raises `OSError`."""
    return _hashes(path)[1]


def _hashes(path: Path) -> tuple[int, str, str]:
    """Size, SHA-256 and BLAKE2b of 256 bits."""
    sha256, blake2b, size = hashlib.sha256(), hashlib.blake2b(digest_size=32), 0
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            sha256.update(chunk)
            blake2b.update(chunk)
            size += len(chunk)
    return size, sha256.hexdigest(), blake2b.hexdigest()


def _ordered(files: Sequence[Path], project: str, version: str) -> tuple[Path, ...]:
    """The files as they are uploaded: wheels by name, then the sdist. Raises `UsageError`."""
    if not files:
        raise UsageError("there is no file to seal", command="pyo3ops wheels build")
    for file in files:
        why = _no_part(file, project, version)
        if why:
            raise UsageError(f"{file.name} cannot be a part of {project} {version}: {why}")
    names = [file.name for file in files]
    twice = sorted({name for name in names if sum(name.lower() == each.lower() for each in names) > 1})
    if twice:
        raise UsageError(f"two files have one name: {', '.join(twice)}", cause="an index does not look at case")
    return tuple(sorted(files, key=lambda file: (not file.name.endswith(".whl"), file.name)))


def _no_part(file: Path, project: str, version: str) -> str:
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    if not _NAME.fullmatch(file.name):
        return "its name is not one that every index takes"
    read = utils.parse_wheel_filename if file.name.endswith(".whl") else utils.parse_sdist_filename
    try:
        found, of_version = read(file.name)[:2]
    # A garbled version is an error of another class.
    except ValueError:
        return "it is neither a wheel nor a source distribution"
    if found != utils.canonicalize_name(project):
        return f"it is one of {found}"
    if str(of_version) != utils.canonicalize_version(version, strip_trailing_zero=False):
        return f"it is of version {of_version}"
    return "" if file.is_file() else "it is not there"


def _copied(file: Path, aside: Path) -> SealedFile:
    """Copy one file and look at both afterwards: the bytes that were hashed are the bytes that are kept."""
    target = aside / file.name
    with file.open("rb") as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy, _CHUNK)
        copy.flush()
        os.fsync(copy.fileno())
    target.chmod(_READ_ONLY)
    size, sha256, blake2b = _hashes(target)
    if _hashes(file) != (size, sha256, blake2b):
        raise Pyo3opsError(f"{file.name} changed while it was sealed", cause="something still writes it")
    return SealedFile(file.name, size, sha256, blake2b, _tags(file.name))


def _tags(name: str) -> tuple[str, ...]:
    from packaging.utils import parse_wheel_filename  # noqa: PLC0415 - costs what start-up cannot pay

    return tuple(sorted(map(str, parse_wheel_filename(name)[3]))) if name.endswith(".whl") else ()


def _kept(manifest: Manifest, aside: Path, folder: Path) -> Manifest:
    """Put the copies where they stay; the manifest last, as files without one are of no set."""
    target = folder / FILES
    if (folder / FILE).exists():
        if load(folder) != manifest:
            raise UsageError(
                f"another set of files is sealed in {folder}",
                cause="a release is sealed once: what is built again has other bytes",
                command="pyo3ops release --resume",
            )
        if not check(manifest, folder):
            return manifest
    shutil.rmtree(str(target), ignore_errors=True)
    aside.chmod(0o755)
    aside.rename(target)
    write_whole(folder / FILE, encoded(manifest))
    return manifest


def _wrong(manifest: Manifest, files: Path, names: Sequence[str] | None = None) -> tuple[str, ...]:
    asked = [file for file in manifest.files if names is None or file.name in names]
    return tuple(filter(None, (_wrong_with(file, files / file.name) for file in asked)))


def _wrong_with(file: SealedFile, path: Path) -> str:
    try:
        found = _hashes(path)
    except OSError as error:
        return f"{file.name}: {error.strerror or error}"
    return "" if found == (file.size, file.sha256, file.blake2b) else f"{file.name} has other bytes than were sealed"


def _decoded(document: object) -> Manifest:
    """The manifest that a document from anywhere is. Raises `ValueError`, `KeyError` or `TypeError` for any other."""
    said = _a(dict, document)
    if said["schema"] != SCHEMA:
        raise ValueError("another schema")
    files = tuple(map(_row, _a(list, said["files"])))
    if not files:
        raise ValueError("there is no file")
    project, version = _text(_NAME, said["project"]), _text(_NAME, said["version"])
    locks, tools = _pairs(said["locks"]), _pairs(said["tools"])
    return Manifest(project, version, _text(_COMMIT, said["commit"]), files, locks, tools)


def _row(document: object) -> SealedFile:
    row = _a(dict, document)
    size = _a(int, row["size"])
    # Truth is a number in Python.
    if isinstance(size, bool) or size < 0:
        raise ValueError("no size")
    sha256, blake2b = _text(_DIGEST, row["sha256"]), _text(_DIGEST, row["blake2b_256"])
    return SealedFile(
        _text(_NAME, row["name"]), size, sha256, blake2b, tuple(_a(str, tag) for tag in _a(list, row["tags"]))
    )


def _pairs(document: object) -> tuple[Pair, ...]:
    return tuple(sorted((name, _a(str, value)) for name, value in _a(dict, document).items()))


def _text(pattern: Pattern[str], value: object) -> str:
    text = _a(str, value)
    if not pattern.fullmatch(text):
        raise ValueError("it would lead elsewhere")
    return text


def _a(kind: type[_Kind], value: object) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def _unusable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path} cannot be used: {why}",
        cause="the sealed set is the only thing that may be uploaded",
        command="pyo3ops release status",
    )
