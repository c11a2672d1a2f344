"""`[tool.pyo3ops]`: a key is a field of these classes, and nothing else is accepted."""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What starts a workflow of GitHub's.
TRIGGERS = ("push", "tags", "pull_request", "manual")


def _key(default: Any, read: Callable[[Any], Any], expected: str, meaning: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """One key: its default, how it is read (`ValueError` or `TypeError` where it cannot be), what it must be."""
    return field(default=default, metadata={"read": read, "expected": expected, "meaning": meaning})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(each) for each in value)


def _pythons(value: object) -> tuple[PythonVersion, ...]:
    return tuple(sorted({PythonVersion.parse(text) for text in _texts(value)}))


def _floor(value: object) -> str:
    if not re.fullmatch(r"2014|2010|\d+_\d+", _text(value)):
        raise ValueError
    return _text(value)


def _floors(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise TypeError
    return tuple((pattern, tuple(_floor(each) for each in _texts(floors))) for pattern, floors in value.items())


def _triggers(value: object) -> tuple[str, ...]:
    if not set(_texts(value)) <= set(TRIGGERS) or not value:
        raise ValueError
    return tuple(name for name in TRIGGERS if name in _texts(value))


def _branches(value: object) -> tuple[str, ...]:
    if not _texts(value) or not all(re.fullmatch(r"[\w./*-]+", text) for text in _texts(value)):
        raise ValueError
    return _texts(value)


def _client(value: object) -> str:
    if _text(value) not in {"twine", "uv"}:
        raise ValueError
    return _text(value)


def _announce(value: object) -> str:
    if _text(value) not in {"auto", "github", "none"}:
        raise ValueError
    return _text(value)


def _tag(value: object) -> str:
    if _text(value).count("{version}") != 1:
        raise ValueError
    return _text(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    if value < 1:
        raise ValueError
    return value


def _abis(value: object) -> tuple[str, ...]:
    if not all(re.fullmatch(r"abi3t?-py3\d+", text) for text in _texts(value)):
        raise ValueError
    return _texts(value)


def _reasons(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise TypeError
    if not all(_text(reason).strip() for reason in value.values()):
        raise ValueError("a reason is empty")
    return tuple(value.items())


@dataclass(frozen=True)
class ValidateConfig:
    """`[tool.pyo3ops.validate]`."""

    select: tuple[str, ...] = _key(
        (), _texts, "a list of check ids", "only these checks; a family name takes all of it"
    )
    ignore: tuple[tuple[str, str], ...] = _key(
        (), _reasons, "a table of check id = reason", "checks whose findings become skips, with the reason shown"
    )
    require: tuple[str, ...] = _key((), _texts, "a list of check ids", "checks that fail where they would only warn")
    strict: bool = _key(default=False, read=_flag, expected="true or false", meaning="warnings count as failures")


@dataclass(frozen=True)
class ExamplesConfig:
    """`[tool.pyo3ops.examples]`."""

    folder: str = _key("examples", _text, "a path", "where the example projects lie, from the project's root")


@dataclass(frozen=True)
class ValgrindConfig:
    """`[tool.pyo3ops.valgrind]`."""

    pytest: tuple[str, ...] = _key(
        (), _texts, "a list of arguments", 'what pytest is told under valgrind, such as ["-m", "not slow"]'
    )
    suppressions: tuple[str, ...] = _key(
        (), _texts, "a list of files", "suppressions of the project's own, from its root"
    )


@dataclass(frozen=True)
class PerfConfig:
    """`[tool.pyo3ops.perf]`."""

    script: tuple[str, ...] = _key(
        ("benchmark.py",), _texts, "a script and its arguments", "what is profiled, from the project's root"
    )


@dataclass(frozen=True)
class WheelsConfig:
    """`[tool.pyo3ops.wheels]`."""

    targets: tuple[str, ...] = _key(
        (), _texts, "a list of Rust targets", "what wheels are published for (default: the usual seven)"
    )
    abis: tuple[str, ...] = _key(
        (),
        _abis,
        'a list of PyO3\'s features such as ["abi3-py39", "abi3-py311"]',
        "the stable ABIs that wheels are built for, each with its feature on (default: those of Cargo.toml)",
    )
    also: tuple[tuple[str, str], ...] = _key(
        (),
        _reasons,
        "a table of wheel = reason",
        'wheels beside those that are derived: `"pp311-pypy311_pp73 *-linux-gnu" = "PyPy"`',
    )
    floors: tuple[tuple[str, tuple[str, ...]], ...] = _key(
        (),
        _floors,
        'a table of targets = a list such as ["2_17", "2_34"]',
        "the oldest glibc or musl where a target has another one, or wheels for several: a wheel for each",
    )
    manylinux: str = _key("2_17", _floor, 'a glibc such as "2_28"', "the oldest glibc that wheels have to run with")
    musllinux: str = _key("1_2", _floor, 'a musl such as "1_2"', "the oldest musl that wheels have to run with")
    triggers: tuple[str, ...] = _key(
        TRIGGERS,
        _triggers,
        f"a list of some of {', '.join(TRIGGERS)}",
        "when the workflow of `ci generate` runs: pushes to `branches`, tags v*, pull requests, by hand",
    )
    branches: tuple[str, ...] = _key(
        ("main",), _branches, "a list of branches", "whose pushes the workflow of `ci generate` builds"
    )
    sdist: bool = _key(default=True, read=_flag, expected="true or false", meaning="a source distribution is published")
    without: tuple[tuple[str, str], ...] = _key(
        (),
        _reasons,
        "a table of pattern = reason",
        'planned wheels to leave out: `"cp38-* *-musl" = "no user"`; names are those of `wheels plan`',
    )


@dataclass(frozen=True)
class ReleaseConfig:
    """`[tool.pyo3ops.release]`."""

    index: str = _key("", _text, "a name or an address", "where releases go (default: PyPI)")
    client: str = _key("", _client, "twine or uv", "who uploads (default: twine where it is here, else uv)")
    branches: tuple[str, ...] = _key(
        (), _texts, "a list of branches or patterns", "where releases are made from (default: the remote's own)"
    )
    tag: str = _key(
        "", _tag, 'a text such as "v{version}"', "how tags are spelt (default: as the newest one, else v{version})"
    )
    sign: bool = _key(default=False, read=_flag, expected="true or false", meaning="tags are signed")
    changelog: str = _key("", _text, "a file", "the change log, from the project's root (default: found by its name)")
    versions: tuple[tuple[str, str], ...] = _key(
        (),
        _reasons,
        "a table of file = pattern",
        'more places that state the version: `"docs/conf.py" = "release = \'{version}\'"`',
    )
    smoke: tuple[str, ...] = _key(
        (),
        _texts,
        'a list such as ["-c", "import spam; spam.check()"]',
        "what the Python of each fresh environment is told, beside importing the modules",
    )
    announce: str = _key("auto", _announce, "auto, github or none", "where a release is announced (auto: see origin)")
    ignore: tuple[tuple[str, str], ...] = _key(
        (), _reasons, "a table of check id = reason", "checks of the preflight that become skips, with the reason shown"
    )
    file_limit: int = _key(100, _count, "a number", "the largest file that the index takes, in MiB")
    project_limit: int = _key(10240, _count, "a number", "what all files of the project may come to, in MiB")
    environment: str = _key("release", _text, "a name", "the environment of GitHub that protects the publishing job")


@dataclass(frozen=True)
class Config:
    """`[tool.pyo3ops]`."""

    pythons: tuple[PythonVersion, ...] = _key(
        (), _pythons, 'a list of versions such as ["3.8", "3.13t"]', "the Pythons of the matrix (default: classifiers)"
    )
    crates: tuple[str, ...] = _key(
        (), _texts, "a list of folders or patterns", "folders of the crates, where the build backend does not name them"
    )
    validate: ValidateConfig = field(default_factory=ValidateConfig)
    examples: ExamplesConfig = field(default_factory=ExamplesConfig)
    valgrind: ValgrindConfig = field(default_factory=ValgrindConfig)
    perf: PerfConfig = field(default_factory=PerfConfig)
    wheels: WheelsConfig = field(default_factory=WheelsConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)


@dataclass(frozen=True)
class KeyRow:
    """One key, as the reference lists it."""

    key: str
    expected: str
    default: str
    meaning: str


def read_config(table: object) -> Config:
    """Read the `[tool.pyo3ops]` table; `ConfigError` names the key that is wrong, and the nearest one known."""
    return _read(Config, table, "tool.pyo3ops")  # type: ignore[no-any-return] # it is a Config


def keys() -> Iterator[KeyRow]:
    """Every key of every table."""
    yield from _rows(Config, "tool.pyo3ops")


def _read(model: Any, table: object, path: str) -> Any:  # noqa: ANN401 - any of the classes above
    if not isinstance(table, dict):
        raise ConfigError(f"[{path}] in pyproject.toml is {_kind(table)}, and has to be a table")
    fields = {row.name: row for row in dataclasses.fields(model)}
    values = {}
    for name, value in table.items():
        if name not in fields:
            raise _unknown(path, name, fields)
        row = fields[name]
        values[name] = _read_key(row, value, f"{path}.{name}") if row.metadata else _table(row, value, f"{path}.{name}")
    return model(**values)


def _table(row: dataclasses.Field[Any], value: object, path: str) -> Any:  # noqa: ANN401 - see _read
    return _read(row.default_factory, value, path)


def _read_key(row: dataclasses.Field[Any], value: object, path: str) -> object:
    try:
        return row.metadata["read"](value)
    except (TypeError, ValueError) as error:
        why = f" ({error})" if str(error) else ""
        raise ConfigError(
            f"{path} in pyproject.toml is {_kind(value)}, and has to be {row.metadata['expected']}{why}"
        ) from None


def _unknown(path: str, name: str, known: Mapping[str, object]) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return ConfigError(
        f"[{path}] in pyproject.toml has no key {name!r}; {hint}",
        cause="a misspelt key, or one of another release of pyo3ops",
    )


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    text = repr(value)
    return f"{names.get(type(value), type(value).__name__)}, {text[:60]}{'...' * (len(text) > 60)}"  # noqa: PLR2004 - a glance


def _rows(model: Any, path: str) -> Iterator[KeyRow]:  # noqa: ANN401 - see _read
    for row in dataclasses.fields(model):
        if not row.metadata:
            yield from _rows(row.default_factory, f"{path}.{row.name}")
            continue
        default = json.dumps(list(row.default) if isinstance(row.default, tuple) else row.default)
        yield KeyRow(f"{path}.{row.name}", row.metadata["expected"], default, row.metadata["meaning"])
