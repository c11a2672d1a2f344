"""Functions as debug information calls them, and stacks show them: `crate::{impl#0}::area<f32>`; gdb is asked."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Iterable, Iterator, Mapping, Sequence

from pyo3ops.core.run import python_env, run
from pyo3ops.tools import elf

if TYPE_CHECKING:
    from pathlib import Path

#: Libraries that are asked about, each a second or so, seconds for one, and names whose symbols are asked for.
LIBRARIES, TIMEOUT, NAMES = 8, 60.0, 200
#: Characters of all of those, for they stand in one argument.
_LENGTH = 100_000

_ARGV = ("-nx", "-nh", "-q", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off")
_QUESTION = 'interpreter-exec mi2 "-symbol-info-functions"'
#: A field of gdb's machine interface, whose texts are written as C does.
_NAME = re.compile(r'(?<=[{,])name="((?:[^"\\]|\\.){1,16000})"')
#: What gdb's Python does with a list of names: each with the symbols of its functions.
_SYMBOLS = (
    "print([(name, gdb.execute('info symbol {:#x}'.format(int(each.value().address)), to_string=True)) "
    "for name in NAMES for each in gdb.lookup_static_symbols(name) if each.is_function])"
)


@dataclass(frozen=True)
class DebugNames:
    """Asks one gdb, and a library but once for all its names."""

    gdb: str
    env: Mapping[str, str]
    _known: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def names(self, libraries: Iterable[Path]) -> tuple[str, ...]:
        """The names in the debug information of some libraries, each once; none where gdb cannot read one."""
        # Most of what is installed has no debug information, and gdb would read its symbols for nothing.
        asked = [each for each in libraries if elf.section(each, ".debug_str")][:LIBRARIES]
        for library in asked:
            if library not in self._known:
                self._known[library] = tuple(parse(self._asked(library, _QUESTION)))
        return tuple(dict.fromkeys(name for library in asked for name in self._known[library]))

    def symbols(self, libraries: Iterable[Path], names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The mangled names of functions: gdb takes a type in a name for one of another library's that it knows."""
        wanted = list(names)[:NAMES]
        found: dict[str, tuple[str, ...]] = {}
        if len(ascii(wanted)) > _LENGTH:
            return found
        asked = _SYMBOLS.replace("NAMES", ascii(wanted))
        for library in list(libraries)[:LIBRARIES]:
            for name, symbol in parse_symbols(self._asked(library, "set print demangle off", f"python {asked}")):
                found[name] = (*found.get(name, ()), symbol)
        return found

    def _asked(self, library: Path, *questions: str) -> str:
        asked = (word for question in questions for word in ("-ex", question))
        argv = [self.gdb, *_ARGV, *asked, "--", str(library)]
        return run(argv, timeout=TIMEOUT, env={**python_env(self.env), "LC_ALL": "C"}).out


def parse(text: str) -> Iterator[str]:
    """The names in what gdb answered, without those that only the symbol table has."""
    # Those follow, with their mangled names.
    debug = text.partition(",nondebugging=")[0]
    return (re.sub(r"\\(.)", r"\1", match[1]) for match in _NAME.finditer(debug))


def parse_symbols(text: str) -> Iterator[tuple[str, str]]:
    """Names with the symbols that begin where their functions do; nothing out of anything else."""
    try:
        rows = ast.literal_eval(text.strip() or "[]")
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return
    for name, said in rows:
        symbol = re.match(r"(_[\w$.]{1,16000}) in section ", said)
        if symbol:
            yield name, symbol[1]
