"""Whether an index takes what pyproject.toml says: it judges file by file, and may refuse one after others passed."""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping

from pyo3ops.core.model import Fix
from pyo3ops.tools import twine
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said

_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)
_TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
_NO_TABLE = skip("there is no [project]: the built files are looked at instead")
#: What indexes hold a label of a link and the summary to, in characters.
_LABEL = 32
_SUMMARY = 512


def name(world: World) -> Iterator[Said]:
    """An index refuses a name that is none, and one that would hide a module of the standard library."""
    own = world.project.name or ""
    stdlib: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
    if not own:
        yield fail("the project has no name", Fix("write it below [project] of pyproject.toml"))
    elif not _NAME.fullmatch(own):
        yield fail(f"{own!r} is no name", Fix("use letters, digits, and . _ - between them"))
    elif re.sub(r"[-.]+", "_", own).lower() in stdlib:
        yield warn(f"{own} is a module of the standard library, whose names indexes keep", Fix("choose another name"))
    else:
        yield ok(own)


def classifiers(world: World) -> Iterator[Said]:
    """An index refuses a file with a classifier that it does not know; `Private ::` is there to be refused."""
    known, deprecated = _known()
    given = tuple(line.strip() for line in world.project.classifiers)
    private = [line for line in given if line.lower().startswith("private ::")]
    if private:
        yield fail(
            f"{private[0]!r}: public indexes refuse what is marked private",
            Fix("take it out, or release to an index of your own and ignore release.metadata.classifiers"),
        )
    for line in given:
        if line in deprecated:
            yield warn(f"{line!r} is deprecated", Fix("take it out of the classifiers"))
        elif line not in known and line not in private:
            yield _unknown(line, known)
    twice = sorted({line for line in given if given.count(line) > 1})
    if twice:
        yield warn(f"{twice[0]!r} is there twice", Fix("take it out once"))
    yield ok(f"{len(given)} known" if given else "none")


def _unknown(line: str, known: frozenset[str]) -> Said:
    parent, _, last = line.rpartition(" :: ")
    siblings = [each for each in known if each.rpartition(" :: ")[0] == parent]
    # Lists age: the next Python, and the next version of a framework, are where the ones before are.
    if re.fullmatch(r"\d+(\.\d+)*", last) and any(re.search(r":: \d+(\.\d+)*$", each) for each in siblings):
        return warn(f"{line!r} is not in the list of this pyo3ops", Fix("look whether indexes know it by now"))
    near = difflib.get_close_matches(line, known, n=1, cutoff=0.6)
    return fail(f"indexes know no {line!r}", Fix(f"write {near[0]!r}" if near else "take it out"))


def _known() -> tuple[frozenset[str], frozenset[str]]:
    lines = (Path(__file__).parent / "classifiers.txt").read_text(encoding="utf-8").splitlines()[1:]
    return (
        frozenset(line for line in lines if not line.startswith("-")),
        frozenset(line[1:] for line in lines if line.startswith("-")),
    )


def readme(world: World) -> Iterator[Said]:
    """The project's page is its long description; an index refuses one that it cannot show."""
    table = _project(world)
    if table is None:
        yield _NO_TABLE
        return
    given = table.get("readme")
    file, kind, text = _readme(given)
    if given is None and "readme" not in _strings(table.get("dynamic")) and not world.crate_readme:
        yield warn("there is no long description", Fix('write readme = "README.md" below [project]'))
    elif given is None:
        yield ok(f"{world.crate_readme or 'found out by the backend'}")
    elif file and world.readme is None:
        yield fail(f"readme names {file}, which is not there", Fix("name the file that is there, or write it"))
    else:
        yield from _described(file, kind, text or world.readme or "")


def _readme(given: object) -> tuple[str, str, str]:
    """File, content type and text, as far as they are given."""
    if isinstance(given, str):
        return given, _TYPES.get(Path(given).suffix.lower(), ""), ""
    if isinstance(given, dict):
        file, kind, text = (str(given.get(key) or "") for key in ("file", "content-type", "text"))
        return file, kind.partition(";")[0].strip().lower(), text
    return "", "", ""


def _described(file: str, kind: str, text: str) -> Iterator[Said]:
    where = file or "the description"
    if kind not in _TYPES.values():
        summary = "name it .md, .rst or .txt, or write its content-type"
        yield fail(f"{where}: {kind or 'its type'} is none that an index shows", Fix(summary))
    elif "\ufffd" in text:
        yield fail(f"{where} is not UTF-8", Fix("save it as UTF-8"))
    elif not text.strip():
        yield warn(f"{where} is empty", Fix("say what the project is for"))
    elif kind == "text/x-rst":
        wrong = twine.wrong_with(text)
        fix = Fix(f"mend {where}: an index refuses what it cannot show")
        yield fail(f"{where}: {wrong[0]}", fix, wrong) if wrong else ok(f"{where}, by {twine.reader()}")
    else:
        yield ok(f"{where}, {kind}")


