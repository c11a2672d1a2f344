"""Write the lists that users read from the code they describe: `python ci/generate.py [--check]`.

A list stands between `<!-- generated: NAME -->` and `<!-- /generated -->`; `--check` only says which are stale.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap
from pathlib import Path
from typing import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyo3ops.checks.registry import all_checks  # noqa: E402
from pyo3ops.conversions import reference, rows  # noqa: E402
from pyo3ops.conversions.survey import recorded  # noqa: E402
from pyo3ops.core import toml  # noqa: E402
from pyo3ops.core.config import keys  # noqa: E402
from pyo3ops.core.exits import Exit  # noqa: E402
from pyo3ops.core.model import LOOKS, Status  # noqa: E402
from pyo3ops.core.pyo3 import releases  # noqa: E402
from pyo3ops.debug.crash.causes import causes as crashes  # noqa: E402
from pyo3ops.diagnosis.causes import causes  # noqa: E402
from pyo3ops.release.advice import ADVICE  # noqa: E402
from pyo3ops.release.preflight.table import CHECKS as PREFLIGHT  # noqa: E402
from pyo3ops.render import FORMATS  # noqa: E402
from pyo3ops.sessions import SESSIONS, Ready  # noqa: E402
from pyo3ops.stacks.readers import FORMATS as STACKS  # noqa: E402
from pyo3ops.stacks.verdicts.findings import id_of  # noqa: E402
from pyo3ops.stacks.verdicts.model import Kind as Verdict  # noqa: E402
from pyo3ops.verbs import NOX, VERBS  # noqa: E402
from pyo3ops.wheels.cross.rows import targets  # noqa: E402
from pyo3ops.wheels.inspection.table import CHECKS  # noqa: E402

FILES = ("README.md", "REFERENCE.md", "CONTRIBUTING.md", "examples/README.md")
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+)(?: (\S+))? -->\n).*?(<!-- /generated -->)", re.DOTALL)
_LANGUAGES = {".rs": "rust", ".py": "python", ".pyi": "python", ".toml": "toml", ".yml": "yaml"}


def table(titles: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def checks() -> str:
    rows = (
        (f"[`{row.id}`]({row.link})", f"{row.title} (`--{row.mode}`)" if row.mode else row.title, row.why)
        for row in all_checks()
    )
    return table(("check", "what it wants", "why"), rows)


def inspections() -> str:
    """What is asked of wheels and of sdists; one row where both are asked the same."""
    kinds: dict[str, list[str]] = {}
    for row in CHECKS:
        kinds.setdefault(row.id, []).append(row.kind.value)
    first = {row.id: row for row in reversed(CHECKS)}
    rows = (
        (
            f"[`{name}`]({first[name].link})" if first[name].link else f"`{name}`",
            " and ".join(of),
            first[name].title,
            first[name].why,
        )
        for name, of in kinds.items()
    )
    return table(("finding", "of", "what it wants", "why"), rows)


def preflight() -> str:
    """The checks before a release: of what there is before anything is built, and of the built files."""
    stages = {1: "before building", 2: "of the files"}
    rows = ((f"`{row.id}`", stages[row.stage], row.title, row.why) for row in PREFLIGHT)
    return table(("check", "when", "what it wants", "why"), rows)


def recovery() -> str:
    """What a person sees of a release that stopped, what happened, what is public by then, and what to type."""
    rows = (
        (
            f"`{state.value}`",
            advice.happened,
            advice.public,
            f"`{shlex.join(advice.argv)}`: {advice.summary}" if advice.argv else advice.summary,
        )
        for state, advice in ADVICE.items()
    )
    return table(("state", "what happened", "public", "what to type"), rows)


def cross_targets() -> str:
    """The targets that wheels are cross-built for, and what links and runs them."""
    rows = (
        (
            f"`{row.triple}`",
            ", ".join(filter(None, ("zig" * row.zig, row.gcc and f"`{row.gcc}`", "cargo-xwin" * row.xwin))),
            f"`{row.qemu}`" if row.qemu else "",
            row.experimental,
        )
        for row in targets()
    )
    return table(("target", "linked by", "run by", "experimental"), rows)


def examples() -> str:
    files = sorted(ROOT.glob("examples/*/pyproject.toml"))
    rows = ((f"[{file.parent.name}]({file.parent.name}/)", toml.load(file)["project"]["description"]) for file in files)
    return table(("example", "idea"), rows)


def exit_codes() -> str:
    return table(("code", "meaning"), ((code.value, code.meaning) for code in Exit))


def formats() -> str:
    rows = ((f"`{row.ending or row.option}`", row.name, row.meaning) for row in FORMATS)
    return table(("ending or option", "format", "what for"), rows)


def sessions() -> str:
    rows = (
        (", ".join(f"`{each}`" for each in _names(name, row)), row.description.rstrip("."), f"`pyo3ops {row.verb}`")
        for name, row in SESSIONS.items()
    )
    return table(("session", "what it does", "the same by hand"), rows)


def _names(name: str, row: Ready) -> Iterator[str]:
    if not row.matrix:
        yield name
    if row.matrix or row.also:
        yield f"{name}-3.X"


def troubleshooting() -> str:
    """A heading a family, then what is seen, why, and what to do."""
    families: dict[str, list[str]] = {}
    for row in causes():
        command = f" `{shlex.join(row.argv({name: name.upper() for name in row.places()}))}`" if row.command else ""
        text = _escaped(f"{row.cause_text()} {row.cure_text()}")
        entry = f"- **{_escaped(row.title)}** ([`why.{row.id}`]({row.source})). {text}{command}\n"
        families.setdefault(row.id.partition(".")[0], []).append(entry)
    return "\n".join(f"### {name}\n\n{''.join(rows)}" for name, rows in families.items())


def _escaped(text: str) -> str:
    """Text in which Markdown sees nothing but its code."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*#<\[\]])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def verbs() -> str:
    rows = ((f"`pyo3ops {verb.name}`", verb.summary, f"`{verb.examples[0]}`") for verb in (*VERBS, NOX))
    return table(("verb", "what it does", "for example"), rows)


