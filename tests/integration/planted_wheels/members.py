"""RECORD, and what is in the archive that should not be, or not twice."""

from __future__ import annotations

import importlib.util
import marshal
from dataclasses import replace
from typing import TYPE_CHECKING

from .planting import MINOR, plants

if TYPE_CHECKING:
    from .archives import File
    from .project import Parts


@plants("RECORD is wrong")
def _(parts: Parts) -> File:
    wheel, name = parts.specific, "tiny/__init__.py"
    changed = wheel.members[name].replace(b"answer", b"anSwer", 1)
    assert len(changed) == len(wheel.members[name])
    return replace(wheel, members={**wheel.members, name: changed}).file


@plants("a file that RECORD does not know")
def _(parts: Parts) -> File:
    return replace(parts.specific, members={**parts.specific.members, "tiny/planted.py": b"PLANTED = True\n"}).file


@plants("RECORD names a file that is missing")
def _(parts: Parts) -> File:
    wheel = parts.specific.having({"tiny/planted.py": b"PLANTED = True\n"})
    kept = {name: data for name, data in wheel.members.items() if name != "tiny/planted.py"}
    return replace(wheel, members=kept).file


@plants("no RECORD")
def _(parts: Parts) -> File:
    wheel = parts.specific
    return replace(wheel, members={name: data for name, data in wheel.members.items() if "RECORD" not in name}).file


@plants("RECORD with SHA-512")
def _(parts: Parts) -> File:
    return parts.specific.sealed("sha512").file


@plants("path out of the archive")
def _(parts: Parts) -> File:
    return parts.specific.having({"../../planted.py": b"PLANTED = True\n"}).file


@plants("the same name twice")
def _(parts: Parts) -> File:
    return parts.specific.zipped(parts.specific.members, twice={"tiny/__init__.py": b"answer = None\n"})


@plants("members for folders")
def _(parts: Parts) -> File:
    names = parts.specific.members
    folders = sorted(
        {"/".join(name.split("/")[:depth]) + "/" for name in names for depth in range(1, name.count("/") + 1)}
    )
    assert folders
    return parts.specific.zipped({**dict.fromkeys(folders, b""), **names})


@plants("truncated archive")
def _(parts: Parts) -> File:
    file = parts.specific.file
    return file._replace(data=file.data[: len(file.data) * 2 // 3])


@plants("bytecode shipped")
def _(parts: Parts) -> File:
    code = compile(parts.specific.members["tiny/__init__.py"], "tiny/__init__.py", "exec")
    data = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
    return parts.specific.having({f"tiny/__pycache__/__init__.cpython-3{MINOR}.pyc": data}).file


@plants("sources shipped in the wheel")
def _(parts: Parts) -> File:
    source = parts.sdist.members["src/lib.rs"]
    return parts.specific.having({"src/lib.rs": source, "target/release/lib_native.so": parts.specific.library}).file


@plants("a pure package beside the extension")
def _(parts: Parts) -> File:
    sources = {"tiny/helpers/__init__.py": b"", "tiny/helpers/tables.py": b"ROWS = (1, 2)\n"}
    return parts.specific.having({**sources, "tiny/data/table.csv": b"name,value\na,1\n"}).file


@plants("a subpackage called target")
def _(parts: Parts) -> File:
    return parts.specific.having({"tiny/target/__init__.py": b"", "tiny/target/table.json": b"[1, 2]\n"}).file


@plants("script and entry point")
def _(parts: Parts) -> File:
    wheel = parts.specific
    points = b"[console_scripts]\ntiny-answer = tiny:answer\n"
    script = b"#!python\nimport tiny\nprint(tiny.answer())\n"
    return wheel.having({f"{wheel.info}/entry_points.txt": points, "tiny-0.1.0.data/scripts/tiny": script}).file