def licence(world: World) -> Iterator[Said]:
    """PEP 639: an expression, and no classifier beside it; an index refuses a file with both."""
    table = _project(world)
    if table is None:
        yield _NO_TABLE
        return
    given, files = table.get("license"), table.get("license-files")
    named = [line for line in world.project.classifiers if line.startswith("License ::")]
    if isinstance(given, str):
        if named:
            yield fail(f"license = {given!r} beside the classifier {named[0]!r}", Fix("take the classifier out"), named)
        yield from _expression(given)
    if isinstance(given, dict) and files is not None:
        yield fail("license is a table beside license-files", Fix("write the expression: license = 'MIT'"))
    for pattern in world.licences_missing:
        yield fail(f"license-files: {pattern} fits no file", Fix("name the files that are there"))
    if given is None and not named and "license" not in _strings(table.get("dynamic")):
        yield warn("no licence is named: nobody may use it", Fix("write license = 'MIT', or what holds"))
    yield ok(str(given) if isinstance(given, str) else ", ".join(named) or "as license says")


def _expression(text: str) -> Iterator[Said]:
    try:
        from packaging import licenses  # noqa: PLC0415 - came with packaging 24.2
    except ImportError:
        yield skip("this packaging is older than 24.2 and reads no licence expressions")
        return
    try:
        canonical = licenses.canonicalize_license_expression(text)
    except ValueError as error:
        yield fail(f"license = {text!r}: {error}", Fix("write an SPDX expression, such as MIT OR Apache-2.0"))
        return
    if canonical != text:
        yield ok(f"{text}, which is {canonical}")


def requires_python(world: World) -> Iterator[Said]:
    """Installers choose by it: garbled it is refused, and one that shuts a Python out keeps its wheel from all."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - costs what start-up cannot pay

    table = _project(world)
    text = world.project.requires_python
    if table is not None and text is None:
        text = table.get("requires-python")
    if text is None:
        yield warn("there is none: installers offer it to every Python", Fix('write requires-python = ">=3.X"'))
        return
    try:
        admitted = SpecifierSet(text)
    except (InvalidSpecifier, TypeError):
        yield fail(f"{text!r} cannot be read", Fix('write it like ">=3.8"'))
        return
    shut = [each for each in world.project.pythons if not _admits(admitted, each.minor)]
    if shut:
        yield fail(
            f"{text} shuts out {', '.join(map(str, shut))}, which wheels are planned for",
            Fix("widen requires-python, or take them out of the classifiers"),
        )
    else:
        yield ok(text)


def _admits(admitted: Any, minor: int) -> bool:  # noqa: ANN401 - a SpecifierSet, whose module is slow to import
    return any(admitted.contains(f"3.{minor}.{patch}") for patch in (0, 1, 5, 20, 99))


def dependencies(world: World) -> Iterator[Said]:
    """An index refuses a dependency by address: what it offers has to be installable from an index."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - see requires_python

    table = _project(world)
    if table is None:
        yield _NO_TABLE
        return
    count = 0
    for place, text in _required(table):
        count += 1
        try:
            wanted = Requirement(text)
        except InvalidRequirement as error:
            yield fail(f"{place}: {text!r} cannot be read", Fix("mend it"), str(error).splitlines()[:1])
            continue
        if wanted.url:
            yield fail(
                f"{place}: {wanted.name} is taken from an address, which indexes refuse",
                Fix(f"name a version of {wanted.name} that an index has"),
            )
    yield ok(f"{count} from an index" if count else "none")


def _required(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("dependencies", text) for text in _strings(table.get("dependencies")))
    extras = table.get("optional-dependencies")
    for extra, rows in extras.items() if isinstance(extras, dict) else ():
        yield from ((f"extra {extra}", text) for text in _strings(rows))


def fields(world: World) -> Iterator[Said]:
    """Indexes bound the summary and the labels of links, and follow links of http and https alone."""
    table = _project(world)
    if table is None:
        yield _NO_TABLE
        return
    summary = str(table.get("description") or "")
    if "\n" in summary.strip() or len(summary) > _SUMMARY:
        yield fail("description is longer than a line of 512 characters", Fix("shorten it: readme has room"))
    urls = table.get("urls")
    for label, url in urls.items() if isinstance(urls, dict) else ():
        if len(label) > _LABEL:
            yield fail(f"urls: the label {label!r} has more than {_LABEL} characters", Fix("shorten it"))
        if not re.match(r"https?://[^\s/]", str(url)):
            yield fail(f"urls: {label} is no address of http or https", Fix("write the whole address"), [str(url)])
    yield ok(f"{len(urls) if isinstance(urls, dict) else 0} links")


def _project(world: World) -> Mapping[str, Any] | None:
    table = world.pyproject.get("project")
    return table if isinstance(table, dict) else None


def _strings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
