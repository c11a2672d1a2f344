"""The files in a process as lldb knows them: read before it is stopped, and kept from one look to the next."""
# ruff: noqa: FA100, ANN401 - lldb's own Python may be older than this one, its types have no types

import os
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

import lldb

from . import files
from .on_disk import OnDisk

_NAME = re.compile(r"python(3\.[0-9]{1,2})|Versions/(3\.[0-9]{1,2})/")


class Files(OnDisk):
    """The files in a process, known to lldb before it is stopped; without /proc they are what lldb finds itself."""

    def __init__(self, mapped: List[files.Mapped], folders: List[str], proc: Optional[str], target: Any) -> None:
        super().__init__(mapped, folders, proc)
        self.target = target
        self._modules: Dict[str, Any] = {}
        self._looked: Optional[Tuple[Optional[files.Found]]] = None

    def load(self) -> None:
        """Have lldb read the symbols of every file that was found."""
        for each in self.files:
            place = self.place(each.path)
            module = self.target.AddModule(place, None, None) if place else None
            if module is not None and module.IsValid():
                module.GetNumSymbols()
                self._modules[each.path] = module
            elif place:
                self.gaps.append(f"lldb cannot read the symbols of {each.path}")

    def put(self, *, every: bool = True) -> None:
        """Tell lldb where each file lies, which it may not find out of a core; or those that lie elsewhere on disk."""
        for each in self.files:
            elf = self.elf(each.path)
            if elf is not None and each.path in self._modules and (every or self.place(each.path) != each.path):
                self.target.SetModuleLoadAddress(self._modules[each.path], files.bias(elf, each.start))

    def warm(self, words: Iterator[int]) -> None:
        """Have lldb read the details of what is probably on the stacks, while the process still runs."""
        rows = [(start, end, each) for each in self.files for start, end, code in each.ranges if code]
        for word in set(words):
            inside = next((each for start, end, each in rows if start < word <= end), None)
            elf = self.elf(inside.path) if inside is not None else None
            if inside is not None and elf is not None and inside.path in self._modules:
                place = self._modules[inside.path].ResolveFileAddress(word - 1 - files.bias(elf, inside.start))
                place.GetSymbolContext(lldb.eSymbolContextEverything)

    def modules(self) -> List[Dict[str, Any]]:
        """The modules as `model.Module` has them."""
        if not self.files:
            return [_described(module, self.target) for module in self.target.module_iter()]
        companions = {
            os.path.realpath(str(each.file)): path_of(each.GetSymbolFileSpec()) for each in self._modules.values()
        }
        own = {place: other for place, other in companions.items() if other and os.path.realpath(other) != place}
        return self.described({place: str(other) for place, other in own.items()})

    def python(self) -> Optional[files.Found]:
        """The interpreter; None without any."""
        if not self.files:
            return _python(self.target)
        if self._looked is None:
            self._looked = (self.python_at(self._runtime()),)
        return self._looked[0]

    def _runtime(self) -> Optional[int]:
        """Where `_PyRuntime` lies, by its symbol."""
        for each in self.files:
            elf, module = self.elf(each.path), self._modules.get(each.path)
            symbol = module.FindSymbol("_PyRuntime") if module is not None else None
            # Those who import it have a symbol without a section.
            if elf is not None and symbol is not None and symbol.addr.GetSection().IsValid():
                return int(symbol.addr.GetFileAddress() + files.bias(elf, each.start))
        return None


def _python(target: Any) -> Optional[files.Found]:
    """The interpreter that lldb finds: by a symbol, or by the section that has it alone."""
    for module in target.module_iter():
        symbol = module.FindSymbol("_PyRuntime")
        section = module.FindSection("PyRuntime")
        places = [symbol.addr.GetLoadAddress(target)] if symbol.addr.GetSection().IsValid() else []
        places += [section.GetLoadAddress(target)] if section.IsValid() else []
        at = next((each for each in places if each != lldb.LLDB_INVALID_ADDRESS), None)
        if at is not None:
            named = _NAME.search(path_of(module.file) or "")
            return files.Found(named.group(1) or named.group(2) if named else None, None, at)
    return None


def _described(module: Any, target: Any) -> Dict[str, Any]:
    base = module.GetObjectFileHeaderAddress().GetLoadAddress(target)
    return {
        "path": path_of(module.file),
        "base": None if base == lldb.LLDB_INVALID_ADDRESS else base,
        "build_id": (module.GetUUIDString() or "").replace("-", "").lower() or None,
        "symbols": path_of(module.GetSymbolFileSpec()),
    }


def path_of(spec: Any) -> Optional[str]:
    """The path that lldb has for a file; None for what is none."""
    return spec.fullpath if spec.IsValid() else None
