"""Metadata, licences, stubs and bills of materials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .archives import edited
from .planting import plants
from .project import sbom_promised

if TYPE_CHECKING:
    from .archives import File
    from .project import Parts


@plants("no licence file")
def _(parts: Parts) -> File:
    wheel = parts.specific.lacking(f"{parts.specific.info}/licenses/")
    return wheel.editing("METADATA", (r"^(License-File: .*\n)+", "")).file


@plants("licences of linked crates missing")
def _(parts: Parts) -> File:
    wheel = parts.specific.lacking(f"{parts.specific.info}/licenses/THIRD-PARTY-LICENSES.txt")
    return wheel.editing("METADATA", (r"^License-File: THIRD-PARTY-LICENSES.txt\n", "")).file


@plants("License-File that is not there")
def _(parts: Parts) -> File:
    return parts.specific.editing(
        "METADATA", (r"^License-File: LICENSE\n", "License-File: LICENSE\nLicense-File: NOTICE\n")
    ).file


@plants("crate licences, a file each")
def _(parts: Parts) -> File:
    wheel = parts.specific
    files = {f"crates/{crate.replace(' ', '-')}/LICENSE-MIT": text.encode() for crate, text in parts.crates}
    lines = "".join(f"License-File: {name}\n" for name in files)
    wheel = wheel.lacking(f"{wheel.info}/licenses/THIRD-PARTY-LICENSES.txt")
    wheel = wheel.having({f"{wheel.info}/licenses/{name}": data for name, data in files.items()})
    return wheel.editing("METADATA", (r"^License-File: THIRD-PARTY-LICENSES.txt\n", lines)).file


@plants("typed without stubs")
def _(parts: Parts) -> File:
    return parts.specific.lacking("tiny/_native.pyi").file


@plants("stubs without py.typed")
def _(parts: Parts) -> File:
    return parts.specific.lacking("tiny/py.typed").file


@plants("stub that does not parse")
def _(parts: Parts) -> File:
    return parts.specific.having({"tiny/_native.pyi": b"def answer( -> int: ...\n"}).file


@plants("description that cannot be shown")
def _(parts: Parts) -> File:
    body = "\n\nTiny\n====\n\n.. toctree::\n\n   usage\n\nSee :ref:`usage`.\n"
    kind = (r"^Description-Content-Type: .*", "Description-Content-Type: text/x-rst")
    return parts.specific.editing("METADATA", kind, (r"\n\n# tiny(.|\n)*", body)).file


@plants("version in the name differs")
def _(parts: Parts) -> File:
    return parts.specific.editing("METADATA", ("^Version: 0.1.0$", "Version: 0.2.0")).file


@plants("version in Cargo's spelling")
def _(parts: Parts) -> File:
    wheel = parts.specific.editing("METADATA", ("^Version: 0.1.0$", "Version: 0.1.0-rc.1"))
    wheel = wheel.moved(wheel.info, "tiny-0.1.0rc1.dist-info")
    return wheel.file._replace(name=wheel.name.replace("0.1.0", "0.1.0rc1"))


@plants("dist-info of another spelling of the version")
def _(parts: Parts) -> File:
    return parts.specific.moved("tiny-0.1.0.dist-info", "tiny-0.1.dist-info").file


@plants("name of another project")
def _(parts: Parts) -> File:
    return parts.specific.editing("METADATA", ("^Name: tiny$", "Name: tinier")).file


@plants("licence expression with a slash")
def _(parts: Parts) -> File:
    return parts.specific.editing("METADATA", ("^License-Expression: .*", "License-Expression: MIT/Apache-2.0")).file


@plants("no Requires-Python")
def _(parts: Parts) -> File:
    return parts.specific.editing("METADATA", (r"^Requires-Python: .*\n", "")).file


@plants("Requires-Python below the abi3 minimum", "abi3")
def _(parts: Parts) -> File:
    assert parts.abi3.tag.startswith("cp38-abi3-")
    return parts.abi3.editing("METADATA", ("^Requires-Python: .*", "Requires-Python: >=3.6")).file


@plants("Requires-Python without the wheel's own Python")
def _(parts: Parts) -> File:
    return parts.specific.editing("METADATA", ("^Requires-Python: .*", "Requires-Python: >=3.99")).file


@plants("no METADATA")
def _(parts: Parts) -> File:
    wheel = parts.specific
    record = edited(wheel.members[f"{wheel.info}/RECORD"], (rf"^{re.escape(wheel.info)}/METADATA,.*\n", ""))
    kept = {name: data for name, data in wheel.members.items() if not name.endswith("/METADATA")}
    return wheel.zipped({**kept, f"{wheel.info}/RECORD": record})


@plants("no SBOM where the project promises one")
def _(parts: Parts) -> File:
    assert sbom_promised(parts.root)
    return parts.specific.lacking(f"{parts.specific.info}/sboms/").file


@plants("SBOM that is no JSON")
def _(parts: Parts) -> File:
    name = f"{parts.specific.info}/sboms/tiny.cyclonedx.json"
    sbom = parts.specific.members[name]
    return parts.specific.having({name: sbom[: len(sbom) // 2]}).file