def statuses() -> str:
    rows = ((look.icon, look.word) for look in (LOOKS[status] for status in sorted(Status)))
    return table(("icon", "word"), rows)


def conversions() -> str:
    """What most projects use, as recorded: what it takes and costs, and what would cost less."""
    every = rows.load()
    lines = []
    for entry in reference.entries(recorded(), every, every.everyday):
        cost = entry.costs[0] if entry.costs else None
        taken, element, back = (cost.taken, cost.element, cost.back) if cost else ("", "", "")
        name = f"[`{entry.label}`](docs/type-mapping.md#{entry.anchor})"
        lines.append((name, entry.takes, entry.data, taken, element, back))
    return table(("Rust", "takes", "data", "in, ns", "an element, ns", "out, ns"), iter(lines))


#: What benchmarks/conversions measures, in words.
MEASURED = {
    "empty": "an empty call",
    "integer": "int in, int out",
    "float": "float in, float out",
    "boolean": "bool in, bool out",
    "text_in": "str in, its length out",
    "text_out": "str of 100 characters out",
    "bytes_in": "100 kB of bytes in",
    "list_in": "list of 1,000 ints in",
    "list_out": "list of 1,000 floats out",
    "dict_in": "dict of 1,000 in",
    "object": "an object made, a method called",
}


def tools() -> str:
    """The ten conversions with six tools, as recorded."""
    found = json.loads((ROOT / "benchmarks/conversions/results.json").read_text(encoding="utf-8"))
    known = {(row["tool"], row["name"]): row for row in found["rows"]}
    names = list(dict.fromkeys(tool for tool, _ in known))
    names.sort(key=lambda tool: tool != "pyo3")
    rows = (
        (words, *(f"{max(known[tool, name]['median'], 0.0):,.0f}" for tool in names))
        for name, words in MEASURED.items()
    )
    versions = ", ".join(("PyO3 0.29", *found["versions"]))
    where = f"Medians in nanoseconds, Python {found['python']}, {found['machine']}: {versions}.\n"
    return table(("", *names), rows) + "\n" + where


