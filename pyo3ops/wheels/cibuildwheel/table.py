"""`[tool.cibuildwheel]` of a pyproject.toml: our keys put in, those of the project left as they are.

A key is ours where the comment behind it begins with `# pyo3ops:`. Who takes that away has the key to himself.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator, Mapping

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.wheels.cibuildwheel.keys import as_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.wheels.cibuildwheel.keys import Setting, Value

MARK = "pyo3ops: "
_TABLES = ("", "linux", "macos", "windows")
#: Items of a list that are shown on one line.
_SHORT = 3
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Merged:
    """A pyproject.toml with our keys in it."""

    before: str
    after: str
    #: Keys that the plan would write otherwise, and that the project keeps as its own: name, its value, ours.
    kept: tuple[tuple[str, str, str], ...]
    #: True where the file had a `[tool.cibuildwheel]`.
    there: bool

    @property
    def stale(self) -> bool:
        """True where the file does not say what the plan says."""
        return self.before != self.after

    def difference(self, name: str) -> tuple[str, ...]:
        """What writing it would change, as `diff -u` shows it."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), name, f"{name}, by the plan", lineterm=""
        )
        return tuple(lines)


def merge(data: bytes, settings: Sequence[Setting], name: str = "pyproject.toml") -> Merged:
    """Put our keys into the text of a pyproject.toml; what else is in there stays, to the byte.

    Raises `ConfigError` where it is no TOML, or holds something else than tables where ours belong.
    """
    import tomlkit  # noqa: PLC0415 - only where TOML is written
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    before = toml.loads(data, name)
    _check_tables(before, name)
    there = "cibuildwheel" in before.get("tool", {})
    text = data.decode("utf-8-sig")
    # tomlkit ends what it adds with a line feed, whatever the file has.
    dos = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    plain = text.replace("\r\n", "\n") if dos else text
    document: Any = tomlkit.parse(plain)
    try:
        kept = tuple(_put(document, settings))
    except (ValueError, TypeError, TOMLKitError) as error:
        raise _unusual(name, str(error)) from None
    after = document.as_string()
    if after != plain and not plain.endswith("\n\n"):
        # A table that is gone leaves the empty line that stood before it.
        after = f"{after.rstrip()}\n"
    _check_rest(before, after, name)
    return Merged(text, after.replace("\n", "\r\n") if dos else after, kept, there)


def written(merged: Merged, data: bytes) -> bytes:
    """The bytes to write, with the byte order mark that the file had."""
    return (_BOM if data.startswith(_BOM) else b"") + merged.after.encode("utf-8")


def configuration(merged: Merged) -> bytes:
    """The table alone, with our keys and the project's own, for `cibuildwheel --config-file`."""
    import tomlkit  # noqa: PLC0415 - only where TOML is written

    table = toml.loads(merged.after.encode(), "pyproject.toml").get("tool", {}).get("cibuildwheel", {})
    return tomlkit.dumps({"tool": {"cibuildwheel": table}}).encode("utf-8")


def _put(document: Any, settings: Sequence[Setting]) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - tomlkit's documents are of many types
    for table in _TABLES:
        wanted = {each.key: each for each in settings if each.table == table}
        found = _reached(document, table, make=bool(wanted))
        if found is None:
            continue
        for key in [key for key in found if _ours(found[key]) and key not in wanted]:
            del found[key]
        for key, setting in wanted.items():
            if key not in found or _ours(found[key]):
                _set(found, setting)
            elif found[key] != _plain(setting.value):
                yield setting.name, as_toml_of(found[key]), as_toml(setting.value)
    _drop_empty(document)


def _set(table: Any, setting: Setting) -> None:  # noqa: ANN401 - see _put
    """Set a key, or leave it to the byte where it is right already."""
    item = _item(setting)
    if setting.key in table and _written(table[setting.key]) == _written(item):
        return
    table[setting.key] = item


def _written(item: Any) -> tuple[str, str]:  # noqa: ANN401 - see _put
    return item.as_string(), item.trivia.comment


def _item(setting: Setting) -> Any:  # noqa: ANN401 - see _put
    import tomlkit  # noqa: PLC0415

    value = setting.value
    item: Any
    if isinstance(value, str):
        # A literal string has no escapes, and commands are full of what would need some.
        item = tomlkit.string(value, literal='"' in value and "'" not in value)
    elif isinstance(value, Mapping):
        item = tomlkit.inline_table()
        item.update(value)
    else:
        item = _list(value, setting.notes)
    item.comment(f"{MARK}{setting.why}")
    item.trivia.comment_ws = "  " if item.trivia.comment_ws == "" else item.trivia.comment_ws
    return item


def _list(values: Sequence[str], notes: Sequence[str]) -> Any:  # noqa: ANN401 - see _put
    import tomlkit  # noqa: PLC0415

    array = tomlkit.array()
    if not notes and len(values) <= _SHORT:
        array.extend(values)
        return array
    for place, value in enumerate(values):
        array.add_line(value, comment=notes[place] if notes else None)
    array.add_line(indent="")
    return array


def _reached(document: Any, table: str, *, make: bool) -> Any:  # noqa: ANN401 - see _put
    import tomlkit  # noqa: PLC0415

    found = document
    for part in ("tool", "cibuildwheel", table):
        if part and part not in found:
            if not make:
                return None
            # `tool` alone has no header: its tables are enough.
            found[part] = tomlkit.table(is_super_table=part == "tool")
        if part:
            found = found[part]
    return found


def _drop_empty(document: Any) -> None:  # noqa: ANN401 - see _put
    """Take away the tables that held keys of ours alone."""
    found = _reached(document, "", make=False)
    for table in _TABLES[1:]:
        if found is not None and table in found and not found[table]:
            del found[table]
    if found is not None and not found:
        del document["tool"]["cibuildwheel"]


def _ours(item: Any) -> bool:  # noqa: ANN401 - see _put
    trivia = getattr(item, "trivia", None)
    return trivia is not None and trivia.comment.lstrip("# ").startswith(MARK)


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def as_toml_of(item: Any) -> str:  # noqa: ANN401 - see _put
    """An item of a document on one line."""
    return " ".join(str(item.as_string() if hasattr(item, "as_string") else item).split())


def _check_tables(document: Mapping[str, Any], name: str) -> None:
    found: Any = document
    for part in ("tool", "cibuildwheel"):
        found = found.get(part, {})
        if not isinstance(found, dict):
            raise ConfigError(f"{part} in {name} is no table", cause="[tool.cibuildwheel] has to be one")
    for part in _TABLES[1:]:
        if not isinstance(found.get(part, {}), dict):
            raise ConfigError(
                f"tool.cibuildwheel.{part} in {name} is no table", cause="cibuildwheel reads a table there"
            )


def _check_rest(before: Mapping[str, Any], text: str, name: str) -> None:
    """What does not belong to cibuildwheel must be the same: nothing here may lose a line of somebody's project."""
    try:
        after = toml.loads(text.encode(), name)
    except ConfigError:
        raise _unusual(name, "it would be no TOML") from None
    for document in (before, after):
        tool = document.get("tool")
        if isinstance(tool, dict):
            tool.pop("cibuildwheel", None)
    if _bare(before) != _bare(after):
        raise _unusual(name, "another table would change")


def _unusual(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"[tool.cibuildwheel] cannot be put into {name}: {why}",
        cause="an unusual order of its tables, or one that is written on one line",
    )


def _bare(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "tool" or value}
