"""Licences: of the project, and of the crates of others that are compiled into it."""

from __future__ import annotations

import re
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection import crates
from pyo3ops.wheels.inspection.reading import Wheel
from pyo3ops.wheels.inspection.verdict import Said, bounded, fail, ok, skip, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyo3ops.wheels.archive import Member
    from pyo3ops.wheels.inspection.reading import Asked, Sdist

_PEP_639 = "https://packaging.python.org/en/latest/specifications/pyproject-toml/#license-files"
#: What a file with the text of a licence is called.
_TEXT = re.compile(
    r"(?:un)?licen[cs]e|copying|notice|copyright|third[-_. ]?part|attribution|credits|about\.|dependenc", re.IGNORECASE
)
_NO_TEXT = re.compile(r"\.(?:py|pyi|pyc|so|pyd|dylib|dll|rs|h|c)$")


def licence(file: Wheel | Sdist, asked: Asked) -> Iterator[Said]:
    """Nearly every licence wants its text to come along, and PEP 639 says where: dist-info/licenses."""
    del asked
    member = file.own("METADATA") if isinstance(file, Wheel) else file.member("PKG-INFO")
    if member is None:
        yield skip("there is no metadata to name one")
        return
    headers = HeaderParser().parsestr(member.text())
    named = [str(name) for name in headers.get_all("License-File") or ()]
    missing = [name for name in named if not _has(file, name)]
    fix = Fix("list the files in license-files of [project], and build again", url=_PEP_639)
    texts = [each.name for each in _texts(file)]
    if missing:
        # From 2.4 on an index compares them, and refuses the file.
        refused = _release(headers["Metadata-Version"]) >= (2, 4)
        yield (fail if refused else warn)(f"License-File names {missing[0]}, which is not there", fix, missing)
    elif not texts:
        yield warn("no licence text is in it", fix)
    said = [str(headers[key]) for key in ("License-Expression", "License") if headers[key]]
    said += [value for value in headers.get_all("Classifier") or () if value.startswith("License ::")]
    if not said:
        wanted = Fix('write license = "..." (an SPDX expression) into [project]', url=_PEP_639)
        yield warn("nothing in the metadata says which licence it has", wanted, texts)
    yield ok(f"{(said or ['?'])[0].splitlines()[0][:80]}: {', '.join(named or texts[:3])}")


def _release(text: object) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(text or ""))[:2])


def _has(file: Wheel | Sdist, name: str) -> bool:
    if isinstance(file, Wheel):
        # Before PEP 639 they lay in the dist-info folder itself.
        return file.own(f"licenses/{name}") is not None or file.own(name.rpartition("/")[2]) is not None
    return file.member(name) is not None


def _texts(file: Wheel | Sdist) -> list[Member]:
    """Files with the text of some licence, by their folder or by their name."""
    found = [each for each in file.archive.members if _TEXT.search(each.base) and not _NO_TEXT.search(each.base)]
    kept = file.below("licenses") if isinstance(file, Wheel) else ()
    return [*dict.fromkeys([*kept, *(each for each in found if "/sboms/" not in each.name)])]


def crate_licences(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """Who ships a compiled crate ships a copy of it: MIT, BSD and Apache-2.0 all ask for their text in every copy."""
    if not wheel.binaries:
        yield skip("nothing compiled is in it")
        return
    linked = crates.linked(wheel, asked)
    asking = [crate for crate in linked.crates if crate.asks]
    if not asking:
        names = f"{len(linked.crates)} crates, none of which asks for its text" if linked.crates else ""
        yield ok(names) if names else skip("nothing tells which crates are linked: no SBOM, no .dep-v0, no panic")
        return
    # A file for each crate has its name in its path.
    text = "\n".join(f"{member.name}\n{member.text()}" for member in _texts(wheel)).lower()
    unnamed = [crate for crate in asking if not _is_named(crate.name, text)]
    lines = bounded([str(crate) for crate in unnamed])
    counted = f"of {len(asking)} crates that ask for their licence text ({linked.source} has them)"
    if len(unnamed) * 2 > len(asking):
        fix = Fix(
            "collect the texts in one file, and name it in license-files",
            ("cargo", "bundle-licenses", "--format", "yaml", "--output", "THIRDPARTY.yml"),
        )
        yield warn(f"{len(unnamed)} {counted} are in no licence file", fix, lines)
    yield ok(f"{len(asking) - len(unnamed)} {counted} are named in a licence file", lines)


def _is_named(crate: str, text: str) -> bool:
    """True where a text in small letters has the name by itself, or with the version behind it."""
    return bool(re.search(rf"(?<![\w-]){re.escape(crate.lower())}(?!\w|-(?!\d))", text))


def sbom(wheel: Wheel, asked: Asked) -> Iterator[Said]:
    """An SBOM in dist-info/sboms (PEP 770) is how a scanner finds a crate with a hole in it."""
    files = wheel.below("sboms")
    read = dict(crates.sboms(wheel))
    broken = [each.name for each in files if each.name.endswith(".json") and each.name not in read]
    if broken:
        yield warn(f"{broken[0]} is no JSON", Fix("build the wheel again"), broken)
    if files:
        kinds = [f"{name}: {_kind(found)}" for name, found in read.items()]
        yield ok("; ".join(kinds) or files[0].name, kinds)
        return
    promise = _promise(wheel, asked)
    if promise:
        fix = Fix("build with maturin 1.12 or later, and let no later step drop dist-info/sboms")
        yield warn(f"there is none, and {promise}", fix)
    else:
        yield skip("there is none, and none is promised")


def _kind(found: dict[str, object]) -> str:
    components = found.get("components") or found.get("packages")
    count = f", {len(components)} components" if isinstance(components, list) else ""
    if found.get("bomFormat"):
        return f"{found['bomFormat']} {found.get('specVersion', '')}{count}"
    return f"{found.get('spdxVersion', 'of an unknown kind')}{count}"


def _promise(wheel: Wheel, asked: Asked) -> str:
    """Who says that there should be one: the project's settings, or RECORD."""
    tool = asked.settings.get("tool")
    maturin = tool.get("maturin") if isinstance(tool, dict) else None
    wanted = maturin.get("sbom") if isinstance(maturin, dict) else None
    if wanted is True or (isinstance(wanted, dict) and (wanted.get("rust") is not False or wanted.get("include"))):
        return "[tool.maturin] sbom in pyproject.toml promises one"
    record = wheel.own("RECORD")
    listed = f"{wheel.info}sboms/"
    if record is not None and any(line.startswith(listed) for line in record.text().splitlines()):
        return "RECORD lists one"
    return ""