def type_mapping() -> str:
    """The whole reference of conversions, as recorded."""
    every = rows.load()
    return reference.markdown(recorded(), every, every.rows)


def configuration() -> str:
    rows = ((f"`{row.key}`", row.expected, f"`{row.default}`", row.meaning) for row in keys())
    return table(("key", "value", "default", "meaning"), rows)


def pyo3_releases() -> str:
    rows = (
        (row.release, row.rust_version, f"{row.python_min} to {row.python_max}", row.free_threaded_min or "none")
        for row in reversed(releases())
    )
    return table(("PyO3", "rustc from", "Pythons", "free-threaded from"), rows)


def include(place: str) -> str:
    """A part of a file as a block of code; `PATH#NAME` is what `ANCHOR: NAME` and `ANCHOR_END: NAME` enclose."""
    path, _, name = place.partition("#")
    text = (ROOT / path).read_text(encoding="utf-8")
    pattern = rf"^[^\n]*\bANCHOR: {re.escape(name)}\n(.*?)^[^\n]*\bANCHOR_END: {re.escape(name)}$"
    found = re.search(pattern, text, re.DOTALL | re.MULTILINE)
    if not found:
        raise LookupError(f"{path} has no ANCHOR: {name} ... ANCHOR_END: {name}")
    # A region may lie within another one.
    lines = [line for line in found[1].splitlines() if not re.search(r"\bANCHOR(_END)?: ", line)]
    return f"```{_LANGUAGES[Path(path).suffix]}\n{textwrap.dedent(chr(10).join(lines))}\n```\n"


def verdicts() -> str:
    """What a process that hangs or died can be told to have."""
    return table(("finding", "what it is"), ((f"`{id_of(kind)}`", kind.meaning) for kind in Verdict))


def stack_formats() -> str:
    """What frames are read from where it was pasted."""
    return table(("format", "what is read"), ((f"`{row.name}`", row.reads) for row in STACKS if row.pasted))


def crash_causes() -> str:
    """One row for each cause of a crash, however many patterns it is known by."""
    first = {row.id: row for row in reversed(crashes())}
    # The general row of a cause tells of all its cases.
    first.update({row.id: row for row in crashes() if not row.patterns})
    rows = ((f"`crash.{row.id}`", row.title, row.next) for row in first.values())
    return table(("finding", "cause", "what to do"), rows)


LISTS: dict[str, Callable[[], str]] = {
    "checks": checks,
    "configuration": configuration,
    "conversions": conversions,
    "crash-causes": crash_causes,
    "cross-targets": cross_targets,
    "examples": examples,
    "exit-codes": exit_codes,
    "formats": formats,
    "inspections": inspections,
    "preflight": preflight,
    "pyo3-releases": pyo3_releases,
    "recovery": recovery,
    "sessions": sessions,
    "stack-formats": stack_formats,
    "statuses": statuses,
    "tools": tools,
    "troubleshooting": troubleshooting,
    "verbs": verbs,
    "verdicts": verdicts,
}


#: Files that are generated as a whole.
PAGES: dict[str, Callable[[], str]] = {"docs/type-mapping.md": type_mapping}


def regenerated(text: str) -> str:
    """The text with every list and every included part as the code has it now; `LookupError` where there is none."""
    return _BLOCK.sub(lambda match: match[1] + _content(match[2], match[3]) + match[4], text)


def _content(name: str, place: str | None) -> str:
    return include(place) if name == "include" and place else LISTS[name]()


def main() -> int:
    stale = []
    for name in (*FILES, *PAGES):
        file = ROOT / name
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        new = PAGES[name]() if name in PAGES else regenerated(old)
        if new != old:
            stale.append(name)
            if "--check" not in sys.argv[1:]:
                file.write_text(new, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'stale' if '--check' in sys.argv[1:] else 'rewritten'}")
    return int(bool(stale) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
